//! Words for the person at the terminal: results on standard output, one sentence of trouble on standard error.

use std::{
    fmt::Display,
    io::{Write, stderr, stdout},
    process::ExitCode,
};

/// What a finished command tells the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Ok,
    /// 1: it was tried and did not work.
    Failure,
    /// 2: the command line is wrong.
    Usage,
    /// 78 (`EX_CONFIG`): the configuration is wrong.
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Config => 78,
        })
    }
}

/// One line on standard output. A closed pipe is not an error: whoever read it has seen enough.
pub fn say(line: impl Display) {
    let _ = writeln!(stdout().lock(), "{line}");
}

/// One sentence on standard error.
pub fn complain(sentence: impl Display) {
    let _ = writeln!(stderr().lock(), "yichuang: {sentence}");
}

/// Complains, and says with what to leave.
pub fn fail(exit: Exit, sentence: impl Display) -> ExitCode {
    complain(sentence);
    exit.into()
}
