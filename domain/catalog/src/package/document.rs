//! The document packages are read from.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::Value;

use super::Package;
use crate::{
    document::Catalog,
    flaw::Flaw,
    report::{Report, flaw_of},
};

/// The reference packages over the items of [`WENLING`](crate::WENLING), as a document for [`read_packages`]: examples
/// for the operator to replace (clause C1-1).
pub const WENLING_PACKAGES: &str = include_str!("../../data/wenling-packages.json");

/// Reads a list of packages (JSON) over the items and sectors of `catalog`, and publishes them as of `today` (clause
/// C1-1). Either all are sound, or the report names every one that is not.
pub fn read_packages(json_text: &str, catalog: &Catalog, today: NaiveDate) -> Result<Vec<Package>, Report> {
    let mut report = Report::default();
    let rows: Vec<Value> = match serde_json::from_str(json_text) {
        Ok(rows) => rows,
        Err(error) => {
            let detail = format!("不是有效的套餐列表（第{}行第{}列）", error.line(), error.column());
            report.add("", "套餐文件", Flaw::new("", detail));
            return Err(report);
        }
    };
    let mut published = Vec::with_capacity(rows.len());
    let mut codes = BTreeSet::new();
    for (at, row) in rows.into_iter().enumerate() {
        let root = format!("/{at}");
        let code = row.get("code").and_then(Value::as_str);
        let label = code.map_or_else(|| format!("第{}个套餐", at + 1), |code| format!("套餐 {code}"));
        match read_one(row, catalog, today) {
            Ok(package) if codes.insert(package.code.clone()) => published.push(package),
            Ok(_) => report.add(&root, &label, Flaw::new("/code", "代码重复")),
            Err(flaws) => flaws.into_iter().for_each(|flaw| report.add(&root, &label, flaw)),
        }
    }
    if report.faults.is_empty() { Ok(published) } else { Err(report) }
}

fn read_one(row: Value, catalog: &Catalog, today: NaiveDate) -> Result<Package, Vec<Flaw>> {
    let package: Package = serde_path_to_error::deserialize(row).map_err(|error| vec![flaw_of(&error)])?;
    let item = |code: &_| catalog.items.iter().find(|version| version.item == *code);
    let mut flaws = package.flaws(item);
    if !catalog.sectors.iter().any(|sector| sector.code == package.sector) {
        flaws.push(Flaw::new("/sector", format!("板块“{}”不存在", package.sector)));
    }
    if !flaws.is_empty() {
        return Err(flaws);
    }
    package.publish(item, today).map_err(|refusal| vec![Flaw::new("", refusal.detail.into_owned())])
}
