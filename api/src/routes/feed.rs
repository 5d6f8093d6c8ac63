//! 事件流 (clause B5-7, promise P3).

use std::time::Duration;

use actix_web::{HttpRequest, get, web::Data};
use kernel::access::{Action, may};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Edge, MayWait, Query},
    feed::{Wanted, types},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::feed::FeedView,
};

/// 从哪里读起，读什么，等多久
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// 上一批返回的 next，原样；从保留的最早事件读起则不填
    #[param(schema_with = schema::feed_place)]
    pub after: Option<u64>,
    /// 每批条数，默认100
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// 事件类型，以逗号分隔；默认全部
    #[param(max_length = 4000)]
    pub types: Option<String>,
    /// 没有新事件时最多等待的秒数
    #[param(minimum = 0, maximum = 25)]
    pub wait: Option<u64>,
}

impl FeedQuery {
    fn checked(self) -> Answer<Wanted> {
        let known = types();
        let wanted: Vec<String> =
            self.types.iter().flat_map(|types| types.split(',')).map(|name| name.trim().to_owned()).collect();
        if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
            return Err(Error::parameter("types", format!("没有此事件类型：{unknown}")));
        }
        let after = self.after;
        if after.is_some_and(|after| after > 9_007_199_254_740_991) {
            return Err(Error::parameter("after", "应为上一批返回的 next"));
        }
        let most = self.limit.unwrap_or(100);
        if !(1..=200).contains(&most) {
            return Err(Error::parameter("limit", "应为1至200"));
        }
        let seconds = self.wait.unwrap_or(0);
        if seconds > 25 {
            return Err(Error::parameter("wait", "应为0至25"));
        }
        Ok(Wanted { after, most, types: wanted, patience: Duration::from_secs(seconds), kept_since: None })
    }
}

#[utoipa::path(
    tag = "事件流", operation_id = "read_events", summary = "读取事件流",
    description = "办件、套餐申请、办不成事事项、咨询、12345工单、案例、每周分类梳理和每月提交市政府的事件，按本中心的统一次序，每个只出现一次；只含调用者有权查看的。\
                   套餐申请本身只有期限重算的事件，其余见其办件。从 next 继续，\
                   保留期（默认400天）内任何时候都可以从头再读；其后有事件已过保留期的位置为410 `cursor_too_old`，`oldest` 为可以续读的最早位置。\
                   不再有权查看的，以 `cn.gov.yichuang.case.gone.v1`、`cn.gov.yichuang.precedent.gone.v1`、\
                   `cn.gov.yichuang.work_order.gone.v1`、`cn.gov.yichuang.consultation.gone.v1` 告知一次，自己的副本应予删除。\
                   等待期间令牌被撤销的，数秒内以401 `invalid_token` 结束。事件不含个人信息。申请人没有事件流：申请人看办件列表和办理过程，代其办理的系统用自己的令牌读它代为提交的\
                   办件的事件。Clauses B5-7, G2.",
    params(FeedQuery), responses((status = 200, body = FeedView, description = "一批事件"))
)]
#[get("/v1/events")]
pub async fn read(
    desk: Data<Desk>,
    caller: Caller,
    MayWait(may_wait): MayWait,
    query: Query<FeedQuery>,
    request: HttpRequest,
) -> Answer<Reply> {
    may(&caller, Action::ReadEvents)?;
    let mut wanted = query.into_inner().checked()?;
    if !may_wait {
        wanted.patience = Duration::ZERO;
    }
    wanted.kept_since = desk.feed_kept_since(caller.centre);
    desk.watch.has_read(&caller, wanted.after.unwrap_or(0), desk.clock.machine_now());
    let edge = Edge::of(&request)?;
    desk.read_feed(&edge.auth, caller, wanted).await
}
