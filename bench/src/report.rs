//! Results on standard output, one JSON object a line; remarks on standard error.

use std::{fmt::Display, io::Write};

use serde::Serialize;

/// One line of the result. Rates are per second, times in milliseconds, memory in 10⁶ bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    pub measure: &'static str,
    pub store: &'static str,
    pub ours_per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub ceiling: &'static str,
    /// Absent where the ceiling could not be measured.
    pub ceiling_per_s: Option<f64>,
    pub ratio: Option<f64>,
    pub rss_mb: f64,
}

/// 再次启动: from the start of the process to `/readyz`, on a database that is there already.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    pub measure: &'static str,
    pub store: &'static str,
    pub ms: f64,
    pub rss_mb: f64,
}

/// Prints one line.
pub fn print(line: &impl Serialize) -> serde_json::Result<()> {
    api::console::say(serde_json::to_string(line)?);
    Ok(())
}

/// To this many decimals.
pub fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = 10_f64.powi(decimals);
    (value * unit).round() / unit
}

pub fn remark(sentence: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "bench: {sentence}");
}
