use kernel::WorkingDays;

use crate::level::Level;

/// 办理口径: limits of the closed loop. The notice says "weekly" and "monthly" and otherwise leaves them to local practice,
/// so every one is configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// 首次联系 after the day of registration; 0 for the same day.
    pub first_contact: WorkingDays,
    /// 备案登记 at the centre.
    pub filing: WorkingDays,
    /// 分类梳理: from filing to triage, a week of working days.
    pub triage: WorkingDays,
    /// 一般问题
    pub general: WorkingDays,
    /// 疑难复杂问题
    pub difficult: WorkingDays,
    /// 特别疑难复杂问题
    pub exceptional: WorkingDays,
    /// 签收交办单
    pub order_receipt: WorkingDays,
    /// The longest limit of an assignment order.
    pub longest_order: WorkingDays,
    /// The longest extension of an assignment order.
    pub longest_extension: WorkingDays,
    /// How often one order may be extended.
    pub extensions: u32,
    /// How often orders of one impasse may be returned before only a ruling helps (rule L15).
    pub returns: u32,
    /// 征询满意度 after an answer.
    pub feedback: WorkingDays,
    /// The longest time that something stays carried without being reviewed.
    pub longest_carrying: WorkingDays,
    /// 无法联系: attempts on as many days before an applicant counts as one who cannot be reached.
    pub contact_attempts: usize,
    /// 不满意轮次 after which the level rises by itself.
    pub rounds_before_escalation: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            first_contact: WorkingDays(0),
            filing: WorkingDays(1),
            triage: WorkingDays(5),
            general: WorkingDays(5),
            difficult: WorkingDays(10),
            exceptional: WorkingDays(30),
            order_receipt: WorkingDays(1),
            longest_order: WorkingDays(60),
            longest_extension: WorkingDays(10),
            extensions: 1,
            returns: 1,
            feedback: WorkingDays(3),
            longest_carrying: WorkingDays(60),
            contact_attempts: 3,
            rounds_before_escalation: 2,
        }
    }
}

impl Terms {
    /// 办理时限 of one round.
    pub fn handling(&self, level: Level) -> WorkingDays {
        match level {
            Level::General => self.general,
            Level::Difficult => self.difficult,
            Level::Exceptional => self.exceptional,
        }
    }
}
