use std::process::ExitCode;

use kernel::{Centre, Instant, Role};

use crate::{
    auth::{BadRequestForToken, DevelopmentToken, Keys},
    console::{Exit, fail, say},
    settings::Settings,
};

/// Prints a token and nothing else.
pub(crate) fn run(
    settings: &Settings,
    role: Role,
    org: Option<String>,
    centre: Option<Centre>,
    minutes: u16,
) -> ExitCode {
    let keys = match Keys::load(&settings.keys()) {
        Ok(keys) => keys,
        Err(error) => return fail(Exit::Failure, error),
    };
    let wanted = DevelopmentToken { role, org, centre: centre.unwrap_or(settings.centre), minutes };
    match wanted.sign(&keys, &settings.tokens, Instant::new(chrono::Utc::now())) {
        Ok(token) => {
            say(token);
            Exit::Ok.into()
        }
        Err(error @ BadRequestForToken::NotSigned(_)) => fail(Exit::Failure, error),
        Err(error) => fail(Exit::Usage, error),
    }
}
