use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use kernel::{Instant, Role, StaffCode};
use uuid::Uuid;

use crate::{
    auth::{Audience, BadKeys, Claims, Keys},
    console::{Exit, complain, fail, say},
    server::Signals,
    settings::Settings,
    simulator::hotline::{Answered, Behaviour, Hotline},
};

/// Why no token can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoToken {
    #[error("{0}")]
    Keys(#[from] BadKeys),
    #[error("令牌签名失败（{0}）")]
    NotSigned(#[from] jsonwebtoken::errors::Error),
}

/// A token for ten minutes, signed with the keys in the data folder.
pub(crate) fn token(settings: &Settings, role: Role, client: &str) -> Result<String, NoToken> {
    let keys = Keys::load(&settings.keys())?;
    Ok(signed(&keys, settings, role, client)?)
}

fn signed(keys: &Keys, settings: &Settings, role: Role, client: &str) -> Result<String, jsonwebtoken::errors::Error> {
    let iat = Instant::new(chrono::Utc::now()).unix().0;
    keys.sign(&Claims {
        iss: settings.tokens.issuer.clone(),
        aud: Audience::One(settings.tokens.audience.clone()),
        exp: iat + 600,
        iat,
        nbf: Some(iat),
        jti: Uuid::now_v7().to_string(),
        client_id: client.to_owned(),
        sub: client.to_owned(),
        centre: settings.centre,
        role,
        scope: None,
        org: None,
        voucher: None,
        assurance: None,
    })
}

/// A hotline that is to be simulated.
#[derive(Clone, Debug)]
pub(crate) struct Simulation {
    pub listen: SocketAddr,
    pub server: String,
    pub hotline: Option<StaffCode>,
    pub behaviour: Behaviour,
}

/// Simulates the hotline of the configuration until told to stop.
pub(crate) async fn hotline(settings: Settings, what: Simulation) -> ExitCode {
    let named = |code: &StaffCode| what.hotline.as_ref().is_none_or(|wanted| wanted == code);
    let Some(configured) = settings.hotlines.iter().find(|hotline| named(&hotline.code)) else {
        return fail(Exit::Config, "配置中没有此热线，请在 yichuang.toml 中填写 [[hotlines]]（no such hotline）");
    };
    let Some(secret) = configured.secrets.first() else {
        return fail(Exit::Config, "该热线没有签名密钥（the hotline has no secret）");
    };
    let keys = match Keys::load(&settings.keys()) {
        Ok(keys) => keys,
        Err(error) => return fail(Exit::Failure, error),
    };
    let hotline = match Hotline::start(what.listen, &secret.0).await {
        Ok(hotline) => hotline,
        Err(error) => return fail(Exit::Failure, error),
    };
    hotline.behave(|behaviour| *behaviour = what.behaviour);
    let (signer, code) = (settings.clone(), configured.code.to_string());
    let tokens = move || signed(&keys, &signer, Role::Hotline, &code).unwrap_or_default();
    hotline.calls(&what.server, Arc::new(tokens));
    say(format_args!("12345热线模拟（simulated hotline） {} → {}", configured.code, what.server));
    say(format_args!("  回调地址 (callback_url)        {}", hotline.callback_url()));
    say(format_args!("  派单 (dispatch one)            PUT http://{}/work-orders/NUMBER", hotline.address()));
    say(format_args!("  对账清单 (list)                GET http://{}/work-orders", hotline.address()));
    match run(&hotline).await {
        Ok(()) => {
            hotline.goes_down().await;
            complain("已停止（stopped）");
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, format_args!("无法等待信号（{error}）")),
    }
}

/// Goes on by itself each second and says what came of it, until SIGINT or SIGTERM.
async fn run(hotline: &Hotline) -> std::io::Result<()> {
    let mut signals = Signals::listen()?;
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut shown = 0;
    loop {
        tokio::select! {
            () = signals.any() => return Ok(()),
            _ = tick.tick() => {}
        }
        hotline.goes_on().await.iter().for_each(show);
        let received = hotline.received();
        for it in received.iter().skip(shown) {
            say(format_args!("← {} #{} {} {}", it.external_no, it.sequence, it.kind, it.state));
        }
        shown = received.len();
    }
}

fn show(it: &Answered) {
    let said = it.body["state"].as_str().or(it.body["code"].as_str()).unwrap_or_default();
    let kept =
        if it.takes_its_number() { "" } else { "，未占序号，请更正后再说（say it again, corrected）" };
    say(format_args!("→ {} #{} {} {said}{kept}", it.external_no, it.sequence, it.status));
}
