use kernel::WorkingDays;

/// 工单办理口径 of one hotline (rule L15). No number of the county itself is published, so every one is configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotlineTerms {
    /// 办理时限, from the day of dispatch.
    pub handling: WorkingDays,
    /// 延期, once a round and only with the hotline's approval.
    pub extension: WorkingDays,
    /// 退单时限 in hours from dispatch.
    pub return_hours: u16,
    /// 提级处置时限 of the supervision section, from the day on which the hotline asks for it.
    pub escalation: WorkingDays,
    /// 退单次数 over the whole life of an order, re-dispatch included.
    pub returns: u32,
}

impl Default for HotlineTerms {
    fn default() -> Self {
        Self {
            handling: WorkingDays(5),
            extension: WorkingDays(5),
            escalation: WorkingDays(1),
            return_hours: 24,
            returns: 2,
        }
    }
}
