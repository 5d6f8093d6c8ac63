//! 接口契约. The document is made from the same registration as the routes, so that neither can lack what the other has.

mod registry;

use std::{
    borrow::Cow,
    convert::Infallible,
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    get,
    http::{
        Method,
        header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, LOCATION},
    },
    web::{self, Bytes, Data},
};
use futures_util::{Stream, stream};
use sha2::{Digest, Sha256};
use utoipa::{
    IntoParams, OpenApi,
    openapi::{
        self, Components, ContentBuilder, Deprecated, HeaderBuilder, ObjectBuilder, Ref, RefOr, Required,
        ResponseBuilder,
        extensions::Extensions,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{AdditionalProperties, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerFile};

pub use registry::Registry;
pub(crate) use registry::Shelves;

use crate::{
    desk::Desk,
    edge::{Contract, Deprecation, IdempotencyKey},
    health,
    problem::{Answer, Error, FieldProblem, Problem},
    routes,
};

/// For the pages of the documentation alone: Swagger UI sets styles from its script.
pub const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                               frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PROBLEM: &str = "Problem";
/// Bytes of a page that are sent at a time.
const SLICE: usize = 32 << 10;

/// What a problem says of quotas and of coming again.
const OF_WHAT_IS_COUNTED: [(&str, Type, &str); 3] = [
    ("RateLimit", Type::String, "各项限额的余量和恢复秒数，有限额的才有"),
    ("RateLimit-Policy", Type::String, "各项限额：数量和时间窗口，有限额的才有"),
    ("Retry-After", Type::Integer, "多少秒后再来；429、503 必有"),
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "一窗 Yichuang",
        description = "县级政务服务中心的办件后台接口：收件、受理、流转、审批、出件、送达。\n\n\
            所有错误均为 `application/problem+json`（RFC 9457），`code` 稳定不变；唯一例外是请求头尚未读懂即被\
            HTTP 库拒绝的：空的 400、408 或 431，没有正文，也没有 `code`。写操作可带 `Idempotency-Key`\
            （对接系统必须带），状态变更须带 `If-Match`（维护事项的可以不带）。对接系统每次答复的 `RateLimit` 说明余量，\
            超出的为 429，按 `Retry-After` 再来。请忽略不认识的响应字段和枚举值。\
            办件编号和文书编号按年度流水，写入时每次领用50个，服务重启时未用完的作废，写入回滚的也作废，因此可以不连续：跳号不是\
            遗失了办件或者文书。已编的号不重复、不更改。\
            演练服务的每个答复都带 `X-Yichuang-Sandbox: true`。",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "公开", description = "无需登录：大厅、事项和办事指南、凭码查询进度"),
        (name = "办件", description = "列表、待办、办件、期限说明、办理过程"),
        (name = "受理", description = "收件、核验、一次性告知、补正、受理、容缺受理、告知承诺、不予受理、不受理、撤回、即办"),
        (name = "草稿", description = "申请人尚未提交的申请：保存、修改、提交、删除"),
        (name = "材料", description = "上传、下载材料附件"),
        (name = "套餐", description = "服务套餐申请：统一收件、共用材料、进度和时限、部分撤回"),
        (name = "流转", description = "分派、领取、移交、委派、转办"),
        (name = "期限", description = "特别程序、延长、暂停"),
        (name = "联审", description = "联审联批、联合踏勘、协办待办"),
        (name = "审批", description = "审核、退回重办、决定、承诺核查"),
        (name = "出件", description = "结果文书、领取、邮寄、电子送达、办结归档、更正补发、撤销、注销"),
        (name = "办不成事", description = "“办不成事”反映（兜底）窗口：登记、备案、定级、交办、答复、满意度、销号、挂账、回访"),
        (name = "案例", description = "案例的起草、脱敏、审核、发布、修订、撤下，事项建议"),
        (name = "热线", description = "12345工单：推送、督查科办理、代码对照、对账"),
        (name = "分类梳理", description = "每周分类梳理：议程、定级、顺延、漏开警示"),
        (name = "协调会议", description = "部门协调会议：召集、改期、取消、召开和决议"),
        (name = "提交市政府", description = "每月提交市政府：拟稿、定稿、提交、研究意见、结转"),
        (name = "好差评", description = "申请人自愿评价，一事一评，可追评一次"),
        (name = "咨询", description = "大厅咨询登记和分流：到窗口、帮办代办、网上办理、兜底窗口；首问责任，一步转办不成事"),
        (name = "否定答复", description = "窗口书面答复不能办的，登记编号，申请人可转为办不成事"),
        (name = "回访", description = "改革办的回访计划：抽样、进度、逾期、发现问题"),
        (name = "记录表", description = "附件1记录表和导出、附件2交办单、统计、指标所含事项和通报草稿"),
        (name = "事项", description = "事项版本：草稿、发布、撤下"),
        (name = "对接", description = "对接系统：登记、密钥、令牌、吊销、代申请人办理"),
        (name = "派驻", description = "人员派驻到窗口和部门"),
        (name = "事件流", description = "按统一次序读取发生的事件，可随时续读"),
        (name = "数据交换", description = "按国家上传表（up_pro_*）导出办件，批次台账、断点续传下载、重发"),
        (name = "推送", description = "把事件流中的事件推送到对接系统的地址：登记、密钥、推送结果"),
        (name = "日历", description = "工作日历、期限计算和重算"),
        (name = "演练", description = "演练服务：时钟、中心、测试系统"),
        (name = "运行", description = "健康检查、公钥、契约"),
    ),
    components(schemas(Problem, FieldProblem)),
    security(("token" = []))
)]
struct Base;

/// Everything that is registered, in the order in which it is documented.
pub fn configure(registry: &mut impl Registry) {
    routes::configure(registry);
    health::configure(registry);
}

/// What can be called and how, which is all that the server itself goes by.
pub(crate) fn paths() -> openapi::Paths {
    let mut paths = openapi::Paths::new();
    configure(&mut paths);
    paths
}

/// The whole document.
pub fn document() -> openapi::OpenApi {
    let mut document = Base::openapi();
    configure(&mut document);
    complete(&mut document);
    document
}

/// As published in `openapi.yaml`.
///
/// # Errors
/// When the document cannot be written as YAML, which is a defect.
pub fn yaml() -> Result<String, Box<dyn std::error::Error>> {
    Ok(document().to_yaml()?)
}

/// The variants of a tagged enum say `deny_unknown_fields` once for all, which utoipa passes on to none of them.
fn close_variants(schema: &mut RefOr<openapi::Schema>) {
    let RefOr::T(openapi::Schema::OneOf(one_of)) = schema else { return };
    for variant in &mut one_of.items {
        if let RefOr::T(openapi::Schema::Object(object)) = variant {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// What holds for every operation and would be forgotten in some: problems, the idempotency key, path parameters.
fn complete(document: &mut openapi::OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("RFC 9068 访问令牌；对接系统用 `POST /oauth/token` 取得，开发时可用 `yichuang token` 生成。已登记的对接系统也可以不用令牌，\
             按省平台网关的 `X-BG-HMAC-*` 头签名请求（说明见 docs/signatures.md）。"));
    components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    let problem =
        ResponseBuilder::new().description("问题详情（RFC 9457）").content("application/problem+json", content);
    let problem = OF_WHAT_IS_COUNTED.into_iter().fold(problem, |problem, (name, of, what)| {
        let schema = ObjectBuilder::new().schema_type(of);
        problem.header(name, HeaderBuilder::new().schema(Some(schema)).description(Some(what)).build())
    });
    components.responses.insert(PROBLEM.to_owned(), RefOr::T(problem.build()));

    components.schemas.values_mut().for_each(close_variants);
    for (template, item) in &mut document.paths.paths {
        let all = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in all {
            if let Some(operation) = operation {
                say_plainly(operation);
                add_parameters(template, &method, operation);
                add_problems(template, operation);
            }
        }
    }
}

/// What follows from an operation's members, in the words of the standard.
fn say_plainly(operation: &mut Operation) {
    if Contract::is_public(operation) {
        operation.security = Some(Vec::new());
    }
    if operation.extensions.as_ref().is_some_and(|members| members.contains_key(Deprecation::MEMBER)) {
        operation.deprecated = Some(Deprecated::True);
    }
}

fn add_parameters(template: &str, method: &Method, operation: &mut Operation) {
    if !method.is_safe() && !Contract::is_public(operation) && !declares(operation, "Idempotency-Key") {
        let parameters = IdempotencyKey::into_params(|| None).into_iter().map(RefOr::T);
        operation.parameters.get_or_insert_default().extend(parameters);
    }
    let named = template.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    for name in named.filter(|name| !declares(operation, name)).collect::<Vec<_>>() {
        let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(64));
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(schema))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
    }
}

fn declares(operation: &Operation, name: &str) -> bool {
    let declared = operation.parameters.iter().flatten();
    declared.into_iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
}

fn requires(operation: &Operation, name: &str) -> bool {
    let declared = operation.parameters.iter().flatten();
    let is_it = |it: &Parameter| it.name == name && matches!(it.required, Required::True);
    declared.into_iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if is_it(parameter)))
}

fn add_problems(template: &str, operation: &mut Operation) {
    let mut statuses = vec!["400", "default"];
    if !Contract::is_public(operation) {
        statuses.extend(["401", "403"]);
    }
    if template.contains('{') {
        statuses.push("404");
    }
    if operation.request_body.is_some() {
        statuses.extend(["408", "409", "413", "415", "422"]);
    }
    if declares(operation, "If-Match") {
        statuses.extend(["409", "412"]);
    }
    if requires(operation, "If-Match") {
        statuses.push("428");
    }
    for status in statuses {
        let problem = || RefOr::Ref(Ref::from_response_name(PROBLEM));
        operation.responses.responses.entry(status.to_owned()).or_insert_with(problem);
    }
}

/// `/openapi.json`, made once.
#[derive(Debug)]
struct Published {
    json: Bytes,
    tag: String,
}

impl Published {
    fn new(document: &openapi::OpenApi) -> Self {
        let json = document.to_json().unwrap_or_default();
        let tag = Sha256::digest(&json).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { json: json.into(), tag: format!("\"{tag}\"") }
    }
}

static PUBLISHED: LazyLock<Published> = LazyLock::new(|| Published::new(&document()));

/// The same, of a server that says that it is a sandbox.
static OF_A_SANDBOX: LazyLock<Published> = LazyLock::new(|| {
    let mut document = document();
    document.info.title.push_str("（演练）");
    document.info.extensions = Some(Extensions::builder().add("x-yichuang-sandbox", true).build());
    Published::new(&document)
});

/// 接口契约(JSON)
#[utoipa::path(
    tag = "运行",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1 文档", body = serde_json::Value), (status = 304, description = "未变化"))
)]
#[get("/openapi.json")]
pub(crate) async fn openapi_json(desk: Data<Desk>, request: HttpRequest) -> HttpResponse {
    let published = if desk.clock.is_movable() { &*OF_A_SANDBOX } else { &*PUBLISHED };
    let is_known = request.headers().get(IF_NONE_MATCH).is_some_and(|tag| tag == published.tag.as_str());
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, published.tag.as_str())).insert_header((CACHE_CONTROL, "no-cache"));
    if is_known {
        response.finish()
    } else {
        response.content_type("application/json").body(in_slices(published.json.clone()))
    }
}

/// Whether a path belongs to the pages of the documentation, which are not part of the contract.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/docs" || path.starts_with("/docs/")
}

/// Swagger UI, all of it from this program.
pub(crate) fn pages(config: &mut web::ServiceConfig) {
    let to_index = || async { HttpResponse::TemporaryRedirect().insert_header((LOCATION, "/docs/")).finish() };
    config.route("/docs", web::get().to(to_index));
    config.route("/docs/{file:.*}", web::get().to(page));
}

async fn page(file: web::Path<String>) -> Answer<HttpResponse> {
    let found =
        utoipa_swagger_ui::serve(&file, Arc::clone(&PAGES)).map_err(|error| Error::internal(error.to_string()))?;
    let SwaggerFile { bytes, content_type, .. } = found.ok_or_else(Error::not_found)?;
    let bytes = match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(HttpResponse::Ok().content_type(content_type).body(in_slices(bytes)))
}

static PAGES: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/openapi.json")));

/// Whoever reads slowly holds a slice of it, and not a copy.
fn in_slices(bytes: Bytes) -> SizedStream<impl Stream<Item = Result<Bytes, Infallible>>> {
    let slices = stream::unfold(bytes.clone(), |mut rest| async move {
        let slice = rest.split_to(rest.len().min(SLICE));
        (!slice.is_empty()).then_some((Ok(slice), rest))
    });
    SizedStream::new(bytes.len() as u64, slices)
}

#[cfg(test)]
mod tests;
