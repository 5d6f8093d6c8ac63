//! The program as it is shipped, built beside the tests so that they can start it and end it.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::cli::main()
}
