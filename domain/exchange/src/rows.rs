use std::fmt;

use casework::{
    Case, Event, Recorded, Stage,
    codes::{Codes, Subject},
};
use catalog::{DeliveryMethod, Department, ItemVersion};
use chrono::NaiveDate;
use intake::{Handed, Presented};
use issuance::Standing;
use kernel::{Calendar, EventId, ledger::Extension};

use crate::{
    codes::code,
    process::step,
    row::{Row, guid},
    table::Table,
    written::time,
};

/// 处理意见 is at most so long (v2000).
const LONGEST: usize = 2000;

/// 申请人 or 联系人 as the receiver is to see them, masked or not.
#[derive(Clone, Default)]
pub struct Party {
    pub name: String,
    /// A document kind of `kernel::identity`, by its stable name.
    pub document_kind: Option<String>,
    pub document_number: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party(***)")
    }
}

/// A case and what is around it, as of a day.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub case: &'a Case,
    /// The version it began with.
    pub item: &'a ItemVersion,
    /// 承办部门
    pub department: &'a Department,
    /// Its whole record, oldest first.
    pub record: &'a [(EventId, Recorded)],
    /// 自然人 or not.
    pub is_person: bool,
    pub applicant: &'a Party,
    pub contact: Option<&'a Party>,
    pub calendar: &'a Calendar,
    pub today: NaiveDate,
}

/// Everything the five tables say of a case, always in the same order.
pub fn rows(source: &Source<'_>, codes: &Codes) -> Vec<Row> {
    let mut rows = vec![source.accept(codes)];
    rows.extend(source.process(codes));
    rows.extend(source.special_procedures(codes));
    rows.extend(source.materials(codes));
    rows.extend(source.result(codes));
    rows
}

impl Source<'_> {
    fn row(&self, table: Table, of: &str, cells: Vec<Option<String>>) -> Row {
        Row::new(table, guid(table, self.case.id, of), self.case.number.as_str(), cells)
    }

    /// The newest event that `wanted` picks.
    fn last(&self, wanted: impl Fn(&Event) -> bool) -> Option<&Recorded> {
        self.record.iter().rev().map(|(_, recorded)| recorded).find(|recorded| wanted(&recorded.event))
    }

    fn accept(&self, codes: &Codes) -> Row {
        let (case, item, applicant) = (self.case, self.item, self.applicant);
        let accepted = self.last(|event| matches!(event, Event::Accepted { .. }));
        let accepted = accepted.filter(|_| case.intake.acceptance.is_some());
        let document =
            |party: &Party| party.document_kind.as_deref().map(|kind| code(codes, Subject::DocumentKinds, kind));
        let contact = self.contact.unwrap_or(applicant);
        let promised = case.clocks.promised.as_ref().map(|ledger| ledger.due(self.calendar, self.today).date);
        let kind = if self.is_person { "person" } else { "enterprise" };
        let some = |text: &dyn ToString| Some(text.to_string());
        self.row(
            Table::UpProAccept,
            "",
            vec![
                some(&item.base_code),
                None,
                some(&item.implementation_code),
                some(&case.item.code),
                None,
                some(&item.name),
                some(&case.item.version),
                some(&applicant.name),
                some(&code(codes, Subject::ApplicantKinds, kind)),
                document(applicant),
                applicant.document_number.clone(),
                some(&time(case.received_at)),
                some(&code(codes, Subject::Channels, case.channel.into())),
                None,
                some(&contact.name),
                document(contact),
                contact.document_number.clone(),
                contact.phone.clone(),
                some(&self.department.uscc),
                some(&self.department.name),
                accepted.map(|accepted| time(accepted.at)),
                case.intake.acceptance.as_ref().and_then(|it| it.notice.as_ref()).map(ToString::to_string),
                some(&format!("关于{}的{}", applicant.name, item.name)),
                some(&code(codes, Subject::ItemKinds, &item.kind.to_string())),
                promised.map(|day| day.to_string()),
                accepted.map(|accepted| accepted.by.code.clone()),
                applicant.address.clone(),
                None,
                None,
            ],
        )
    }

    /// One row a step: begun where the one before it ended, and ended when it was done.
    fn process(&self, codes: &Codes) -> Vec<Row> {
        let mut begun = self.case.received_at;
        let mut rows = Vec::new();
        for (id, recorded) in self.record {
            let Some(step) = step(&recorded.event) else { continue };
            let cells = vec![
                Some(recorded.event.label().to_owned()),
                Some(code(codes, Subject::Actions, step.action)),
                Some(time(begun)),
                Some(time(recorded.at)),
                step.explained.map(|text| text.chars().take(LONGEST).collect()),
                Some(recorded.by.code.clone()),
            ];
            rows.push(Row::new(Table::UpProProcess, id.uuid(), self.case.number.as_str(), cells));
            begun = recorded.at;
        }
        rows
    }

    /// 特别程序 that stop the clock, and 延长 of a limit, each in the order of the record.
    fn special_procedures(&self, codes: &Codes) -> Vec<Row> {
        let row = |recorded: &Recorded| match &recorded.event {
            Event::ProcedureStarted(started) => {
                // What became of it stands in the case.
                let procedures = &self.case.approval.procedures;
                let it = procedures.iter().find(|it| it.notice == started.notice).unwrap_or(started);
                let cells = vec![
                    Some(code(codes, Subject::Procedures, &it.ground.to_string())),
                    Some(it.ground.label().to_owned()),
                    Some(it.from.to_string()),
                    Some(it.reason.to_string()),
                    Some(recorded.by.code.clone()),
                    it.until.map(|day| day.to_string()),
                    it.result.as_ref().map(ToString::to_string),
                    Some(format!("所需时间{}，批准人{}", it.needs, it.approved_by)),
                    Some(recorded.by.code.clone()),
                ];
                Some(self.row(Table::UpProSpecialProcedure, it.notice.as_str(), cells))
            }
            Event::Extended { notice, extension, .. } => {
                let Extension { days, approved_on, approved_by, reason } = extension;
                let cells = vec![
                    Some(code(codes, Subject::Procedures, "extension")),
                    Some("延长审批".to_owned()),
                    Some(approved_on.to_string()),
                    Some(reason.to_string()),
                    Some(recorded.by.code.clone()),
                    Some(approved_on.to_string()),
                    Some(format!("延长{days}")),
                    Some(format!("批准人{}", approved_by.code)),
                    Some(recorded.by.code.clone()),
                ];
                Some(self.row(Table::UpProSpecialProcedure, notice.as_str(), cells))
            }
            _ => None,
        };
        self.record.iter().filter_map(|(_, recorded)| row(recorded)).collect()
    }

    /// What was handed in, in the order of the guide.
    fn materials(&self, codes: &Codes) -> Vec<Row> {
        let handed = |material: &catalog::Material| {
            let handed = self.case.intake.materials.get(&material.code)?;
            let shown = handed.check.as_ref().and_then(|check| check.presented);
            (!handed.files.is_empty() || shown.is_some()).then_some((handed, shown))
        };
        let row = |material: &catalog::Material| {
            let (handed, shown) = handed(material)?;
            let on_paper = handed.files.is_empty() && shown != Some(Presented::Electronic);
            let collected = if on_paper { "paper" } else { "electronic" };
            let number = if on_paper { usize::from(material.copies) } else { handed.files.len().max(1) };
            let cells = vec![
                Some(material.name.to_string()),
                Some(code(codes, Subject::Collected, collected)),
                Some(number.to_string()),
                attached(handed),
            ];
            Some(self.row(Table::UpProMaterial, material.code.as_str(), cells))
        };
        self.item.materials.iter().filter_map(row).collect()
    }

    /// How it ended, once it has: by a decision, or without one. A case that goes on again has no result.
    fn result(&self, codes: &Codes) -> Option<Row> {
        let (case, approval, issuance) = (self.case, &self.case.approval, &self.case.issuance);
        let (kind, ended, explained) = match &approval.decision {
            Some(decision) => {
                let decided = self.last(|event| matches!(event, Event::Decided { .. }))?;
                let explained = match &issuance.standing {
                    Standing::InForce => decision.reasons.to_string(),
                    Standing::Ended(ended) => format!("{}（{}起失效）", ended.reason, ended.on),
                };
                (code(codes, Subject::Outcomes, &decision.ruling.outcome().to_string()), decided, Some(explained))
            }
            None if case.stage.is_final() => {
                let ended = self.last(|event| ends(event, case.stage))?;
                let deemed = matches!(ended.event, Event::DeemedWithdrawn { .. });
                let ending = if deemed { "deemed_withdrawn" } else { case.stage.into() };
                let explained = step(&ended.event).and_then(|step| step.explained);
                (code(codes, Subject::Endings, ending), ended, explained)
            }
            None => return None,
        };
        let document = issuance.result.as_ref();
        let by_courier = u8::from(issuance.method == DeliveryMethod::Courier);
        let cells = vec![
            Some(kind),
            Some(time(ended.at)),
            document.map(|it| it.title.to_string()),
            document.map(|it| it.number.to_string()),
            explained.map(|text| text.chars().take(LONGEST).collect()),
            Some(by_courier.to_string()),
            // 未评价 stays empty: nobody is taken to be satisfied who has not said so. So does 匿名, as the row names the case.
            case.ratings.last().map(|rating| rating.level.code().to_string()),
        ];
        Some(self.row(Table::UpProResult, "", cells))
    }
}

/// Whether a case ended in this stage by this event.
fn ends(event: &Event, stage: Stage) -> bool {
    match event {
        Event::Rejected(_) => stage == Stage::Rejected,
        Event::FoundNotRequired(_) => stage == Stage::NotRequired,
        Event::Withdrawn { .. } | Event::DeemedWithdrawn { .. } => stage == Stage::Withdrawn,
        Event::AcceptanceRevoked(_) => stage == Stage::AcceptanceRevoked,
        _ => false,
    }
}

/// Names of the files, by which they are asked for.
fn attached(handed: &Handed) -> Option<String> {
    let names: Vec<String> = handed.files.iter().map(|file| file.id.to_string()).collect();
    (!names.is_empty()).then(|| names.join(","))
}
