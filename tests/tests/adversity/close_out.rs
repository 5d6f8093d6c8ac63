//! 销号: whatever is sent, in any state and by anybody, closes nothing out but the satisfied word of the applicant (clause
//! D5-2).

use std::collections::BTreeSet;

use persistence::Connection;
use tests::{
    contract::{Operation, operations},
    *,
};

use crate::{bad_input, faults};

/// What an impasse is like when everything is tried on it, and its state. The hotline's comes first and the one that waits
/// for the triage last.
const SCENES: [(&str, &str); 13] = [
    ("of the hotline, answered", "awaiting_applicant"),
    ("registered", "registered"),
    ("graded", "in_handling"),
    ("ordered", "in_handling"),
    ("order completed", "in_handling"),
    ("return asked", "in_handling"),
    ("difficult, to be met over", "in_handling"),
    ("exceptional, to be submitted", "in_handling"),
    ("answered", "awaiting_applicant"),
    ("explained, carrying proposed", "awaiting_applicant"),
    ("carried", "carried"),
    ("reopened", "in_handling"),
    ("filed", "filed"),
];

/// The steps of a month in the order in which they are possible.
const MONTH: [&str; 5] =
    ["draft_submission", "refresh_submission", "freeze_submission", "send_submission", "record_government_decision"];

/// What changes nothing of what is possible next.
const HARMLESS: [&str; 7] = [
    "contact_applicant",
    "supplement_impasse",
    "urge_impasse",
    "draft_submission",
    "refresh_submission",
    "freeze_submission",
    "send_submission",
];

/// What belongs to the closed loop beside what names an impasse; of everything else, those try it whose work it is.
const THE_LOOP: [&str; 9] = [
    "/v1/impasses",
    "/v1/triage-sessions",
    "/v1/coordination-meetings",
    "/v1/government-submissions",
    "/v1/hotline",
    "/v1/negative-replies",
    "/v1/precedent-drafts",
    "/v1/item-proposals",
    "/v1/follow-up-plans",
];

struct Scene {
    name: &'static str,
    impasse: Impasse,
    meeting: String,
    work_order: String,
    /// One of each role, nobody in particular, and its applicant.
    callers: Vec<Caller>,
}

impl Scene {
    /// Whether an operation may have to do with it. One that names neither an impasse nor anything that an impasse is in is
    /// tried once, beside the registered one.
    fn concerns(&self, operation: &Operation) -> bool {
        let shelves = [
            ("/v1/triage-sessions", "filed"),
            ("/v1/coordination-meetings", "difficult, to be met over"),
            ("/v1/government-submissions", "exceptional, to be submitted"),
            // Other codes are for the end, when no hotline dispatches any more.
            ("/v1/hotlines", "filed"),
            ("/v1/hotline", "of the hotline, answered"),
            ("", "registered"),
        ];
        let at = shelves.into_iter().find(|(shelf, _)| operation.path.starts_with(shelf));
        let is_at_hand = at.is_some_and(|(_, name)| name == self.name) && operation.id != "hold_triage";
        is_at_hand || operation.path.contains("{impasse}")
    }

    fn callers(&self, hall: &Hall, operation: &Operation) -> Vec<Caller> {
        if THE_LOOP.iter().any(|shelf| operation.path.starts_with(shelf)) {
            return self.callers.clone();
        }
        vec![bad_input::caller_of(hall, &operation.id)]
    }

    /// The operation's path in this scene.
    fn path(&self, hall: &Hall, operation: &Operation) -> String {
        operation.at(|name| match name {
            "impasse" => self.impasse.id.clone(),
            "meeting" => self.meeting.clone(),
            "month" => hall.today().format("%Y-%m").to_string(),
            "week" => hall.today().format("%G-W%V").to_string(),
            "external_no" => self.work_order.clone(),
            "order" | "finding" | "number" => "1".to_owned(),
            "material" => "application".to_owned(),
            "hotline" => hotline::HOTLINE.to_owned(),
            "holder" => "platform".to_owned(),
            "subject" => "stages".to_owned(),
            "package" => packages::NEW_ENTERPRISE.to_owned(),
            "item" | "client" | "code" => "a-new-item".to_owned(),
            _ => uuid::Uuid::now_v7().to_string(),
        })
    }

    /// Bodies with which the operation can go through here, where it can at all.
    fn bodies(&self, hall: &Hall, operation: &Operation, caller: &Caller) -> Vec<Option<Value>> {
        // One body has not every field of an opinion, and there is no good one.
        if faults::schema_of(operation.spec).is_none() || operation.id == "give_opinion" {
            return vec![None];
        }
        let said = json!({ "responded": true, "solved": true, "satisfied": true });
        let with = |fields: Value| {
            let mut said = said.clone();
            said.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            Some(said)
        };
        let whole = match operation.id.as_str() {
            "record_satisfaction" if caller.role() == Some(kernel::Role::Clerk) => {
                return vec![with(json!({ "identity": Person::new().identity() })), with(json!({}))];
            }
            "record_satisfaction" if caller.role() == Some(kernel::Role::Adapter) => {
                return vec![with(json!({ "identity_assurance": "real_person" })), with(json!({}))];
            }
            "record_satisfaction" => return vec![with(json!({}))],
            "deliver_message" => {
                let mut messages: Vec<_> = ["urge", "supplement", "redo", "escalate"].map(message).into();
                messages.push(with(json!({ "sequence": 2, "kind": "satisfaction" })));
                return messages;
            }
            "rule_on_carrying" => json!({ "granted": true, "reason": "已核。", "days": 20 }),
            "propose_carrying" => json!({ "ground": "not_allowed_by_law", "explanation": "已解释。" }),
            "acknowledge_order" => json!({ "responsible": "reviewer2-commerce" }),
            "issue_order" => json!({ "department": "justice", "matter": "牵头办理。", "days": 5 }),
            "send_submission" | "draft_submission" | "refresh_submission" => json!({}),
            "record_government_decision" => json!({
                "impasse": self.impasse.id, "decision": "同意。", "decided_on": hall.today(),
                "order": { "department": "commerce", "matter": "牵头办理。", "days": 5 },
            }),
            "hold_meeting" => json!({
                "text": "议定如下。",
                "attendance": [{
                    "department": "commerce",
                    "presence": { "kind": "present", "staff": "department_head-commerce", "title": "局长" },
                }],
                "resolutions": [{
                    "impasse": self.impasse.id,
                    "resolved": { "kind": "advise_answer", "outcome": "solved", "advice": "按规定答复。" },
                }],
            }),
            other => bad_input::body_of(other),
        };
        vec![Some(about(whole, &self.impasse.id))]
    }

    /// 申请人满意, by the applicant or, of what the hotline brought, by the hotline that asked them.
    fn is_the_word(&self, operation: &Operation, caller: &Caller, body: Option<&Value>) -> bool {
        match operation.id.as_str() {
            "record_satisfaction" => caller.code() == self.impasse.party(),
            "deliver_message" => {
                caller.code() == hotline::HOTLINE && body.is_some_and(|body| body["kind"] == "satisfaction")
            }
            _ => false,
        }
    }
}

fn message(kind: &str) -> Option<Value> {
    let mut message = json!({ "sequence": 2, "kind": kind });
    match kind {
        "supplement" => message["text"] = json!("补充。"),
        _ => message["reason"] = json!("群众再次来电。"),
    }
    Some(message)
}

/// The same body about this impasse.
fn about(mut body: Value, impasse: &str) -> Value {
    match &mut body {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                *value = match name.as_str() {
                    "impasse" => json!(impasse),
                    "agenda" | "again" | "impasses" => json!([impasse]),
                    _ => about(value.take(), impasse),
                };
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| *value = about(value.take(), impasse)),
        _ => {}
    }
    body
}

/// Whether the next is to be tried on another impasse.
fn has_moved(operation: &Operation) -> bool {
    !HARMLESS.contains(&operation.id.as_str()) && operation.path.contains('{')
}

/// Everything that writes, tried one after another.
struct Trial {
    hall: Hall,
    everybody: Vec<Caller>,
    hotline: api::simulator::hotline::Hotline,
    outside: Connection,
    /// Those that their applicants closed out.
    closed: BTreeSet<String>,
    /// What is not for a role, whatever the state: tried once.
    denied: BTreeSet<(String, String)>,
    tried: BTreeSet<String>,
    /// 申请人满意
    words: Vec<&'static str>,
    built: usize,
}

impl Trial {
    fn closed_out(&mut self) -> BTreeSet<String> {
        texts(&mut self.outside, "SELECT id AS line FROM impasses WHERE state = 'closed_out'").into_iter().collect()
    }

    async fn scene(&mut self, (name, state): (&'static str, &'static str)) -> Scene {
        self.built += 1;
        let (hall, work_order) = (self.hall.clone(), format!("W-{}", self.built));
        let (manager, reform, reviewer) = (hall.manager(), hall.reform(), hall.reviewer("commerce"));
        let mut meeting = uuid::Uuid::now_v7().to_string();
        let impasse = match name {
            "registered" => hall.registered_impasse().await.0,
            "filed" => hall.filed_impasse().await.0,
            "answered" => hall.answered_impasse().await.0,
            "reopened" => {
                let (impasse, _) = hall.closed_out_impasse().await;
                reform.follows_up(&impasse, false).await.ok();
                impasse
            }
            "difficult, to be met over" => {
                let (impasse, _) = hall.graded_impasse("difficult").await;
                let call = json!({
                    "at": hall.now(), "place": "三楼会议室", "agenda": [impasse.id], "invited": ["commerce"],
                });
                meeting = reform.post("/v1/coordination-meetings").json(&call).await.created().text("/id");
                impasse
            }
            "exceptional, to be submitted" => hall.graded_impasse("exceptional").await.0,
            "of the hotline, answered" => {
                hall.dispatched(&self.hotline, &work_order).await;
                hall.supervisor().signs_for(&work_order).await.ok();
                let order = hall.supervisor().escalates_work_order(&work_order, &Person::new()).await.ok();
                let path = format!("/v1/impasses/{}", order.text("/impasse"));
                let impasse = Impasse::of(&manager.get(&path).await.ok());
                // Whoever answers for it is reminded of the same day's contact, between any two steps of ours.
                let filed = async || {
                    manager.reads(&impasse).await.ok();
                    (manager.files(&impasse).await.status == 200).then_some(())
                };
                until("it is filed", filed).await;
                manager.triages(&impasse, "general").await;
                manager.reads(&impasse).await.ok();
                manager.answers_impasse(&impasse).await.ok();
                impasse
            }
            _ => hall.graded_impasse("general").await.0,
        };
        match name {
            "ordered" | "order completed" | "return asked" => {
                manager.orders(&impasse, "commerce", 5, false).await.ok();
                if name == "return asked" {
                    hall.approver("commerce").returns_order(&impasse, 1).await.ok();
                } else {
                    reviewer.acknowledges_order(&impasse, 1, "reviewer-commerce").await.ok();
                }
                if name == "order completed" {
                    reviewer.completes_order(&impasse, 1).await.ok();
                }
            }
            "explained, carrying proposed" | "carried" => {
                manager.explains(&impasse).await.ok();
                manager.proposes_carrying(&impasse, "not_allowed_by_law").await.ok();
                if name == "carried" {
                    reform.rules_on_carrying(&impasse, true, 20).await.ok();
                }
            }
            _ => {}
        }
        manager.reads(&impasse).await.ok();
        assert_eq!(impasse.state(), state, "{name}");
        self.closed = self.closed_out();
        let mut callers = self.everybody.clone();
        callers.push(hall.applicant_in(&impasse));
        Scene { name, impasse, meeting, work_order, callers }
    }

    /// Everything that concerns a scene, by everybody, with each body that fits. Where something went through, the next is
    /// tried on another impasse that is as this one was.
    async fn goes_through(&mut self, at: (&'static str, &'static str), operations: &[Operation]) {
        let mut scene = self.scene(at).await;
        let concerning: Vec<Operation> = operations.iter().filter(|it| scene.concerns(it)).cloned().collect();
        for operation in concerning {
            for nth in 0..scene.callers(&self.hall, &operation).len() {
                let first = scene.callers(&self.hall, &operation).swap_remove(nth);
                let bodies = scene.bodies(&self.hall, &operation, &first).len();
                for which in 0..bodies {
                    // Of the scene as it is by now: another impasse has another applicant.
                    let caller = scene.callers(&self.hall, &operation).swap_remove(nth);
                    let body = scene.bodies(&self.hall, &operation, &caller).swap_remove(which);
                    if self.denied.contains(&(operation.id.clone(), format!("{caller:?}"))) {
                        break;
                    }
                    if self.tries(&scene, &operation, &caller, body.as_ref()).await && has_moved(&operation) {
                        scene = self.scene(at).await;
                    }
                }
            }
        }
    }

    /// One call, and whether it went through. Whatever it was, it closed nothing out but by the applicant's word.
    async fn tries(&mut self, scene: &Scene, operation: &Operation, caller: &Caller, body: Option<&Value>) -> bool {
        let mut call = caller.call(operation.method.clone(), &scene.path(&self.hall, operation));
        if operation.is_transition() {
            call = call.if_match("*");
        }
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = call.await;
        self.tried.insert(operation.id.clone());
        if answer.status == 401 || answer["code"] == "role_not_allowed" {
            self.denied.insert((operation.id.clone(), format!("{caller:?}")));
        }
        let now = self.closed_out();
        let newly: Vec<String> = now.difference(&self.closed).cloned().collect();
        if !newly.is_empty() {
            let told = format!("{}, {}, with {body:?}: {}", scene.name, answer.request, answer.body);
            assert_eq!(newly, std::slice::from_ref(&scene.impasse.id), "{told}");
            assert!(scene.is_the_word(operation, caller, body), "{told}");
            self.words.push(scene.name);
        }
        self.closed = now;
        (200..300).contains(&answer.status)
    }
}

tests::on_both_stores! {
    /// Clause D5-2: no operation of the closed loop that writes, called by any role with a body that fits the impasse as it is, and
    /// no other by whoever it is for, closes out what its applicant has not called satisfactory; their own word does.
    async fn nothing_else_closes_out(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let mut writing: Vec<Operation> = operations().into_iter().filter(|it| !it.method.is_safe()).collect();
        writing.sort_by_key(|operation| MONTH.iter().position(|id| *id == operation.id));
        let everybody = vec![
            hall.clerk("fallback"), hall.reviewer("commerce"), hall.approver("commerce"), hall.head("commerce"), hall.manager(),
            hall.supervisor(), hall.reform(), hall.government(), hall.system_admin(), hall.security_admin(), hall.audit_admin(),
            hall.hotline(hotline::HOTLINE), hall.adapter("zjzwfw"), hall.applicant(&uuid::Uuid::now_v7().to_string()), hall.stranger(),
        ];
        let outside = hall.outside();
        let mut trial = Trial {
            hall, everybody, hotline, outside, closed: BTreeSet::new(), denied: BTreeSet::new(), tried: BTreeSet::new(),
            words: Vec::new(), built: 0,
        };
        for scene in SCENES {
            trial.goes_through(scene, &writing).await;
        }
        let last = trial.scene(("filed", "filed")).await;
        let holding = writing.iter().find(|operation| operation.id == "hold_triage").unwrap();
        for caller in &last.callers {
            trial.tries(&last, holding, caller, Some(&json!({}))).await;
        }
        let untried: Vec<_> = writing.iter().filter(|it| !trial.tried.contains(&it.id)).map(|it| &it.id).collect();
        assert!(untried.is_empty(), "{untried:?}");
        // Where they had been answered, and there alone.
        let mut words: Vec<_> = trial.words.clone();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words, ["answered", "carried", "explained, carrying proposed", "of the hotline, answered"]);
    }
}
