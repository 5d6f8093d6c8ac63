//! 企业全景: everything open of one enterprise, as far as the caller sees it.

use kernel::ledger::Light;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    consultation::ConsultationView, impasse::ImpasseLine, package_application::PackageApplicationLine,
    parts::ApplicantView, summary::CaseSummary, ticket::HotlineTicketView,
};

/// 企业全景
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseView {
    pub applicant: ApplicantView,
    /// 红灯: limits that have run out.
    pub red: usize,
    /// 黄灯: limits about to.
    pub amber: usize,
    /// 未办结的办件, the newest first.
    pub cases: Vec<CaseSummary>,
    /// 办理中的套餐申请
    pub packages: Vec<PackageApplicationLine>,
    /// 未销号的办不成事
    pub impasses: Vec<ImpasseLine>,
    /// 热线尚未答复的转热线事项, the newest first.
    pub tickets: Vec<HotlineTicketView>,
    /// 在办的咨询, the newest first.
    pub consultations: Vec<ConsultationView>,
    /// Whether there is more than is shown; the lists of each kind have it all.
    pub has_more: bool,
}

impl EnterpriseView {
    pub fn new(
        applicant: ApplicantView,
        cases: Vec<CaseSummary>,
        packages: Vec<PackageApplicationLine>,
        impasses: Vec<ImpasseLine>,
        tickets: Vec<HotlineTicketView>,
        consultations: Vec<ConsultationView>,
        has_more: bool,
    ) -> Self {
        let lights = cases.iter().map(|case| case.light).chain(impasses.iter().map(|impasse| impasse.light));
        let lights: Vec<Light> = lights.flatten().collect();
        let shining = |light: Light| lights.iter().filter(|it| **it == light).count();
        let (red, amber) = (shining(Light::Red), shining(Light::Amber));
        Self { applicant, red, amber, cases, packages, impasses, tickets, consultations, has_more }
    }
}
