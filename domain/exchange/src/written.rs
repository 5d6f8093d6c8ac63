use kernel::Instant;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{change::Change, table::Table};

/// 文件格式
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// A JSON object a line, in UTF-8: the exact form.
    #[default]
    Ndjson,
    /// RFC 4180 in UTF-8, with a header.
    Csv,
}

/// 批次: what a row is stamped with when it goes out.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// `cd_time`
    pub at: Instant,
    /// `cd_batch`, at most 32 characters.
    pub batch: &'a str,
}

impl Format {
    /// What a file begins with.
    pub fn header(self, table: Table) -> String {
        match self {
            Self::Ndjson => String::new(),
            Self::Csv => csv_line(table.columns()),
        }
    }

    /// One row of a file, with its line end.
    pub fn row(self, change: &Change, stamp: Stamp<'_>) -> String {
        let (row, operation, guid) = (&change.row, change.operation.to_string(), change.row.guid.to_string());
        let at = time(stamp.at);
        let head = [Some(guid.as_str()), Some(row.project_no.as_str())];
        let tail = [Some(operation.as_str()), Some(at.as_str()), Some(stamp.batch)];
        let cells = head.into_iter().chain(row.cells.iter().map(Option::as_deref)).chain(tail);
        match self {
            Self::Csv => csv_line(cells.map(Option::unwrap_or_default)),
            Self::Ndjson => {
                let field = |(name, cell): (&str, Option<&str>)| format!("\"{name}\":{}", serde_json::json!(cell));
                let fields: Vec<String> = row.table.columns().zip(cells).map(field).collect();
                format!("{{{}}}\n", fields.join(","))
            }
        }
    }
}

/// 日期时间, as read from a clock on the wall of the hall.
pub(crate) fn time(at: Instant) -> String {
    at.local().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// One line of CSV (RFC 4180), every cell in quotes. What a spreadsheet would take for a formula gets an apostrophe in front:
/// much of it is written by applicants.
pub fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(quoted).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    let formula =
        cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || cell.starts_with(['\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}
