use std::process::ExitCode;

use kernel::Instant;

use crate::{
    auth::Keys,
    console::{Exit, fail, say},
    settings::Settings,
};

/// Makes the next key, and says from when on it signs.
pub(crate) fn rotate(settings: &Settings, minutes: u16) -> ExitCode {
    let from = Instant::new(chrono::Utc::now()).plus(chrono::Duration::minutes(minutes.into()));
    match Keys::rotate(&settings.keys(), from.unix().0) {
        Ok(()) => {
            say(format!("新密钥已公布，{from} 起启用（published now, signs from then on）"));
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, error),
    }
}
