//! A package over the reference catalogue, and cases of its members that have come to this or that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use casework::{
    Case, Stage,
    package::{Application, Deadline, Filing, MemberCase, MemberCases, MemberDeadline},
};
use catalog::{Catalog, Package, WENLING, WENLING_PACKAGES, read_packages};
use chrono::{Days, NaiveDate};
use kernel::{
    Calendar, CaseId, Centre, DocumentKind, Due, Instant, ItemCode, Practice, Registry, WorkingDays,
    id::PackageApplicationId,
    ledger::{Ledger, LimitKind},
};
use serde_json::json;
use strum::VariantArray;

use crate::hall::{Desk, Numbers, Person, applicant, item, morning};

pub(crate) const FILING: &str = "project-investment-filing";
pub(crate) const ENVIRONMENT: &str = "project-environment-report";
pub(crate) const PERMIT: &str = "project-construction-permit";
pub(crate) const GRANT: &str = "policy-technology-upgrade-grant";
pub(crate) const MORTGAGE: &str = "finance-mortgage-registration";
pub(crate) const PROJECT: [&str; 5] = [FILING, ENVIRONMENT, PERMIT, GRANT, MORTGAGE];

/// 地方口径, as the law has it.
pub(crate) static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);
pub(crate) static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::first_edition);
pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| catalog::read(WENLING, morning().day()).unwrap());
/// A case of every item that an enterprise may apply for, just received.
pub(crate) static RECEIVED: LazyLock<BTreeMap<ItemCode, Case>> = LazyLock::new(|| {
    let items = CATALOG.items.iter().filter(|version| version.audience.admits_enterprises());
    let opened = items.map(|version| Desk::open(item(version.item.as_str()), Person::Adapter, version.delivery[0]));
    opened.map(|desk| (desk.item.item.clone(), desk.case)).collect()
});

pub(crate) fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

pub(crate) fn set(items: &[&str]) -> BTreeSet<ItemCode> {
    items.iter().map(|item| code(item)).collect()
}

pub(crate) fn project() -> Package {
    read_packages(WENLING_PACKAGES, &CATALOG, morning().day()).unwrap().remove(0)
}

pub(crate) fn filed(package: &Package, chosen: &BTreeSet<ItemCode>) -> Application {
    let id: PackageApplicationId = "01900000-0000-7000-8000-00000000000a".parse().unwrap();
    let filing = Filing { id, centre: Centre::WENLING, package, chosen, applicant: applicant(), now: morning() };
    let mut last = 0;
    let case = |_: &ItemCode| {
        last += 1;
        format!("01900000-0000-7000-8000-{last:012}").parse::<CaseId>().unwrap()
    };
    Application::file(filing, case).unwrap()
}

/// What has become of a case; days are counted from [`morning`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Received,
    Accepted(u64),
    Granted(u64),
    /// Granted, and revoked later.
    Revoked(u64),
    Refused(u64),
    Withdrawn,
    Rejected,
    NotRequired,
}

pub(crate) fn day(after: u64) -> NaiveDate {
    morning().day() + Days::new(after)
}

pub(crate) fn noon(day: NaiveDate) -> Instant {
    Instant::parse(&format!("{day}T04:00:00Z")).unwrap()
}

pub(crate) fn after(mut case: Case, fate: Fate) -> Case {
    let version = item(case.item.code.as_str());
    let mut clocks = |start, stopped| {
        let limit = |kind, budget| Some(Ledger { stopped, ..Ledger::new(kind, budget, start) });
        case.clocks.statutory = limit(LimitKind::Statutory, version.statutory);
        case.clocks.promised = limit(LimitKind::Promised, version.promised);
    };
    let mut decided = |on, ruling| {
        clocks(day(0), Some(on));
        case.clocks.delivery = Some(Ledger::new(LimitKind::Delivery, WorkingDays(10), on));
        let document = Numbers::default().number(DocumentKind::VARIANTS[0]).unwrap();
        let decision = json!({ "document": document, "reasons": "理由", "ruling": ruling, "by": "approver" });
        case.approval.decision = Some(serde_json::from_value(decision).unwrap());
        case.stage = Stage::Decided;
    };
    match fate {
        Fate::Received => {}
        Fate::Accepted(on) => {
            clocks(day(on), None);
            case.stage = Stage::InReview;
        }
        Fate::Granted(on) => decided(day(on), json!({ "outcome": "grant" })),
        Fate::Revoked(on) => {
            decided(day(on), json!({ "outcome": "grant" }));
            let ended = json!({ "ended": {
                "document": Numbers::default().number(DocumentKind::GrantRevocation).unwrap(), "ground": "unlawful",
                "reason": "理由", "legal_basis": "第六十九条", "remedies": kernel::remedies(), "by": "head", "on": day(on + 9),
            } });
            case.issuance.standing = serde_json::from_value(ended).unwrap();
            (case.stage, case.ended_at) = (Stage::Closed, Some(noon(day(on + 9))));
        }
        Fate::Refused(on) => {
            decided(day(on), json!({ "outcome": "refuse", "legal_basis": "第一条", "remedies": kernel::remedies() }));
        }
        Fate::Withdrawn | Fate::Rejected | Fate::NotRequired => {
            case.stage = match fate {
                Fate::Withdrawn => Stage::Withdrawn,
                Fate::Rejected => Stage::Rejected,
                _ => Stage::NotRequired,
            };
            case.ended_at = Some(noon(day(0)));
        }
    }
    case
}

pub(crate) fn fated<'a>(fates: impl IntoIterator<Item = (&'a ItemCode, Fate)>) -> BTreeMap<ItemCode, Case> {
    fates.into_iter().map(|(item, fate)| (item.clone(), after(RECEIVED[item].clone(), fate))).collect()
}

pub(crate) fn members(cases: &BTreeMap<ItemCode, Case>) -> MemberCases<'_> {
    let member = |(code, case)| {
        let code: &ItemCode = code;
        (code.clone(), MemberCase { case, item: item(code.as_str()) })
    };
    cases.iter().map(member).collect()
}

/// The whole project package with these fates, the rest just received.
pub(crate) fn stood(fates: &[(&str, Fate)]) -> BTreeMap<ItemCode, Case> {
    let items: Vec<ItemCode> = PROJECT.iter().map(|item| code(item)).collect();
    let fate = |item: &ItemCode| fates.iter().find(|(it, _)| *it == item.as_str()).map_or(Fate::Received, |it| it.1);
    fated(items.iter().map(|item| (item, fate(item))))
}

pub(crate) fn whole() -> Application {
    filed(&project(), &set(&PROJECT))
}

pub(crate) fn lines(deadline: &Deadline) -> String {
    let date = |due: &Option<Due>| {
        due.map_or_else(|| "-".to_owned(), |it| format!("{}{}", it.date, if it.provisional { " 暂定" } else { "" }))
    };
    let line = |it: &MemberDeadline| {
        let start = it.starts.map_or_else(|| "-".to_owned(), |it| it.to_string());
        format!("{} {} {start} .. {}\n", it.item, it.reckoning, date(&it.ends))
    };
    let members: String = deadline.members.iter().map(line).collect();
    let critical: Vec<&str> = deadline.critical.iter().map(ItemCode::as_str).collect();
    format!("{members}{} {}", date(&deadline.ends), critical.join(" > "))
}
