//! What is asked of the server: requests that are always legal, by the callers who would send them.

use std::{
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use api::{
    auth::{DevelopmentToken, Keys},
    settings::Settings,
};
use chrono::{Days, NaiveDate};
use clap::ValueEnum;
use futures_util::future::try_join_all;
use kernel::{Instant, Role};
use serde::Deserialize;

use crate::{
    Outcome,
    http::Connection,
    load::{Dice, Source},
};

/// Items of the reference catalogue that a person can apply for, and their windows.
const ITEMS: [(&str, &str); 5] = [
    ("policy-no-tax-arrears", "policy"),
    ("finance-mortgage-registration", "finance"),
    ("law-legal-aid", "rule-of-law"),
    ("innovation-technology-contract", "innovation"),
    ("data-restricted-open-data", "data"),
];
/// A system that hands applications in.
pub const SYSTEM: &str = "bench";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Measure {
    /// 收件, by a system: with an idempotency key, an external number and an applicant nobody knows yet.
    Create,
    /// 受理范围核验, by the clerk of the window.
    Transition,
    /// The same with an idempotency key.
    TransitionWithKey,
    /// A case, by the clerk of its window.
    ReadOne,
    /// The newest twenty cases, by a clerk or a manager, narrowed or not.
    ListPage,
    /// 事件流: a hundred events from somewhere in the middle, by the system that handed the cases in.
    Feed,
    /// 重发: a creation that was answered before, under its key.
    Replay,
    /// Six of ten read one, two list a page, three of twenty are transitions and one of twenty creates.
    Mixed,
}

/// How many of twenty mixed requests are of each kind.
pub const MIX: [(Measure, usize); 4] =
    [(Measure::ReadOne, 12), (Measure::ListPage, 4), (Measure::Transition, 3), (Measure::Create, 1)];

impl Measure {
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Transition => "transition",
            Self::TransitionWithKey => "transition_with_key",
            Self::ReadOne => "read_one",
            Self::ListPage => "list_page",
            Self::Feed => "feed",
            Self::Replay => "replay",
            Self::Mixed => "mixed",
        }
    }
}

/// The callers, and the cases they know of.
#[derive(Debug)]
pub struct Hall {
    system: String,
    manager: String,
    security_admin: String,
    clerks: Vec<String>,
    cases: Vec<Made>,
    serial: AtomicU64,
    /// Creations that were repeated: one after the other, because a key that is under way is not answered twice.
    repeated: AtomicUsize,
}

/// A case that is there.
#[derive(Clone, Debug)]
struct Made {
    id: String,
    /// The index of its item in [`ITEMS`].
    item: usize,
    /// By which its creation can be repeated.
    serial: u64,
}

#[derive(Deserialize)]
struct Received {
    id: String,
}

impl Hall {
    /// Makes tokens with the keys of the server, valid for an hour.
    pub fn new(data: &Path) -> Outcome<Self> {
        let settings = Settings { data: data.to_owned(), ..Settings::default() };
        let keys = Keys::load(&settings.keys())?;
        let token = |role, org: Option<&str>| {
            let wanted = DevelopmentToken { role, org: org.map(str::to_owned), centre: settings.centre, minutes: 60 };
            wanted.sign(&keys, &settings.tokens, Instant::new(chrono::Utc::now()))
        };
        let clerks = ITEMS.iter().map(|(_, window)| token(Role::Clerk, Some(window)));
        Ok(Self {
            system: token(Role::Adapter, Some(SYSTEM))?,
            manager: token(Role::Manager, None)?,
            security_admin: token(Role::SecurityAdmin, None)?,
            clerks: clerks.collect::<Result<_, _>>()?,
            cases: Vec::new(),
            serial: AtomicU64::new(0),
            repeated: AtomicUsize::new(0),
        })
    }

    /// Creates cases over HTTP and checks the scope of each, so that a later check replaces one and nothing grows.
    pub async fn fill(&mut self, server: SocketAddr, cases: u32, connections: u16) -> Outcome<()> {
        let mut registration = Vec::new();
        self.register(&mut registration);
        let answer = Connection::open(server).await?.exchange(&registration).await?.status;
        if answer != 201 {
            return Err(format!("the system could not be registered: {answer}").into());
        }
        let share = usize::from(connections);
        let hall = &*self;
        let fill = |first: usize| async move {
            let mut connection = Connection::open(server).await?;
            let mut made = Vec::new();
            for number in (first..cases as usize).step_by(share) {
                let item = number % ITEMS.len();
                let (mut request, serial) = (Vec::new(), hall.next());
                hall.create(item, serial, &mut request);
                let answer = connection.exchange(&request).await?;
                if answer.status != 201 {
                    return Err(String::from_utf8_lossy(answer.body).into());
                }
                let Received { id } = serde_json::from_slice(answer.body)?;
                request.clear();
                hall.check_scope(&id, item, true, &mut request);
                let answer = connection.exchange(&request).await?;
                if answer.status != 200 {
                    return Err(String::from_utf8_lossy(answer.body).into());
                }
                made.push(Made { id, item, serial });
            }
            Outcome::Ok(made)
        };
        self.cases = try_join_all((0..share).map(fill)).await?.concat();
        Ok(())
    }

    /// The calls of one measure.
    pub fn calls(&self, measure: Measure) -> Calls<'_> {
        Calls { hall: self, measure }
    }

    fn call(&self, measure: Measure, dice: &mut Dice, request: &mut Vec<u8>) -> u16 {
        match measure {
            Measure::Create => {
                self.create(dice.roll(ITEMS.len()), self.next(), request);
                201
            }
            Measure::Replay => {
                let next = self.repeated.fetch_add(1, Ordering::Relaxed) % self.cases.len().max(1);
                if let Some(Made { item, serial, .. }) = self.cases.get(next) {
                    self.create(*item, *serial, request);
                }
                201
            }
            Measure::Feed => {
                let after = dice.roll(self.cases.len());
                get(request, &format!("/v1/events?after={after}&limit=100"), &self.system);
                200
            }
            Measure::Transition | Measure::TransitionWithKey => {
                let (id, item) = self.any_case(dice);
                self.check_scope(id, item, measure == Measure::TransitionWithKey, request);
                200
            }
            Measure::ReadOne => {
                let (id, item) = self.any_case(dice);
                get(request, &format!("/v1/cases/{id}"), &self.clerks[item]);
                200
            }
            Measure::ListPage => {
                self.list(dice, request);
                200
            }
            Measure::Mixed => {
                let mut roll = dice.roll(MIX.iter().map(|(_, share)| share).sum());
                for (one, share) in MIX {
                    if roll < share {
                        return self.call(one, dice, request);
                    }
                    roll -= share;
                }
                self.call(Measure::ReadOne, dice, request)
            }
        }
    }

    fn any_case(&self, dice: &mut Dice) -> (&str, usize) {
        self.cases.get(dice.roll(self.cases.len())).map_or(("", 0), |made| (&made.id, made.item))
    }

    fn next(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Registers [`SYSTEM`], by the code in its token, because it is to be told of what happens.
    fn register(&self, request: &mut Vec<u8>) {
        let client = serde_json::json!({
            "client": format!("adapter-{SYSTEM}"), "role": "adapter", "name": "测量",
            "scopes": ["cases:read", "cases:write", "events:read"],
        });
        send(request, "POST", "/v1/clients", &self.security_admin, "", client.to_string().as_bytes());
    }

    /// Lets [`SYSTEM`] be told at this address of every case that comes in.
    pub fn be_told_at(&self, url: &str, request: &mut Vec<u8>) {
        let endpoint = serde_json::json!({ "name": "测量", "url": url, "types": ["cn.gov.yichuang.case.received.v1"] });
        let key = "Idempotency-Key: bench-endpoint\r\n";
        send(request, "POST", "/v1/webhook-endpoints", &self.system, key, endpoint.to_string().as_bytes());
    }

    fn create(&self, item: usize, serial: u64, request: &mut Vec<u8>) {
        let body = serde_json::json!({
            "item": ITEMS[item].0,
            "channel": "web",
            "applicant": {
                "name": "测试甲",
                "document_kind": "resident_id",
                "document_number": resident_number(serial),
                "phone": "13800000000",
            },
            "delivery": {"method": "pick_up"},
            "external_number": format!("bench-{serial:012}"),
        });
        let head = format!("Idempotency-Key: {SYSTEM}-{serial:012}\r\n");
        send(request, "POST", "/v1/cases", &self.system, &head, body.to_string().as_bytes());
    }

    fn check_scope(&self, id: &str, item: usize, with_key: bool, request: &mut Vec<u8>) {
        const BODY: &[u8] = r#"{"finding":"within","note":"对照事项清单，属于受理范围"}"#.as_bytes();
        let mut head = "If-Match: *\r\n".to_owned();
        if with_key {
            let serial = self.next();
            head.push_str(&format!("Idempotency-Key: check-{serial:012}\r\n"));
        }
        send(request, "POST", &format!("/v1/cases/{id}/scope-check"), &self.clerks[item], &head, BODY);
    }

    fn list(&self, dice: &mut Dice, request: &mut Vec<u8>) {
        let item = dice.roll(ITEMS.len());
        let caller = if dice.roll(2) == 0 { &self.manager } else { &self.clerks[item] };
        let narrowed = match dice.roll(4) {
            0 => String::new(),
            1 => "&stage=under_check".to_owned(),
            2 => format!("&item={}", ITEMS[item].0),
            _ => format!("&window={}", ITEMS[item].1),
        };
        get(request, &format!("/v1/cases?limit=20{narrowed}"), caller);
    }
}

/// The calls of one measure.
#[derive(Clone, Copy, Debug)]
pub struct Calls<'a> {
    hall: &'a Hall,
    measure: Measure,
}

impl Source for Calls<'_> {
    fn next(&self, dice: &mut Dice, request: &mut Vec<u8>) -> u16 {
        self.hall.call(self.measure, dice, request)
    }
}

/// As many bytes, from [`crate::bare`].
#[derive(Clone, Copy, Debug)]
pub struct BareCalls {
    pub bytes: usize,
}

impl Source for BareCalls {
    fn next(&self, _: &mut Dice, request: &mut Vec<u8>) -> u16 {
        // Writing to memory cannot fail.
        let _ = write!(request, "GET /{} HTTP/1.1\r\nHost: bench\r\n\r\n", self.bytes);
        200
    }
}

fn get(request: &mut Vec<u8>, path: &str, token: &str) {
    let _ = write!(request, "GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n");
}

fn send(request: &mut Vec<u8>, method: &str, path: &str, token: &str, head: &str, body: &[u8]) {
    let length = body.len();
    let _ = write!(
        request,
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n{head}\r\n"
    );
    request.extend_from_slice(body);
}

/// A synthetic 居民身份证 number with the right check character (GB 11643-1999), of a division that does not exist.
fn resident_number(serial: u64) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let birth = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default() + Days::new(serial / 1000);
    let number = format!("999999{}{:03}", birth.format("%Y%m%d"), serial % 1000);
    let sum: u32 = number.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{number}{}", char::from(CHECKS[(sum % 11) as usize]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kernel::identity::{Document, DocumentKind};

    use super::*;

    #[test]
    fn synthetic_numbers_are_admitted_and_differ() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let mut seen = std::collections::HashSet::new();
        for serial in (0..2_000).chain(40_000_000..40_000_100) {
            let number = resident_number(serial);
            Document::parse(DocumentKind::ResidentId, &number, today).unwrap();
            assert!(seen.insert(number));
        }
    }
}
