use std::process::ExitCode;

use persistence::{DatabaseUrl, migrate};

use crate::{
    console::{Exit, fail, say},
    settings::Settings,
};

/// Applies what is missing and says what it was.
pub(crate) fn run(settings: &Settings) -> ExitCode {
    let url: DatabaseUrl = match settings.database_url().parse() {
        Ok(url) => url,
        Err(error) => return fail(Exit::Config, error),
    };
    if let Err(error) = crate::server::create_data_folder(settings) {
        return fail(Exit::Failure, error);
    }
    match migrate::up(&url) {
        Ok(applied) if applied.is_empty() => say(format_args!("{url} 已是最新（already up to date）")),
        Ok(applied) => applied.iter().for_each(|version| say(format_args!("已应用 {version}"))),
        Err(error) => return fail(Exit::Failure, error),
    }
    Exit::Ok.into()
}
