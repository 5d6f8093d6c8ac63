//! The kinds of problem: code, status, title, and whether to try again. The table is published in the documentation.

use actix_web::http::StatusCode;
use strum::VariantArray;

macro_rules! kinds {
    ($($name:ident $code:literal $status:ident $again:ident $title:literal)*) => {
        /// 问题种类: one for each code that is not a refusal of the rules.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
        pub enum Kind {
            $(#[doc = $title] $name,)*
        }

        impl Kind {
            /// Stable `snake_case`; part of the published contract.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// In Chinese, the same for every problem of the kind.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Whether the same request can succeed later.
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$name => $again,)* }
            }
        }
    };
}

kinds! {
    MalformedJson           "malformed_json"            BAD_REQUEST             false "请求体不是合法的JSON"
    UnknownField            "unknown_field"             BAD_REQUEST             false "请求体含有未定义的字段"
    TooDeep                 "body_too_deep"             BAD_REQUEST             false "请求体嵌套过深"
    ControlCharacter        "control_character"         BAD_REQUEST             false "请求含有不允许的控制字符"
    UnexpectedBody          "unexpected_body"           BAD_REQUEST             false "此操作不接受请求体"
    UnknownParameter        "unknown_parameter"         BAD_REQUEST             false "含有未定义的查询参数"
    InvalidParameter        "invalid_parameter"         BAD_REQUEST             false "查询参数不符合要求"
    InvalidCursor           "invalid_cursor"            BAD_REQUEST             false "分页游标无效"
    MalformedPrecondition   "malformed_precondition"    BAD_REQUEST             false "If-Match 头格式不正确"
    IdempotencyKeyMissing   "idempotency_key_missing"   BAD_REQUEST             false "缺少 Idempotency-Key 头"
    IdempotencyKeyMalformed "idempotency_key_malformed" BAD_REQUEST             false "Idempotency-Key 头格式不正确"
    MalformedRequest        "malformed_request"         BAD_REQUEST             false "请求格式不正确"
    Unauthenticated         "unauthenticated"           UNAUTHORIZED            false "未提供身份令牌"
    InvalidToken            "invalid_token"             UNAUTHORIZED            false "身份令牌无效"
    RoleNotAllowed          "role_not_allowed"          FORBIDDEN               false "当前角色无此权限"
    ScopeNotAllowed         "scope_not_allowed"         FORBIDDEN               false "令牌授权范围不含此操作"
    NotPostedHere           "not_posted_here"           FORBIDDEN               false "未派驻到该窗口"
    OtherDepartment         "other_department"          FORBIDDEN               false "由其他部门办理"
    VoucherRequired         "voucher_required"          FORBIDDEN               false "须以申请人的代办凭据办理"
    BeyondMandate           "beyond_mandate"            FORBIDDEN               false "委托权限不含此操作"
    ItemBeyondMandate       "item_beyond_mandate"       FORBIDDEN               false "委托事项不含该事项"
    MandateEnded            "mandate_ended"             FORBIDDEN               false "委托期限已满"
    NotFound                "not_found"                 NOT_FOUND               false "不存在"
    MethodNotAllowed        "method_not_allowed"        METHOD_NOT_ALLOWED      false "此路径不支持该方法"
    RequestTimeout          "request_timeout"           REQUEST_TIMEOUT         true  "请求体传输超时"
    IdempotencyInFlight     "idempotency_in_flight"     CONFLICT                true  "相同 Idempotency-Key 的请求正在处理"
    Refused                 "refused"                   CONFLICT                false "办理规则不允许此操作"
    PrecedentWithdrawn      "precedent_withdrawn"       GONE                    false "案例已撤下"
    CursorTooOld            "cursor_too_old"            GONE                    false "事件流中的位置已过保留期"
    VersionMismatch         "version_mismatch"          PRECONDITION_FAILED     false "版本已变化"
    TooLarge                "body_too_large"            PAYLOAD_TOO_LARGE       false "请求体过大"
    FileTooLarge            "file_too_large"            PAYLOAD_TOO_LARGE       false "文件过大"
    UnsupportedMediaType    "unsupported_media_type"    UNSUPPORTED_MEDIA_TYPE  false "不支持的内容类型"
    RangeNotSatisfiable     "range_not_satisfiable"     RANGE_NOT_SATISFIABLE   false "没有所请求的字节范围"
    FileTypeNotAllowed      "file_type_not_allowed"     UNPROCESSABLE_ENTITY    false "不接受此类文件"
    FileTypeMismatch        "file_type_mismatch"        UNPROCESSABLE_ENTITY    false "文件内容与声明的类型不一致"
    EmptyFile               "empty_file"                UNPROCESSABLE_ENTITY    false "文件为空"
    InvalidFields           "invalid_fields"            UNPROCESSABLE_ENTITY    false "字段不符合要求"
    IdempotencyKeyReused    "idempotency_key_reused"    UNPROCESSABLE_ENTITY    false "Idempotency-Key 已用于其他请求"
    PreconditionRequired    "precondition_required"     PRECONDITION_REQUIRED   false "缺少 If-Match 头"
    RateLimited             "rate_limited"              TOO_MANY_REQUESTS       true  "请求过于频繁"
    DailyQuotaExceeded      "daily_quota_exceeded"      TOO_MANY_REQUESTS       true  "当日额度已用完"
    Internal                "internal"                  INTERNAL_SERVER_ERROR   true  "服务内部错误"
    Overloaded              "overloaded"                SERVICE_UNAVAILABLE     true  "服务繁忙"
    OutcomeUnknown          "outcome_unknown"           SERVICE_UNAVAILABLE     true  "结果未知，请用相同的 Idempotency-Key 重试"
    Unavailable             "unavailable"               SERVICE_UNAVAILABLE     true  "服务暂不可用"
    StorageFull             "storage_full"              INSUFFICIENT_STORAGE    true  "存储空间不足"
}

impl Kind {
    /// The kind of a refusal by the rules: its code stays its own, status and title are these.
    pub fn of_refusal(code: &str) -> Self {
        match code {
            "not_found" => Self::NotFound,
            "role_not_allowed" => Self::RoleNotAllowed,
            "scope_not_allowed" => Self::ScopeNotAllowed,
            "not_posted_here" => Self::NotPostedHere,
            "other_department" => Self::OtherDepartment,
            "voucher_required" => Self::VoucherRequired,
            "beyond_mandate" => Self::BeyondMandate,
            "item_beyond_mandate" => Self::ItemBeyondMandate,
            "mandate_ended" => Self::MandateEnded,
            "version_mismatch" => Self::VersionMismatch,
            _ => Self::Refused,
        }
    }

    /// The kind that says no more than the status does.
    pub fn usual(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::BAD_REQUEST => Self::MalformedRequest,
            StatusCode::UNAUTHORIZED => Self::Unauthenticated,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            _ => return None,
        })
    }

    /// Seconds to wait, where that is always the same.
    pub fn retry_after(self) -> Option<u64> {
        match self {
            Self::IdempotencyInFlight | Self::OutcomeUnknown => Some(1),
            Self::Overloaded | Self::Unavailable => Some(2),
            Self::StorageFull => Some(60),
            _ => None,
        }
    }
}
