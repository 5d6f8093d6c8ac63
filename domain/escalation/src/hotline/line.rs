/// 消息次序: how far the hotline's numbered messages of one order have come (clause G3: ordered per work order).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The last number that was dealt with; 0 before the dispatch, which is number 1.
    pub done: u64,
}

/// Where a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Dealt with before: it must be a repetition.
    Past,
    /// The one that is waited for.
    Next,
    /// 暂存: it waits until every number before it is there.
    Ahead,
}

impl Line {
    pub fn place(self, sequence: u64) -> Place {
        match sequence.checked_sub(self.done) {
            None | Some(0) => Place::Past,
            Some(1) => Place::Next,
            Some(_) => Place::Ahead,
        }
    }

    /// The number that is waited for.
    pub fn awaits(self) -> u64 {
        self.done + 1
    }
}
