//! 服务套餐: the public catalogue, and applications over several items at once (clause C1-1, rule L10).

pub mod applications;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use actix_web::{
    get, post,
    web::{Data, Json},
};
use casework::{
    Channel,
    package::{Application as Filed, Filing, choose},
};
use catalog::VersionState;
use kernel::{
    Action, CaseId, Instant, ItemCode, access::may, code::PackageCode, id::PackageApplicationId, identity::Assurance,
};
use persistence::{Shard, StoreError, Tx, items, packages};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    hall::InCentre,
    receipt::{
        ApplicantRequest, Application, ContactRequest, DeliveryRequest, Form, Opening, item_on_offer,
        must_be_at_a_window, vouched_by,
    },
};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, PathId, Query},
    packages::{Bundle, Held},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        package::{PackageLine, PackageView},
        package_application::PackageApplicationView,
    },
};

/// No package has more members.
const MOST_ITEMS: usize = 30;

/// 套餐筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PackageQuery {
    /// 行政区划代码，默认本部署的中心
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    centre: Option<String>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "公开", operation_id = "list_packages", summary = "服务套餐清单", security(()),
    description = "当前对外受理的服务套餐。Clause C1-1.",
    params(PackageQuery), responses((status = 200, body = Page<PackageLine>, description = "一页套餐"))
)]
#[get("/v1/packages")]
pub async fn list(desk: Data<Desk>, query: Query<PackageQuery>) -> Answer<Listed> {
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/packages", String::new(), &query, limit)?;
    let after: Option<PackageCode> = paging.place(cursor.as_deref())?;
    let centre = InCentre { centre: query.centre }.or_default(&desk)?;
    desk.store
        .read(move |connection| {
            let offered = Some(VersionState::Published);
            let rows = packages::list(connection, centre, offered, after.as_ref(), paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.code.clone(), |package| PackageLine::from(&package))
        })
        .await
}

#[utoipa::path(
    tag = "公开", operation_id = "read_package", summary = "服务套餐", security(()),
    description = "套餐内的事项及先后顺序、共用材料和说明。Clause C1-1.",
    params(("package" = String, Path, description = "套餐代码", max_length = 64), InCentre),
    responses((status = 200, body = PackageView, description = "服务套餐"))
)]
#[get("/v1/packages/{package}")]
pub async fn read(desk: Data<Desk>, package: PathId<String>, query: Query<InCentre>) -> Answer<Json<PackageView>> {
    let centre = query.0.or_default(&desk)?;
    let code: PackageCode = package.0.parse().map_err(|_| Error::not_found())?;
    let today = desk.now(centre).day();
    desk.store
        .read(move |connection| {
            let package = packages::get(connection, centre, &code).map_err(StoreError::from)?;
            let package = package.filter(|it| it.state == VersionState::Published).ok_or_else(Error::not_found)?;
            let mut offered = BTreeMap::new();
            for member in &package.members {
                let version = items::on_offer(connection, centre, &member.item, today).map_err(StoreError::from)?;
                offered.extend(version.map(|version| (member.item.clone(), version)));
            }
            Ok(Json(PackageView::of(&package, |item| offered.get(item))))
        })
        .await
}

/// 套餐申请: which items of the package are applied for, by whom, and how the results are to be delivered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageApplicationRequest {
    /// 选择的事项: all that are not optional, and with each what it waits for.
    #[schema(schema_with = schema::some_codes::<64>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    items: BTreeSet<ItemCode>,
    /// 申报来源: `counter` for the window's staff, the others online.
    #[schema(schema_with = schema::variants::<Channel>)]
    channel: Channel,
    /// 申请人; absent where the applicant calls in person.
    #[serde(default)]
    applicant: Option<ApplicantRequest>,
    /// 身份核验等级, as in an application for one item.
    #[schema(schema_with = schema::some_variant::<Assurance>)]
    #[serde(default)]
    identity_assurance: Option<Assurance>,
    /// 联系人; required for an enterprise. Where nobody is named, and the applicant is on record with another name or
    /// telephone, the applicant as named here.
    #[serde(default)]
    contact: Option<ContactRequest>,
    /// For all items; may be chosen anew for each afterwards.
    delivery: DeliveryRequest,
}

impl PackageApplicationRequest {
    fn parts(self) -> Answer<(BTreeSet<ItemCode>, Form)> {
        let Self { items, channel, applicant, identity_assurance, contact, delivery } = self;
        let mut fields = Fields::new();
        must_be_some_items(&mut fields, &items);
        fields.finish()?;
        Ok((items, Form { channel, applicant, identity_assurance, contact, delivery, external_number: None }))
    }
}

fn must_be_some_items(fields: &mut Fields, items: &BTreeSet<ItemCode>) {
    if !(1..=MOST_ITEMS).contains(&items.len()) {
        fields.refuse("/items", "invalid_value", format!("应选择1至{MOST_ITEMS}个事项"));
    }
}

#[utoipa::path(
    tag = "套餐", operation_id = "apply_for_package", summary = "提出套餐申请",
    description = "一次收件，各事项各立一件、各有编号；有前置事项的，前置事项办成之日起审查。Clause C1-1, rule L10.",
    params(("package" = String, Path, description = "套餐代码", max_length = 64), IdempotencyKey),
    request_body = PackageApplicationRequest,
    responses((status = 201, body = PackageApplicationView, description = "收件成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/packages/{package}/applications")]
pub async fn apply(
    desk: Data<Desk>,
    caller: Caller,
    package: PathId<String>,
    key: IdempotencyKey,
    body: Body<PackageApplicationRequest>,
) -> Answer<Reply> {
    may(&caller, Action::Receive)?;
    let package: PackageCode = package.0.parse().map_err(|_| Error::not_found())?;
    let Body { value, digest } = body;
    let now = desk.now(caller.centre);
    let (chosen, form) = value.parts()?;
    let application = Application::checked(form, &caller, &desk, now)?;
    let asked = Asked { id: PackageApplicationId::fresh(now), package, chosen, application };
    let shard = Shard::of(&asked.id);
    let file = {
        let caller = caller.clone();
        move |desk: &Desk, tx: &mut Tx<'_>, now| asked.file(desk, tx, &caller, now)
    };
    desk.once(caller, shard, key.stamp(Some(digest)), file).await
}

/// An application for a package whose every field has been checked.
struct Asked {
    id: PackageApplicationId,
    package: PackageCode,
    chosen: BTreeSet<ItemCode>,
    application: Application,
}

impl Asked {
    fn file(&self, desk: &Desk, tx: &mut Tx<'_>, caller: &Caller, now: Instant) -> Answer<Reply> {
        let centre = caller.centre;
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(caller, &calendar, now);
        let package = packages::get(tx.read(), centre, &self.package).map_err(StoreError::from)?;
        let package = package.ok_or_else(Error::not_found)?;
        let mut versions = BTreeMap::new();
        for member in choose(&package, &self.chosen)? {
            versions.insert(member.item.clone(), item_on_offer(tx, &member.item, &ctx)?);
        }
        must_be_at_a_window(caller, versions.values())?;
        let applicant = self.application.applicant_in(tx, caller, now)?;
        let (chosen, applicant_id) = (&self.chosen, applicant.id);
        let filing = Filing { id: self.id, centre, package: &package, chosen, applicant: applicant_id, now };
        let filed = Filed::file(filing, |_| CaseId::fresh(now))?;
        let vouched_by = vouched_by(tx, caller)?;
        let inserted = packages::applications::insert(tx.write(), &filed, caller.client().or(vouched_by.as_ref()));
        tx.first(inserted)?;
        let mut cases = BTreeMap::new();
        for member in &filed.members {
            let (Some(id), Some(item)) = (filed.cases.get(&member.item), versions.remove(&member.item)) else {
                return Err(Error::internal("a member without a case"));
            };
            let waits = !member.after.is_empty();
            let vouched_by = vouched_by.clone();
            let opening = Opening { id: *id, item: &item, package: Some(self.id), waits, vouched_by };
            let loaded = self.application.open(tx, &applicant, &opening, &ctx)?;
            cases.insert(member.item.clone(), Held { loaded, item: Arc::new(item) });
        }
        let bundle = Bundle { application: filed, cases };
        let view = PackageApplicationView::of(&bundle, &package, &calendar, ctx.practice, ctx.today());
        let reply = Reply::json(201, &view)?.tagged(view.version);
        Ok(reply.at(format!("/v1/package-applications/{}", self.id)))
    }
}
