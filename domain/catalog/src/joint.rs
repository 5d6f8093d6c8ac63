//! 联审联批约定: who takes part in an item's joint review, in which order, how long, and what silence means (clause B3-3).

use std::collections::BTreeSet;

use kernel::{DepartmentCode, WorkingDays, ledger::Ground};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use strum::{Display, EnumString, VariantArray};

use crate::flaw::Flaw;

/// The most departments that one joint review asks. Anything above is a slip of the pen.
const MOST_PARTICIPANTS: usize = 20;
/// The longest limit for an opinion: the whole case has 45 days where bodies handle it jointly (行政许可法 art. 42).
const LONGEST_OPINION: WorkingDays = WorkingDays(30);

/// The special procedures that a visit to the place can be; a hearing, a tender or an auction is held elsewhere.
const ON_THE_SITE: [Ground; 5] =
    [Ground::Inspection, Ground::Testing, Ground::Quarantine, Ground::Appraisal, Ground::ExpertReview];

/// 联审联批约定: what a version of a service item requires of every plan drawn for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointTerms {
    /// 必须征求意见的部门. The lead department may ask others besides.
    pub participants: Vec<JointParticipant>,
    pub silence: Silence,
    /// 踏勘属于特别程序的, its kind (行政许可法 art. 45): a joint inspection stops the clock from its written notice until its
    /// findings. Without it the days of a joint inspection count like any other (clause B3-4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection: Option<Ground>,
}

/// 参与部门: a department that is asked for its opinion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointParticipant {
    pub department: DepartmentCode,
    /// 会审意见期限: from the day it may start, which is not counted.
    pub days: WorkingDays,
    /// 前置部门: those whose opinions it must have before it starts. Without any it starts at the acceptance (rule L10).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", deserialize_with = "few")]
    pub after: BTreeSet<DepartmentCode>,
}

/// As many as there can be participants, and some said twice; not a list without end.
fn few<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<DepartmentCode>, D::Error> {
    const MOST: usize = 50;
    let list = Vec::<DepartmentCode>::deserialize(from)?;
    if list.len() > MOST {
        return Err(D::Error::custom(format!("前置部门不能超过{MOST}个")));
    }
    Ok(list.into_iter().collect())
}

/// 逾期未反馈的处理: what it means that a participant's limit is over without an opinion. It is named either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Silence {
    /// 视为同意
    Consent,
    /// 不视为同意: the opinion is still owed, and those who wait for it go on waiting.
    Open,
}

impl Silence {
    pub fn label(self) -> &'static str {
        match self {
            Self::Consent => "视为同意",
            Self::Open => "不视为同意，列名催办，仍须反馈",
        }
    }
}

/// What is wrong with a list of participants, with the stable code of the refusal it causes in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantFlaw {
    pub code: &'static str,
    pub flaw: Flaw,
}

impl JointTerms {
    /// What contradicts itself, as pointers below `at`, where the terms stand in the item. `lead` (牵头部门) is the item's
    /// own department.
    pub fn flaws(&self, at: &str, lead: &DepartmentCode) -> Vec<Flaw> {
        let flaws = participant_flaws(&self.participants, Some(lead)).into_iter();
        let flaws = flaws.map(|it| Flaw::new(format!("{at}{}", it.flaw.pointer), it.flaw.detail));
        let elsewhere = self
            .inspection
            .filter(|ground| !ON_THE_SITE.contains(ground))
            .map(|ground| Flaw::new(format!("{at}/inspection"), format!("联合踏勘不能作为{}程序", ground.label())));
        flaws.chain(elsewhere).collect()
    }
}

/// Everything that keeps a list of participants from being a plan. Without a `lead` it is not looked for among them.
pub fn participant_flaws(participants: &[JointParticipant], lead: Option<&DepartmentCode>) -> Vec<ParticipantFlaw> {
    let mut flaws = Vec::new();
    let mut add = |code, pointer: String, detail: String| {
        flaws.push(ParticipantFlaw { code, flaw: Flaw::new(pointer, detail) });
    };
    if !(1..=MOST_PARTICIPANTS).contains(&participants.len()) {
        let detail = format!("参与部门应为1至{MOST_PARTICIPANTS}个");
        add("participants_out_of_range", "/participants".into(), detail);
    }
    let known: BTreeSet<&DepartmentCode> = participants.iter().map(|it| &it.department).collect();
    let mut seen = BTreeSet::new();
    for (at, participant) in participants.iter().enumerate() {
        let department = &participant.department;
        if !seen.insert(department) {
            let detail = format!("参与部门“{department}”重复");
            add("participant_repeated", format!("/participants/{at}/department"), detail);
        }
        if lead == Some(department) {
            let detail = format!("牵头部门“{department}”不列为参与部门");
            add("lead_among_participants", format!("/participants/{at}/department"), detail);
        }
        if !(WorkingDays(1)..=LONGEST_OPINION).contains(&participant.days) {
            let detail = format!("会审意见期限应为1至{LONGEST_OPINION}");
            add("opinion_limit_out_of_range", format!("/participants/{at}/days"), detail);
        }
        for missing in participant.after.iter().filter(|it| !known.contains(it)) {
            let detail = format!("前置部门“{missing}”不在参与部门之中");
            add("predecessor_unknown", format!("/participants/{at}/after"), detail);
        }
    }
    let (_, stuck) = in_order(participants);
    if !stuck.is_empty() {
        let names = stuck.iter().map(|it| it.department.as_str()).collect::<Vec<_>>().join("、");
        let detail = format!("先后顺序互为前提，以下部门无法开始：{names}");
        add("order_circular", "/participants".into(), detail);
    }
    flaws
}

/// The participants, every one after those it waits for and otherwise as they were given; and those that can never start,
/// because they wait for each other or for one who does. Predecessors that are not in the list hold nobody up.
pub fn in_order(participants: &[JointParticipant]) -> (Vec<&JointParticipant>, Vec<&JointParticipant>) {
    let known: BTreeSet<&DepartmentCode> = participants.iter().map(|it| &it.department).collect();
    let mut done = BTreeSet::new();
    let mut ordered = Vec::with_capacity(participants.len());
    let mut waiting: Vec<&JointParticipant> = participants.iter().collect();
    loop {
        let free = |it: &&JointParticipant| it.after.iter().all(|other| done.contains(other) || !known.contains(other));
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(free);
        if ready.is_empty() {
            return (ordered, rest);
        }
        done.extend(ready.iter().map(|it| &it.department));
        ordered.extend(ready);
        waiting = rest;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::{Value, json};

    use super::*;

    fn terms(participants: Value) -> JointTerms {
        serde_json::from_value(json!({ "participants": participants, "silence": "consent" })).unwrap()
    }

    fn told(terms: &JointTerms) -> Vec<String> {
        terms.flaws("/joint", &"planning".parse().unwrap()).iter().map(Flaw::to_string).collect()
    }

    /// Clause B3-3: parallel, serial and mixed are one notation.
    #[test]
    fn parallel_serial_and_mixed_orders_are_sound() {
        let mixed = json!([
            { "department": "fire", "days": 5 },
            { "department": "water", "days": 30, "after": ["fire"] },
            { "department": "traffic", "days": 1, "after": ["fire", "water"] },
        ]);
        assert_eq!(told(&terms(mixed)), [""; 0]);
    }

    /// Clause B3-3: all that is wrong is told at once, each with its place.
    #[test]
    fn every_flaw_is_told_with_its_place() {
        let wrong = terms(json!([
            { "department": "fire", "days": 0, "after": ["water"] },
            { "department": "water", "days": 31, "after": ["fire", "airport"] },
            { "department": "planning", "days": 5 },
            { "department": "fire", "days": 5 },
        ]));
        assert_eq!(
            told(&wrong),
            [
                "/joint/participants/0/days 会审意见期限应为1至30个工作日",
                "/joint/participants/1/days 会审意见期限应为1至30个工作日",
                "/joint/participants/1/after 前置部门“airport”不在参与部门之中",
                "/joint/participants/2/department 牵头部门“planning”不列为参与部门",
                "/joint/participants/3/department 参与部门“fire”重复",
            ]
        );
        assert_eq!(told(&terms(json!([]))), ["/joint/participants 参与部门应为1至20个"]);
    }

    /// Clause B3-4, rule L5: a joint inspection stops the clock only as one of the special procedures of the law, and only as
    /// one that is held on the site.
    #[test]
    fn an_inspection_is_a_special_procedure_only_by_name() {
        let with = |ground: Value| {
            let participants = json!([{ "department": "fire", "days": 5 }]);
            serde_json::from_value(json!({ "participants": participants, "silence": "open", "inspection": ground }))
        };
        let counts: JointTerms = with(Value::Null).unwrap();
        assert_eq!(counts.inspection, None);
        let testing: JointTerms = with(json!("testing")).unwrap();
        assert_eq!(told(&testing), [""; 0]);
        assert_eq!(told(&with(json!("hearing")).unwrap()), ["/joint/inspection 联合踏勘不能作为听证程序"]);
        assert!(with(json!("travel")).is_err());
    }

    /// Clause B3-3: whoever waits for himself, or for one who does, can never start.
    #[test]
    fn a_circle_is_a_flaw_with_everybody_behind_it() {
        let circular = terms(json!([
            { "department": "fire", "days": 5, "after": ["water"] },
            { "department": "water", "days": 5, "after": ["fire"] },
            { "department": "traffic", "days": 5, "after": ["water"] },
            { "department": "health", "days": 5 },
        ]));
        assert_eq!(told(&circular), ["/joint/participants 先后顺序互为前提，以下部门无法开始：fire、water、traffic"]);
        let alone = terms(json!([{ "department": "fire", "days": 5, "after": ["fire"] }]));
        assert_eq!(told(&alone), ["/joint/participants 先后顺序互为前提，以下部门无法开始：fire"]);
    }
}
