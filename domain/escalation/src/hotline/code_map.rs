use std::collections::BTreeMap;

use kernel::SectorCode;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::state::{State, WorkOrderKind};

/// 代码对照 of one hotline: its codes and ours. Data, because every hotline has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMap {
    /// Their kind to ours.
    pub kinds: BTreeMap<String, WorkOrderKind>,
    /// Their category to our sector (板块).
    pub categories: BTreeMap<String, SectorCode>,
    /// Our state to theirs; one that is not listed is sent by our own name.
    pub states: BTreeMap<State, String>,
}

/// A code that the map does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("代码对照中没有此代码：{0}")]
pub struct UnknownCode(pub String);

impl Default for CodeMap {
    /// Every name its own code; no categories.
    fn default() -> Self {
        Self {
            kinds: WorkOrderKind::VARIANTS.iter().map(|kind| (kind.to_string(), *kind)).collect(),
            categories: BTreeMap::new(),
            states: State::VARIANTS.iter().map(|state| (*state, state.to_string())).collect(),
        }
    }
}

impl CodeMap {
    /// # Errors
    /// For a kind that is not in the map.
    pub fn kind(&self, theirs: &str) -> Result<WorkOrderKind, UnknownCode> {
        self.kinds.get(theirs).copied().ok_or_else(|| UnknownCode(theirs.to_owned()))
    }

    /// # Errors
    /// For a category that is not in the map.
    pub fn sector(&self, theirs: &str) -> Result<SectorCode, UnknownCode> {
        self.categories.get(theirs).cloned().ok_or_else(|| UnknownCode(theirs.to_owned()))
    }

    /// 状态代码 as the hotline is told.
    pub fn state(&self, ours: State) -> &str {
        self.states.get(&ours).map_or_else(|| ours.into(), String::as_str)
    }

    /// Whether a code is one of those the hotline is told.
    pub fn knows_state(&self, theirs: &str) -> bool {
        State::VARIANTS.iter().any(|state| self.state(*state) == theirs)
    }
}
