use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use crate::{
    console::{Exit, fail},
    docs,
};

/// Prints the contract as it is published in `openapi.yaml`.
pub(crate) fn run() -> ExitCode {
    match docs::yaml() {
        Ok(yaml) => {
            let _ = stdout().lock().write_all(yaml.as_bytes());
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, format_args!("无法生成接口契约（{error}）")),
    }
}
