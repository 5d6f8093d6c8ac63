use std::fmt;

use serde::Serialize;

use crate::flaw::Flaw;

/// 导入报告: every row of a catalogue document that cannot be taken, and why. Nothing of the document is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub faults: Vec<Fault>,
}

/// One fault of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// The row as its author would name it: `事项 project-investment-filing`, or `第3个事项` where it has no code.
    pub row: String,
    /// In Chinese.
    pub fault: String,
}

impl Report {
    pub(crate) fn add(&mut self, root: &str, row: &str, flaw: Flaw) {
        self.faults.push(Fault { pointer: format!("{root}{}", flaw.pointer), row: row.to_owned(), fault: flaw.detail });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "目录文件有{}处错误，未导入任何内容", self.faults.len())?;
        self.faults.iter().try_for_each(|it| write!(f, "\n{}（{}）：{}", it.row, it.pointer, it.fault))
    }
}

impl std::error::Error for Report {}

/// A list of a catalogue document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Zones,
    Sectors,
    Departments,
    Windows,
    Postings,
    Items,
}

impl List {
    pub fn pointer(self, at: usize) -> String {
        let list = match self {
            Self::Zones => "zones",
            Self::Sectors => "sectors",
            Self::Departments => "departments",
            Self::Windows => "windows",
            Self::Postings => "postings",
            Self::Items => "items",
        };
        format!("/{list}/{at}")
    }

    pub fn noun(self) -> &'static str {
        match self {
            Self::Zones => "区",
            Self::Sectors => "板块",
            Self::Departments => "部门",
            Self::Windows => "窗口",
            Self::Postings => "派驻",
            Self::Items => "事项",
        }
    }

    /// A row as its author would name it.
    pub fn label(self, code: impl fmt::Display) -> String {
        format!("{} {code}", self.noun())
    }
}

/// What a reader of JSON found wrong, as a flaw: its path as a pointer, its message in Chinese.
pub(crate) fn flaw_of(error: &serde_path_to_error::Error<serde_json::Error>) -> Flaw {
    Flaw::new(pointer(error.path()), chinese(&error.inner().to_string()))
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let token = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(token).collect()
}

/// Our own types speak Chinese already; what serde says of shapes is put into Chinese here.
fn chinese(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let quoted = || message.split('`').skip(1).step_by(2).collect::<Vec<_>>();
    if message.starts_with("missing field") {
        format!("缺少字段“{}”", quoted().join(""))
    } else if message.starts_with("unknown field") {
        format!("未知字段“{}”", quoted().first().unwrap_or(&""))
    } else if message.starts_with("unknown variant") {
        let names = quoted();
        let (found, allowed) = names.split_first().map_or(("", &[][..]), |(found, rest)| (*found, rest));
        format!("取值“{found}”无效，应为{}之一", allowed.join("、"))
    } else if message.is_ascii() || message.starts_with("invalid") {
        format!("类型或取值不符（{message}）")
    } else {
        message.to_owned()
    }
}
