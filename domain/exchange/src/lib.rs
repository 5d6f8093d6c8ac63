//! 数据交换: cases as rows of the national upload tables (`up_pro_*`), the codes a receiver calls things by, and what a
//! receiver is to be told of a row against what it got last: new (I), changed (U) or gone (D).
//!
//! Pure: what the store knows around a case is handed in as [`Source`]; whether personal data is masked in it is decided
//! by whoever makes it.

mod change;
mod codes;
mod process;
mod row;
mod rows;
mod table;
mod written;

pub use change::{Change, Known, Operation, changes};
pub use row::Row;
pub use rows::{Party, Source, rows};
pub use table::Table;
pub use written::{Format, Stamp, csv_line};
