//! 限流: one program does not take the hall from the others, and whoever does not show who they are is slowed down first
//! (clause G1).

use tests::*;

/// The number after `r=`.
fn remaining(answer: &Answer) -> u32 {
    let left = answer.header("ratelimit").split(';').find_map(|part| part.strip_prefix("r="));
    left.and_then(|left| left.parse().ok()).unwrap()
}

/// Asks until it is told to come later, which is before long; how many were answered.
async fn until_limited(ask: impl AsyncFn() -> Answer) -> usize {
    for asked in 0..30 {
        let answer = ask().await;
        if answer.status == 429 {
            let answer = answer.problem(429, "rate_limited");
            assert!((1..=2).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
            assert_eq!((answer.header("ratelimit-policy"), remaining(&answer)), ("\"default\";q=10;w=10", 0));
            assert_eq!(answer["retryable"], true);
            return asked;
        }
    }
    panic!("it asks as often as it likes");
}

tests::on_both_stores! {
    /// Clause G1: a program is told with every answer what it has left, with a refusal as well, and of those that ask for too much
    /// only they are refused; staff at their windows are not counted.
    async fn a_program_has_its_quota_and_no_other(hall: Hall) {
        hall.restarts_with(|settings| settings.rates.per_second_and_client = 1).await;
        let (busy, other) = (hall.adapter("busy"), hall.adapter("other"));
        let first = busy.get("/v1/cases").await.ok();
        assert_eq!((first.header("ratelimit-policy"), remaining(&first)), ("\"default\";q=10;w=10", 9));
        assert!(first.header("ratelimit").ends_with(";t=1"));
        assert!(remaining(&busy.get("/v1/cases").await.ok()) <= 9);
        let answered = until_limited(async || busy.get("/v1/cases").await).await;
        assert!((7..20).contains(&answered), "{answered} after the first two");
        assert_eq!(remaining(&other.get("/v1/cases").await.ok()), 9);
        // An idempotent write that was refused is as good as never sent.
        let application = Application::for_item(items::PROMISED).by(&Person::new()).via("web");
        assert_eq!(until_limited(async || busy.get("/v1/cases").await).await / 3, 0);
        let refused = busy.receives(application).await.problem(429, "rate_limited");
        assert_eq!((refused.header("ratelimit"), remaining(&refused)), ("\"default\";r=0;t=10", 0));
        for _ in 0..15 {
            let answer = hall.manager().get("/v1/cases").await.ok();
            assert_eq!(answer.header("ratelimit"), "");
        }
    }

    /// Clause G1: credentials cannot be guessed at speed, whoever shows theirs is served from the same address all the while,
    /// and whoever asks only whether the server is alive always is.
    async fn an_address_without_credentials_is_slowed_down(hall: Hall) {
        hall.restarts_with(|settings| settings.rates.per_second_and_address = 1).await;
        let forged = hall.manager().with_token("not.a.token");
        let before = hall.stranger().get("/v1/cases").await.problem(401, "unauthenticated");
        assert_eq!(remaining(&before), 9);
        let answered = until_limited(async || forged.get("/v1/cases").await).await;
        assert!((8..20).contains(&answered), "{answered}");
        let guess = "grant_type=client_credentials&client_id=zjzwfw&client_secret=guess";
        let guesses = async || hall.stranger().post("/oauth/token").body("application/x-www-form-urlencoded", guess).await;
        assert!(until_limited(guesses).await < 5);
        hall.manager().get("/v1/cases").await.ok();
        for _ in 0..20 {
            hall.stranger().get("/healthz").await.ok();
        }
    }

    /// Clause G1: nor are the pages of the documentation sent as often as somebody likes.
    async fn pages_are_counted_too(hall: Hall) {
        hall.restarts_with(|settings| settings.rates.per_second_and_address = 1).await;
        let answered = until_limited(async || hall.stranger().get("/docs/").await).await;
        assert!((9..20).contains(&answered), "{answered}");
    }
}
