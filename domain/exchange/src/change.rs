use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::{row::Row, table::Table};

/// 同步类型 (`cd_operation`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
pub enum Operation {
    /// 新增
    #[strum(serialize = "I")]
    Insert,
    /// 修改
    #[strum(serialize = "U")]
    Update,
    /// 删除
    #[strum(serialize = "D")]
    Delete,
}

/// What a receiver has of one case: the digest of each row that it got last.
pub type Known = BTreeMap<(Table, Uuid), String>;

/// What a receiver is to be told of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub operation: Operation,
    /// Of what is gone only the key, the rest empty.
    pub row: Row,
    /// Of what the receiver has from now on; empty of what is gone.
    pub digest: String,
}

/// The changes of one case, in the order of its rows and what is gone last: a row that the receiver has not got is new,
/// one whose digest differs has changed, one that it has and the case no longer says is gone. `tables` are looked at and
/// no others.
pub fn changes(
    project_no: &str,
    rows: Vec<Row>,
    known: &Known,
    tables: &[Table],
    digest: impl Fn(&Row) -> String,
) -> Vec<Change> {
    let mut gone: BTreeMap<_, _> = known.iter().filter(|((table, _), _)| tables.contains(table)).collect();
    let mut changes = Vec::new();
    for row in rows.into_iter().filter(|row| tables.contains(&row.table)) {
        let digest = digest(&row);
        let operation = match gone.remove(&(row.table, row.guid)) {
            None => Operation::Insert,
            Some(before) if *before != digest => Operation::Update,
            Some(_) => continue,
        };
        changes.push(Change { operation, row, digest });
    }
    let deleted = |(table, guid): (Table, Uuid)| Change {
        operation: Operation::Delete,
        row: Row::new(table, guid, project_no, vec![None; table.own_columns().len()]),
        digest: String::new(),
    };
    changes.extend(gone.into_keys().map(|key| deleted(*key)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: Table, guid: u128, first: &str) -> Row {
        let mut cells = vec![None; table.own_columns().len()];
        cells[0] = Some(first.to_owned());
        Row::new(table, Uuid::from_u128(guid), "331081202611230000001", cells)
    }

    /// Stands in for the keyed one.
    fn digest(row: &Row) -> String {
        row.content().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn told(rows: Vec<Row>, known: &Known, tables: &[Table]) -> Vec<(Operation, u128)> {
        let changes = changes("331081202611230000001", rows, known, tables, digest);
        changes.iter().map(|change| (change.operation, change.row.guid.as_u128())).collect()
    }

    #[test]
    fn a_row_is_new_changed_gone_or_not_worth_telling() {
        let (result, material) = (Table::UpProResult, Table::UpProMaterial);
        let both = [result, material];
        let known: Known = [row(result, 1, "0"), row(material, 2, "甲"), row(material, 3, "乙")]
            .iter()
            .map(|row| ((row.table, row.guid), digest(row)))
            .collect();
        let now = vec![row(result, 1, "0"), row(material, 2, "丙"), row(material, 4, "丁")];
        let expected = [(Operation::Update, 2), (Operation::Insert, 4), (Operation::Delete, 3)];
        assert_eq!(told(now.clone(), &known, &both), expected);
        assert_eq!(told(now, &known, &[result]), [], "of other tables nothing is said");
        assert_eq!(told(vec![], &known, &[result]), [(Operation::Delete, 1)]);
    }

    #[test]
    fn nothing_known_is_not_the_same_as_an_empty_cell() {
        let mut empty = row(Table::UpProResult, 1, "");
        let absent = Row { cells: vec![None; empty.cells.len()], ..empty.clone() };
        assert_ne!(empty.content(), absent.content());
        empty.project_no.clear();
        assert_ne!(empty.content(), row(Table::UpProResult, 1, "").content());
    }
}
