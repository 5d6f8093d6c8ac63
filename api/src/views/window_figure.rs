//! 窗口统计, as shown.

use std::collections::{BTreeMap, BTreeSet};

use casework::{Case, WindowCount};
use catalog::Window;
use chrono::NaiveDate;
use kernel::{Instant, WindowCode, id::PackageApplicationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 窗口统计
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowFiguresView {
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    #[schema(schema_with = schema::day)]
    pub to: NaiveDate,
    /// As of when: the end of the period, or now.
    #[schema(schema_with = schema::instant)]
    pub as_of: Instant,
    /// A package (套餐申请) at several windows counts once.
    pub total: WindowFigureRow,
    /// Every window, also one at which nothing came; of each the cases are at `/v1/window-figures/{window}`.
    pub by_window: Vec<WindowFigureRow>,
}

/// 一行窗口统计
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowFigureRow {
    /// 窗口代码; `all` of everything.
    pub key: String,
    /// 窗口名称
    pub label: String,
    /// 收件; what came as one package counts once.
    pub received: usize,
    /// 一次性告知
    pub correction_notices: usize,
    /// 经准许的再次告知
    pub second_notices: usize,
    /// 视为受理: nobody told and nobody accepted in time.
    pub deemed_acceptances: usize,
    /// 逾期审查的事项; a package counts once.
    pub late_matters: usize,
    /// 逾期工作日: of each matter a day counts once, of a package too.
    pub late_days: usize,
    /// 会审逾期未反馈（部门次）: the original counts once, each department that let its limit pass each time.
    pub silent_opinions: usize,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    received: usize,
    notices: usize,
    second_notices: usize,
    deemed: usize,
    late: usize,
    late_days: usize,
    silent: usize,
    /// 套餐申请: whether it came within the period, and on which days it was late.
    packages: BTreeMap<PackageApplicationId, (bool, BTreeSet<NaiveDate>)>,
}

impl Sums {
    fn add(&mut self, case: &Case, count: &WindowCount) {
        self.notices += count.notices;
        self.second_notices += count.second_notices;
        self.deemed += count.deemed;
        self.silent += count.silent.len();
        match case.package {
            Some(package) => {
                let (received, late) = self.packages.entry(package).or_default();
                *received |= count.received;
                late.extend(&count.late);
            }
            None => self.add_matter(count.received, &count.late),
        }
    }

    fn add_matter(&mut self, received: bool, late: &BTreeSet<NaiveDate>) {
        self.received += usize::from(received);
        self.late += usize::from(!late.is_empty());
        self.late_days += late.len();
    }

    fn row(&self, key: &str, label: &str) -> WindowFigureRow {
        let mut whole = self.clone();
        for (received, late) in self.packages.values() {
            whole.add_matter(*received, late);
        }
        WindowFigureRow {
            key: key.to_owned(),
            label: label.to_owned(),
            received: whole.received,
            correction_notices: whole.notices,
            second_notices: whole.second_notices,
            deemed_acceptances: whole.deemed,
            late_matters: whole.late,
            late_days: whole.late_days,
            silent_opinions: whole.silent,
        }
    }
}

/// 累计: cases go in one after the other, the figures come out.
#[derive(Clone, Debug, Default)]
pub struct WindowTally {
    total: Sums,
    windows: BTreeMap<WindowCode, Sums>,
}

impl WindowTally {
    pub fn add(&mut self, case: &Case, count: &WindowCount) {
        self.total.add(case, count);
        self.windows.entry(case.window.clone()).or_default().add(case, count);
    }

    pub fn view(&self, (from, to): (NaiveDate, NaiveDate), as_of: Instant, windows: &[Window]) -> WindowFiguresView {
        let nothing = Sums::default();
        let of = |window: &Window| {
            let sums = self.windows.get(&window.code).unwrap_or(&nothing);
            sums.row(window.code.as_str(), window.name.as_str())
        };
        WindowFiguresView {
            from,
            to,
            as_of,
            total: self.total.row("all", "合计"),
            by_window: windows.iter().map(of).collect(),
        }
    }
}

/// 窗口统计所含办件的一行: what it adds to the figures of its window.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowFigureLine {
    #[schema(schema_with = schema::id)]
    pub case: String,
    pub number: String,
    /// 所属套餐申请: its cases count as one matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub package: Option<String>,
    /// 本期收件
    pub received: bool,
    pub correction_notices: usize,
    pub second_notices: usize,
    /// 视为受理（次）
    pub deemed_acceptances: usize,
    /// 逾期的工作日
    #[schema(value_type = Vec<String>)]
    pub late_on: BTreeSet<NaiveDate>,
    /// 会审逾期未反馈的部门
    pub silent_departments: Vec<String>,
}

impl WindowFigureLine {
    pub fn of(case: &Case, count: WindowCount) -> Self {
        Self {
            case: case.id.to_string(),
            number: case.number.to_string(),
            package: case.package.map(|id| id.to_string()),
            received: count.received,
            correction_notices: count.notices,
            second_notices: count.second_notices,
            deemed_acceptances: count.deemed,
            late_on: count.late,
            silent_departments: count.silent.iter().map(ToString::to_string).collect(),
        }
    }
}
