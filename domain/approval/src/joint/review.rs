use std::collections::BTreeMap;

use catalog::Silence;
use chrono::NaiveDate;
use kernel::{Calendar, DepartmentCode, Instant, Refusal, Text, WorkingDays, ledger::Ledger};
use serde::{Deserialize, Serialize};

use super::{Actual, Answered, Asked, Desk, Given, Opinion, Plan, Schedule, names, schedule, schedule::opinion_limit};

/// 联审联批情况: a plan and what its participants have said so far (clause B3-3).
///
/// Each clock of a participant is its own and stops for nothing, not for a question either (rule L5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointReview {
    pub plan: Plan,
    pub silence: Silence,
    /// The one acceptance, which counts for all (rule L10).
    pub accepted_on: NaiveDate,
    /// 首日计入, as the installation counted when the plan was drawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_start: bool,
    /// 重新制定方案的理由, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
    /// 此前方案中的逾期未反馈: whoever was named stays named, though another plan asks anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Named>,
    /// One for every participant of the plan.
    pub desks: BTreeMap<DepartmentCode, Desk>,
}

/// 逾期未反馈记名: a participant that let its limit pass, with that limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub department: DepartmentCode,
    pub days: WorkingDays,
    /// The last day of its limit.
    pub due: NaiveDate,
    /// The day it was named (列名).
    pub since: NaiveDate,
}

impl JointReview {
    /// Whoever waits for nobody starts at once, on the day of the acceptance (rule L10).
    pub fn new(plan: Plan, silence: Silence, accepted_on: NaiveDate) -> Self {
        let desks = plan.participants().iter().map(|it| (it.department.clone(), Desk::default())).collect();
        let (reason, named) = (None, Vec::new());
        let mut review = Self { plan, silence, accepted_on, counts_start: false, reason, named, desks };
        review.start_whoever_can();
        review
    }

    /// 会审意见期限 of a participant that has started. Stopped by its first opinion, or by consent through silence.
    pub fn ledger(&self, department: &DepartmentCode) -> Option<Ledger> {
        let desk = self.desks.get(department)?;
        let budget = self.plan.participant(department)?.days;
        let stopped = desk.completed_on(self.silence);
        Some(Ledger { stopped, ..opinion_limit(budget, desk.started?, self.counts_start) })
    }

    /// 进度表 as things stand today: dates, slack, critical path, and who holds the case.
    pub fn schedule(&self, calendar: &Calendar, today: NaiveDate) -> Schedule {
        let actual = |desk: &Desk| {
            let gave = desk.gave_on().map(Actual::Gave);
            let consented = || desk.consented_on(self.silence).map(Actual::Consented);
            gave.or_else(consented).or_else(|| desk.silent_since.map(Actual::Silent))
        };
        let actuals = self.desks.iter().filter_map(|(department, desk)| Some((department.clone(), actual(desk)?)));
        schedule(&self.plan, self.accepted_on, self.counts_start, &actuals.collect(), calendar, today)
    }

    /// 要求补充说明: once, before the opinion (clause B3-3).
    pub fn may_ask(&self, department: &DepartmentCode, calendar: &Calendar, today: NaiveDate) -> Result<(), Refusal> {
        let desk = self.must_have_the_word(department, calendar, today)?;
        if desk.asked.is_some() {
            return Err(Refusal::new("already_asked", "每个参与部门只能要求补充说明一次"));
        }
        if desk.opinion.is_some() {
            return Err(Refusal::new("opinion_given", "已出具会审意见，不能再要求补充说明"));
        }
        Ok(())
    }

    pub fn record_question(&mut self, department: &DepartmentCode, asked: Asked) {
        if let Some(desk) = self.desks.get_mut(department) {
            desk.asked = Some(asked);
        }
    }

    /// 补充说明: the lead department answers what was asked.
    pub fn may_answer(&self, department: &DepartmentCode) -> Result<(), Refusal> {
        match &self.desk(department)?.asked {
            None => Err(Refusal::new("nothing_asked", "该部门没有要求补充说明")),
            Some(asked) if asked.answer.is_some() => Err(Refusal::new("already_answered", "已作补充说明")),
            Some(_) => Ok(()),
        }
    }

    pub fn record_answer(&mut self, department: &DepartmentCode, answer: Answered) {
        if let Some(asked) = self.desks.get_mut(department).and_then(|desk| desk.asked.as_mut()) {
            asked.answer = Some(answer);
        }
    }

    /// 出具或者改变意见. Where silence is consent, the first opinion comes within the limit or not at all; where it is not,
    /// it is owed however late. That the decision is still to come is for the stage of the case to say.
    pub fn may_give(&self, department: &DepartmentCode, calendar: &Calendar, today: NaiveDate) -> Result<(), Refusal> {
        self.must_have_the_word(department, calendar, today).map(|_| ())
    }

    /// Keeps the opinion it replaces. The first one starts those who waited for it, on its own day (rule L10).
    pub fn record_opinion(&mut self, department: &DepartmentCode, given: Given) {
        if let Some(desk) = self.desks.get_mut(department) {
            desk.earlier.extend(desk.opinion.replace(given));
            self.start_whoever_can();
        }
    }

    /// Whose limit is over without an opinion and who has not been named yet.
    pub fn falls_silent(&self, calendar: &Calendar, today: NaiveDate) -> Vec<DepartmentCode> {
        let fallen = |(department, desk): &(&DepartmentCode, &Desk)| {
            desk.silent_since.is_none() && desk.opinion.is_none() && self.is_past_limit(department, calendar, today)
        };
        self.desks.iter().filter(fallen).map(|(department, _)| department.clone()).collect()
    }

    /// 列名. Where silence is consent, successors start on this day and not on the due date before it: their predecessor's
    /// completion in writing is this record (rule L10), and no clock runs before whoever it binds can know.
    pub fn record_silence(&mut self, department: &DepartmentCode, on: NaiveDate) {
        let desk = self.desks.get_mut(department).filter(|desk| desk.opinion.is_none());
        if let Some(desk) = desk {
            desk.silent_since.get_or_insert(on);
            self.start_whoever_can();
        }
    }

    /// Everybody who was named as silent under this plan, and since when.
    pub fn silent(&self) -> impl Iterator<Item = (&DepartmentCode, NaiveDate)> {
        self.desks.iter().filter_map(|(department, desk)| Some((department, desk.silent_since?)))
    }

    /// 会审逾期未反馈: everybody who was named, under this plan and those before it, and since when.
    pub fn ever_silent(&self) -> impl Iterator<Item = (&DepartmentCode, NaiveDate)> {
        self.named.iter().map(|named| (&named.department, named.since)).chain(self.silent())
    }

    /// Who let a limit of this plan pass, named by now or not yet: what has to outlive the plan.
    pub fn silences(&self, calendar: &Calendar, today: NaiveDate) -> Vec<Named> {
        let named = |(department, desk): (&DepartmentCode, &Desk)| {
            let overdue = desk.opinion.is_none() && self.is_past_limit(department, calendar, today);
            let since = desk.silent_since.or(overdue.then_some(today))?;
            let limit = self.ledger(department)?;
            let due = limit.due(calendar, today).date;
            Some(Named { department: department.clone(), days: limit.budget, due, since })
        };
        self.desks.iter().filter_map(named).collect()
    }

    /// 再次征求意见: whoever let a limit pass gets no other one for the same question without a stated reason.
    pub fn may_ask_again(
        &self,
        plan: &Plan,
        reason: Option<&Text<500>>,
        calendar: &Calendar,
        today: NaiveDate,
    ) -> Result<(), Refusal> {
        let silent = self.silences(calendar, today);
        let known = |department: &&DepartmentCode| {
            self.named.iter().chain(&silent).any(|named| named.department == **department)
        };
        let again = names(plan.participants().iter().map(|it| &it.department).filter(known));
        if again.is_empty() || reason.is_some() {
            return Ok(());
        }
        Err(Refusal::new("silent_asked_again", format!("以下部门逾期未反馈，再次征求其意见须说明理由：{again}")))
    }

    /// 要求补充说明 so far, of the departments that `plan` asks too: the one question of each goes on with it.
    pub fn questions_for(&self, plan: &Plan) -> BTreeMap<DepartmentCode, Asked> {
        let asked = self.desks.iter().filter_map(|(department, desk)| Some((department.clone(), desk.asked.clone()?)));
        asked.filter(|(department, _)| plan.participant(department).is_some()).collect()
    }

    /// 汇总意见: refused while an opinion is missing, naming whose.
    pub fn may_conclude(&self) -> Result<(), Refusal> {
        let missing = self.desks.iter().filter(|(_, desk)| desk.completed_on(self.silence).is_none());
        let missing = names(missing.map(|(department, _)| department));
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::new("opinions_missing", format!("尚缺以下部门的会审意见：{missing}")))
    }

    /// 须重新反馈: what has changed since a department gave its opinion, the materials or what a department before it says;
    /// None where the opinion stands. Its successors' go with it, once it is given anew.
    pub fn outdated_by(&self, department: &DepartmentCode, changed: Option<Instant>) -> Option<&'static str> {
        let given = self.desks.get(department)?.opinion.as_ref()?.at;
        if changed.is_some_and(|changed| given < changed) {
            return Some("材料");
        }
        self.last_said_before(department).is_some_and(|said| given < said).then_some("前置部门的意见")
    }

    /// When a department before this one last spoke; for one that was silent, whoever spoke before it. Plans have no circles.
    fn last_said_before(&self, department: &DepartmentCode) -> Option<Instant> {
        let before = self.plan.participant(department)?.after.iter();
        let said = before.filter_map(|it| match &self.desks.get(it)?.opinion {
            Some(said) => Some(said.at),
            None => self.last_said_before(it),
        });
        said.max()
    }

    /// 不同意的部门 as of now, with their grounds.
    pub fn objections(&self) -> impl Iterator<Item = (&DepartmentCode, &Text<2000>)> {
        self.opinions().filter_map(|(department, opinion)| match opinion {
            Opinion::Object { grounds } => Some((department, grounds)),
            Opinion::Agree | Opinion::AgreeWithConditions { .. } => None,
        })
    }

    /// 附条件同意的部门 as of now, with what a grant has to take up.
    pub fn conditions(&self) -> impl Iterator<Item = (&DepartmentCode, &Text<2000>)> {
        self.opinions().filter_map(|(department, opinion)| match opinion {
            Opinion::AgreeWithConditions { conditions } => Some((department, conditions)),
            Opinion::Agree | Opinion::Object { .. } => None,
        })
    }

    /// 准予 stands against no objection. Whether all have spoken is asked by [`JointReview::may_conclude`].
    pub fn must_allow_grant(&self) -> Result<(), Refusal> {
        let objecting = names(self.objections().map(|(department, _)| department));
        if objecting.is_empty() {
            return Ok(());
        }
        Err(Refusal::new("objection_stands", format!("以下部门不同意，不能作出准予决定：{objecting}")))
    }

    fn opinions(&self) -> impl Iterator<Item = (&DepartmentCode, &Opinion)> {
        self.desks.iter().filter_map(|(department, desk)| Some((department, &desk.opinion.as_ref()?.opinion)))
    }

    fn desk(&self, department: &DepartmentCode) -> Result<&Desk, Refusal> {
        let unknown = || Refusal::new("not_a_participant", format!("“{department}”不是联审参与部门"));
        self.desks.get(department).ok_or_else(unknown)
    }

    fn must_have_the_word(
        &self,
        department: &DepartmentCode,
        calendar: &Calendar,
        today: NaiveDate,
    ) -> Result<&Desk, Refusal> {
        let desk = self.desk(department)?;
        if desk.started.is_none() {
            return Err(Refusal::new("predecessors_not_completed", "前置部门尚未出具意见，尚未轮到该部门"));
        }
        // The limit itself is asked as well as the record, so that nothing depends on when the timer fires.
        let spoke = desk.opinion.is_some();
        if self.silence == Silence::Consent && !spoke && self.is_past_limit(department, calendar, today) {
            return Err(Refusal::new("silence_was_consent", "逾期未反馈，已视为同意"));
        }
        Ok(desk)
    }

    fn is_past_limit(&self, department: &DepartmentCode, calendar: &Calendar, today: NaiveDate) -> bool {
        self.ledger(department).is_some_and(|ledger| today > ledger.due(calendar, today).date)
    }

    fn start_whoever_can(&mut self) {
        for participant in self.plan.participants() {
            let before: Option<Vec<NaiveDate>> = participant
                .after
                .iter()
                .map(|department| self.desks.get(department).and_then(|desk| desk.completed_on(self.silence)))
                .collect();
            let Some(before) = before else { continue };
            let start = before.into_iter().max().unwrap_or(self.accepted_on);
            if let Some(desk) = self.desks.get_mut(&participant.department) {
                desk.started.get_or_insert(start);
            }
        }
    }
}
