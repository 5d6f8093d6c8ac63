//! 办理口径: how long things may take.

use chrono::{NaiveTime, Weekday};
use escalation::Terms;
use kernel::{
    DepartmentCode, Practice, WindowCode, WorkingDays,
    ledger::Thresholds,
    practice::{Hours, LateReceipt},
};
use serde::{Deserialize, Serialize};

/// 时限.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// 黄灯: working days before the due date.
    pub amber_days: u16,
    /// 视为受理前的预警: working days before it.
    pub warn_days: u16,
    /// 补正、容缺补齐、整改期限的上限: working days.
    pub longest_correction_days: u16,
    /// 特别程序追溯登记的上限: working days.
    pub backdating_days: u16,
    /// 移交、转办的接受时限: working days.
    pub hand_over_days: u16,
    /// 审核时限: working days.
    pub review_days: u16,
    /// 催领间隔: working days.
    pub unclaimed_days: u16,
    /// 工作时间, by the clock on the wall.
    pub opens: NaiveTime,
    pub closes: NaiveTime,
    /// 周末开放日: `Sat`, `Sun`.
    pub weekend_opening: Vec<Weekday>,
    /// 工作时间外收件
    pub late_receipt: LateReceipt,
    /// 起算当日是否计入
    pub day_zero_counts: bool,
}

impl Limits {
    /// What the domain is told of it.
    pub fn practice(&self) -> Practice {
        Practice {
            thresholds: Thresholds { amber_days: WorkingDays(self.amber_days) },
            warn_before: WorkingDays(self.warn_days),
            longest_correction: WorkingDays(self.longest_correction_days),
            backdating: WorkingDays(self.backdating_days),
            hand_over: WorkingDays(self.hand_over_days),
            review: WorkingDays(self.review_days),
            unclaimed: WorkingDays(self.unclaimed_days),
            hours: Hours { from: self.opens, until: self.closes },
            weekend_opening: self.weekend_opening.clone(),
            late_receipt: self.late_receipt,
            day_zero_counts: self.day_zero_counts,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let Practice {
            thresholds,
            warn_before,
            longest_correction,
            backdating,
            hand_over,
            review,
            unclaimed,
            hours,
            weekend_opening,
            late_receipt,
            day_zero_counts,
        } = Practice::default();
        Self {
            amber_days: thresholds.amber_days.0,
            warn_days: warn_before.0,
            longest_correction_days: longest_correction.0,
            backdating_days: backdating.0,
            hand_over_days: hand_over.0,
            review_days: review.0,
            unclaimed_days: unclaimed.0,
            opens: hours.from,
            closes: hours.until,
            weekend_opening,
            late_receipt,
            day_zero_counts,
        }
    }
}

/// “办不成事”反映(兜底)窗口. Limits in working days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Escalation {
    /// 兜底窗口, which has every impasse.
    pub window: WindowCode,
    /// 中心: the department that keeps the register.
    pub department: DepartmentCode,
    /// 首次联系; 0 for the same day.
    pub first_contact_days: u16,
    /// 备案登记
    pub filing_days: u16,
    /// 分类梳理
    pub triage_days: u16,
    /// 一般问题
    pub general_days: u16,
    /// 疑难复杂问题
    pub difficult_days: u16,
    /// 特别疑难复杂问题
    pub exceptional_days: u16,
    /// 签收交办单
    pub order_receipt_days: u16,
    /// 交办单完成时限的上限
    pub longest_order_days: u16,
    /// 交办单延期的上限
    pub longest_extension_days: u16,
    /// 交办单延期次数
    pub extensions: u32,
    /// 交办单退回次数
    pub returns: u32,
    /// 征询满意度
    pub feedback_days: u16,
    /// 挂账复核间隔的上限
    pub longest_carrying_days: u16,
    /// 无法联系: days on which it was tried in vain.
    pub contact_attempts: usize,
    /// 不满意轮次 after which the level rises.
    pub rounds_before_escalation: u32,
}

impl Default for Escalation {
    fn default() -> Self {
        let terms = Terms::default();
        Self {
            window: "fallback".parse().unwrap_or_else(|_| unreachable!("a code")),
            department: "centre".parse().unwrap_or_else(|_| unreachable!("a code")),
            first_contact_days: terms.first_contact.0,
            filing_days: terms.filing.0,
            triage_days: terms.triage.0,
            general_days: terms.general.0,
            difficult_days: terms.difficult.0,
            exceptional_days: terms.exceptional.0,
            order_receipt_days: terms.order_receipt.0,
            longest_order_days: terms.longest_order.0,
            longest_extension_days: terms.longest_extension.0,
            extensions: terms.extensions,
            returns: terms.returns,
            feedback_days: terms.feedback.0,
            longest_carrying_days: terms.longest_carrying.0,
            contact_attempts: terms.contact_attempts,
            rounds_before_escalation: terms.rounds_before_escalation,
        }
    }
}

impl Escalation {
    /// What the domain is told of it.
    pub fn terms(&self) -> Terms {
        Terms {
            first_contact: WorkingDays(self.first_contact_days),
            filing: WorkingDays(self.filing_days),
            triage: WorkingDays(self.triage_days),
            general: WorkingDays(self.general_days),
            difficult: WorkingDays(self.difficult_days),
            exceptional: WorkingDays(self.exceptional_days),
            order_receipt: WorkingDays(self.order_receipt_days),
            longest_order: WorkingDays(self.longest_order_days),
            longest_extension: WorkingDays(self.longest_extension_days),
            extensions: self.extensions,
            returns: self.returns,
            feedback: WorkingDays(self.feedback_days),
            longest_carrying: WorkingDays(self.longest_carrying_days),
            contact_attempts: self.contact_attempts,
            rounds_before_escalation: self.rounds_before_escalation,
        }
    }
}
