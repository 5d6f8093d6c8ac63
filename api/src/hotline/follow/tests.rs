//! The whole loop of a work order that became an impasse, on the desk itself.
#![allow(clippy::unwrap_used)]

use std::{net::SocketAddr, sync::Arc};

use escalation::{
    Channel, Command as Step, Outcome, Registration, Week,
    hotline::{Act, Dispatch, ExternalNo, WorkOrderKind},
};
use kernel::{Actor, Centre, PartyId, Personal, Role, StaffCode, access::Who, id::ImpasseId, identity::Assurance};
use persistence::{
    Shard, outbox,
    parties::{self, Party, PartyKind},
    work_orders::deliveries,
};

use super::*;
use crate::{
    auth::{Caller, Identity},
    hotline::Incoming,
    outbox::hotline_target,
    server,
    settings::{Hidden, Hotline, Http, Settings},
};

fn caller(role: Role) -> Caller {
    let code: StaffCode = "taizhou-12345".parse().unwrap();
    let centre = kernel::Centre::WENLING;
    let who = match role {
        Role::Hotline => Who::Hotline { hotline: code.clone() },
        role => Who::Official { code: role.to_string().parse().unwrap(), role },
    };
    let identity = Identity {
        issuer: "tests".to_owned(),
        subject: code.to_string(),
        client_id: code.to_string(),
        centre,
        role,
        scope: String::new(),
        issued: 0,
        expires: u64::MAX,
        voucher: None,
        assurance: None,
        signed_with: None,
    };
    Caller { actor: Arc::new(Actor { centre, who }), identity: Arc::new(identity) }
}

struct Scene {
    running: server::Running,
    impasse: ImpasseId,
    number: ExternalNo,
    sequence: u64,
    _data: tempfile::TempDir,
}

impl Scene {
    async fn prepare() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut hotline = Hotline::new("taizhou-12345".parse().unwrap());
        hotline.callback_url = "http://127.0.0.1:9/".to_owned();
        hotline.secrets = vec![Hidden("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())];
        let settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            management: String::new(),
            data: data.path().to_owned(),
            http: Http { workers: 1, drain_seconds: 0, shutdown_seconds: 1, ..Http::default() },
            hotlines: vec![hotline],
            ..Settings::default()
        };
        let running = server::start(settings).await.unwrap();
        let impasse = ImpasseId::fresh(running.desk.now(Centre::WENLING));
        let mut scene = Self { running, impasse, number: "W-1".parse().unwrap(), sequence: 0, _data: data };
        let dispatched_at = scene.running.desk.now(Centre::WENLING);
        let (subject, facts) = (Text::new("路灯不亮").unwrap(), Text::new("报修一月。").unwrap());
        let dispatch = Dispatch {
            kind: WorkOrderKind::Help,
            sector: None,
            route: None,
            subject,
            facts,
            assigned: false,
            lead: None,
            co_organisers: Vec::new(),
            dispatched_at,
        };
        assert_eq!(scene.says(Message::Dispatch(dispatch)).await, 200);
        scene.registers().await;
        scene
    }

    /// What the hotline is answered.
    async fn says(&mut self, message: Message) -> u16 {
        self.sequence += 1;
        let hotline = "taizhou-12345".parse().unwrap();
        let (number, sequence) = (self.number.clone(), self.sequence);
        let body = [u8::try_from(sequence).unwrap(); 32];
        let incoming = Incoming { hotline, number, sequence, body, message, caller: None };
        let desk = Arc::clone(&self.running.desk);
        let by = caller(Role::Hotline);
        let store = desk.store.clone();
        let receive = move |tx: &mut Tx<'_>| {
            desk.receive(tx, &by, &incoming, desk.now(by.centre))?;
            let key = (by.centre, &incoming.hotline, &incoming.number);
            let delivery = deliveries::get(tx.read(), key, sequence).map_err(StoreError::from)?.unwrap();
            Ok::<_, Error>(delivery.answer.unwrap().status)
        };
        store.write(Shard::of("tests"), receive).await.unwrap()
    }

    async fn registers(&self) {
        let (desk, id, number) = (Arc::clone(&self.running.desk), self.impasse, self.number.clone());
        let by = caller(Role::Supervisor);
        let register = move |tx: &mut Tx<'_>| {
            let (now, centre) = (desk.now(by.centre), by.centre);
            let calendar = desk.calendar(tx.read(), centre)?;
            let ctx = desk.context(&by, &calendar, now);
            let name = Personal::new("瞿试甲".to_owned());
            let party = Party {
                id: PartyId::fresh(now),
                kind: PartyKind::Person,
                document_kind: "resident_id".to_owned(),
                document_digest: "0".repeat(64),
                name: name.clone(),
                document_number: Personal::new("331081190001010012".to_owned()),
                phone: None,
                address: None,
            };
            parties::register(tx.write(), centre, &party, now).map_err(StoreError::from)?;
            let mut order = work_orders::find(tx.read(), centre, &"taizhou-12345".parse().unwrap(), &number)
                .map_err(StoreError::from)?
                .unwrap();
            let registration = Registration {
                id,
                centre,
                category: escalation::Category::Other { why: Text::new("不明。").unwrap() },
                channel: Channel::Hotline,
                window: desk.settings.escalation.window.clone(),
                fallback: desk.settings.escalation.window.clone(),
                department: desk.settings.escalation.department.clone(),
                referred_by: None,
                refused_by: Vec::new(),
                applicant: party.id,
                assurance: Assurance::RealName,
                client: Some(order.order.hotline.clone()),
                vouched_by: None,
                external_number: Some(number.to_string()),
                failed_case: None,
                negative_reply: None,
                consultation: None,
                first_asked: None,
                speaker: None,
                subject: order.order.subject.clone(),
                facts: order.order.facts.clone(),
                wanted: Text::new("修复。").unwrap(),
                in_person: false,
            };
            crate::impasses::register(&desk, tx, registration, (PartyKind::Person, name), &ctx)?;
            for command in [Command::Acknowledge, Command::RegisterImpasse { impasse: id }] {
                let terms = desk.hotline_terms(&order.order.hotline);
                let events = order.order.decide(command, &terms, &ctx)?;
                order = desk.write_work_order(tx, order, events, &ctx)?;
            }
            assert_eq!(order.order.guard(Act::Answer, &ctx).unwrap_err().code, "impasse_drives");
            Ok::<_, Error>(())
        };
        self.running.desk.store.write(Shard::of("tests"), register).await.unwrap();
    }

    async fn steps(&self, role: Role, step: Step) {
        let (desk, id, by) = (Arc::clone(&self.running.desk), self.impasse, caller(role));
        let act = move |tx: &mut Tx<'_>| {
            let calendar = desk.calendar(tx.read(), by.centre)?;
            let ctx = desk.context(&by, &calendar, desk.now(by.centre));
            let before = impasses::load(tx.read(), by.centre, id).map_err(StoreError::from)?.unwrap();
            crate::impasses::act(&desk, tx, before, step.clone(), &ctx).map(drop)
        };
        self.running.desk.store.write(Shard::of("tests"), act).await.unwrap();
    }

    async fn graded(&self) {
        let week = Week::of(self.running.desk.now(Centre::WENLING).day());
        self.steps(Role::Manager, Step::File { verified: Text::new("属实。").unwrap() }).await;
        let reason = Text::new("一般。").unwrap();
        self.steps(Role::Manager, Step::Grade { level: escalation::Level::General, reason, week }).await;
    }

    async fn answered(&self) {
        let text = Text::new("已修复。").unwrap();
        self.steps(Role::Manager, Step::Answer { outcome: Outcome::Solved, text, legal_basis: None }).await;
    }

    async fn states(&self) -> (ImpasseState, escalation::hotline::State, u32) {
        let id = self.impasse;
        let read = move |connection: &mut _| {
            let centre = kernel::Centre::WENLING;
            let impasse = impasses::load(connection, centre, id)?.unwrap().impasse;
            let order = work_orders::of_impasse(connection, centre, id)?.unwrap().order;
            Ok::<_, StoreError>((impasse.state, order.state, order.round))
        };
        self.running.desk.store.read(read).await.unwrap()
    }

    async fn told(&self) -> Vec<String> {
        let read = |connection: &mut _| {
            let target = hotline_target(&"taizhou-12345".parse().unwrap());
            Ok::<_, StoreError>(outbox::about(connection, kernel::Centre::WENLING, &target, "W-1", 0, 100)?)
        };
        let letters = self.running.desk.store.read(read).await.unwrap();
        let milestone = |body: &str| {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            body["data"]["milestone"].as_str().map(str::to_owned)
        };
        letters.iter().filter_map(|letter| milestone(&letter.body)).collect()
    }
}

fn word(satisfied: bool) -> Message {
    Message::Satisfaction(Satisfaction { responded: true, solved: satisfied, satisfied, note: None, spoken: None })
}

/// Clauses D5-2, G3: dissatisfied and redone, both go back together; satisfied, both are done.
#[tokio::test]
async fn an_order_and_its_impasse_go_together() {
    use escalation::hotline::State;
    let mut scene = Scene::prepare().await;
    assert_eq!(scene.says(word(true)).await, 409, "not answered");
    scene.graded().await;
    scene.answered().await;
    assert_eq!(scene.states().await, (ImpasseState::AwaitingApplicant, State::Answered, 1));
    assert_eq!(scene.says(word(false)).await, 200);
    assert_eq!(scene.states().await, (ImpasseState::InHandling, State::InHandling, 2));
    assert_eq!(scene.says(Message::Escalate { reason: Text::new("久拖。").unwrap() }).await, 200);
    assert_eq!(scene.says(Message::Redo { reason: Text::new("仍未。").unwrap() }).await, 409, "in handling");
    assert_eq!(scene.told().await, ["filed", "answered", "sent_back"]);
    scene.running.stop_now().await;

    let mut scene = Scene::prepare().await;
    scene.graded().await;
    scene.answered().await;
    assert_eq!(scene.says(Message::Redo { reason: Text::new("又坏了。").unwrap() }).await, 200);
    assert_eq!(scene.states().await, (ImpasseState::InHandling, State::InHandling, 2));
    scene.answered().await;
    assert_eq!(scene.says(word(true)).await, 200);
    assert_eq!(scene.states().await, (ImpasseState::ClosedOut, State::Completed, 2));
    assert_eq!(scene.told().await, ["filed", "answered", "sent_back", "answered", "closed_out"]);
    assert_eq!(scene.says(word(true)).await, 200, "said again");
    assert_eq!(scene.states().await, (ImpasseState::ClosedOut, State::Completed, 2));
    scene.running.stop_now().await;
}
