use std::fmt;

use kernel::CaseId;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid, Variant, Version};

use crate::table::Table;

/// 一行: what one table says of one thing, without the batch that it goes out in.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    pub table: Table,
    /// 行标识: always the same for the same thing.
    pub guid: Uuid,
    /// 办件编号
    pub project_no: String,
    /// The table's own columns in their order; None where nothing is known.
    pub(crate) cells: Vec<Option<String>>,
}

impl Row {
    pub(crate) fn new(table: Table, guid: Uuid, project_no: &str, cells: Vec<Option<String>>) -> Self {
        debug_assert_eq!(cells.len(), table.own_columns().len(), "{table}");
        Self { table, guid, project_no: project_no.to_owned(), cells }
    }

    /// What a digest of the row is made of: the same as long as the receiver need not be told anything.
    pub fn content(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let cells = std::iter::once(Some(self.project_no.as_str())).chain(self.cells.iter().map(Option::as_deref));
        for cell in cells {
            content.push(u8::from(cell.is_some()));
            let text = cell.unwrap_or_default();
            content.extend_from_slice(&(text.len() as u64).to_be_bytes());
            content.extend_from_slice(text.as_bytes());
        }
        content
    }
}

/// Without what it says: much of it is personal.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.guid)
    }
}

/// The identity of what has none of its own: the same for the same thing of the same case, for good.
pub(crate) fn guid(table: Table, case: CaseId, of: &str) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(case.uuid().as_bytes());
    hash.update(format!("{table}/{of}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(Version::Custom).into_uuid()
}
