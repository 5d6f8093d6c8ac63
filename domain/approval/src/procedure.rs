use chrono::NaiveDate;
use kernel::{
    Context, DocumentNumber, Instant, Practice, Refusal, StaffCode, Text, WorkingDays,
    ledger::{Ground, Ledger, LimitKind, Suspension},
};
use serde::{Deserialize, Serialize};

/// 特别程序: one of the eight of 行政许可法 art. 45, and the only thing that stops the clock (rule L5). An interval with
/// its ground, its approver and the written notice of the time it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// 特别程序告知书, by which it is named.
    pub notice: DocumentNumber,
    pub ground: Ground,
    pub from: NaiveDate,
    /// The last day that does not count, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// 所需时间, as told to the applicant.
    pub needs: WorkingDays,
    /// 启动理由或依据
    pub reason: Text<500>,
    pub approved_by: StaffCode,
    /// Why it is put on record after the day it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backdated: Option<Text<500>>,
    /// 程序结果
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Text<500>>,
    /// When its end was put on record, with that result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
}

impl Procedure {
    pub fn is_open(&self) -> bool {
        self.until.is_none()
    }

    pub fn suspension(&self) -> Suspension {
        Suspension { from: self.from, until: self.until, ground: self.ground }
    }

    /// 所需时间 as a limit: from its first day, and over with it.
    pub fn limit(&self, practice: &Practice) -> Ledger {
        Ledger { stopped: self.until, ..practice.limit(LimitKind::Procedure, self.needs, self.from) }
    }

    /// The start may lie back as far as local practice allows, with a reason, never before the clock and never ahead.
    pub fn may_start(
        from: NaiveDate,
        backdated: Option<&Text<500>>,
        clock_started: NaiveDate,
        ctx: &Context<'_>,
    ) -> Result<(), Refusal> {
        let today = ctx.today();
        if from > today {
            return Err(Refusal::new("procedure_in_future", "特别程序不能从将来的日期起算"));
        }
        if from < clock_started {
            return Err(Refusal::new("procedure_before_acceptance", "特别程序不能早于受理之日"));
        }
        if from < today {
            let back = ctx.calendar.working_days_between(from, today);
            let longest = ctx.practice.backdating;
            if back > i64::from(longest.0) {
                return Err(Refusal::new("backdated_too_far", format!("最多可追溯{longest}")));
            }
            if backdated.is_none() {
                return Err(Refusal::new("backdating_reason_missing", "追溯登记须说明理由"));
            }
        }
        Ok(())
    }

    /// It ends on the day its result is there, neither before it began nor ahead of time.
    pub fn may_end(&self, until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
        if !self.is_open() {
            return Err(Refusal::new("procedure_ended", "该特别程序已经结束"));
        }
        if until < self.from || until > today {
            return Err(Refusal::new("procedure_end_out_of_range", "结束日期须在开始日期与今天之间"));
        }
        Ok(())
    }
}

/// 暂停: any pause without a ground in law. Recorded as what it is; it stops no clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub reason: Text<500>,
    pub from: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    pub by: StaffCode,
}

/// 延长 as the law bounds it: by whom and by how much (行政许可法 art. 42, rules L2 and L3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionRule {
    /// 本行政机关负责人, ten working days.
    ByDepartmentHead,
    /// 本级人民政府负责人, fifteen working days, where departments handle it together.
    ByGovernmentHead,
}

impl ExtensionRule {
    /// As departments handle it together or one alone.
    pub fn of(together: bool) -> Self {
        if together { Self::ByGovernmentHead } else { Self::ByDepartmentHead }
    }

    pub fn longest(self) -> WorkingDays {
        match self {
            Self::ByDepartmentHead => WorkingDays(10),
            Self::ByGovernmentHead => WorkingDays(15),
        }
    }
}
