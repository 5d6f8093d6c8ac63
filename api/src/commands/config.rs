use std::process::ExitCode;

use persistence::DatabaseUrl;

use crate::{
    console::{Exit, fail, say},
    settings::Settings,
};

/// Says whether the settings are good. They have been read and checked; what is left is the database's URL.
pub(crate) fn check(settings: &Settings) -> ExitCode {
    match settings.database_url().parse::<DatabaseUrl>() {
        Ok(url) => {
            say(format_args!("配置无误（configuration is good）：监听 {}，数据库 {url}", settings.listen));
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Config, error),
    }
}
