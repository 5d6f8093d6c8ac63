use std::collections::BTreeMap;

use kernel::SectorCode;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::state::{LegalRoute, State, WorkOrderKind};

/// 代码对照 of one hotline: its codes and ours. Data, because every hotline has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMap {
    /// Their kind to ours.
    pub kinds: BTreeMap<String, WorkOrderKind>,
    /// Their category to our sector (板块).
    pub categories: BTreeMap<String, SectorCode>,
    /// Their category to the legal route that it belongs to (法定途径).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routes: BTreeMap<String, LegalRoute>,
    /// Our state to theirs; one that is not listed is sent by our own name.
    pub states: BTreeMap<State, String>,
}

/// A code that the map does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("代码对照中没有此代码：{0}")]
pub struct UnknownCode(pub String);

impl Default for CodeMap {
    /// Every name its own code; no categories and no routes.
    fn default() -> Self {
        Self {
            kinds: WorkOrderKind::VARIANTS.iter().map(|kind| (kind.to_string(), *kind)).collect(),
            categories: BTreeMap::new(),
            routes: BTreeMap::new(),
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

    /// What a category stands for: our sector, the legal route that it belongs to, or both.
    ///
    /// # Errors
    /// For a category that is in neither map.
    pub fn category(&self, theirs: &str) -> Result<(Option<SectorCode>, Option<LegalRoute>), UnknownCode> {
        match (self.categories.get(theirs).cloned(), self.routes.get(theirs).copied()) {
            (None, None) => Err(UnknownCode(theirs.to_owned())),
            known => Ok(known),
        }
    }

    /// 状态代码 as the hotline is told.
    pub fn state(&self, ours: State) -> &str {
        self.states.get(&ours).map_or_else(|| ours.into(), String::as_str)
    }
}
