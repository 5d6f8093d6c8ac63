//! 案例 (clause D6-2): its states, who may publish, and that nobody is left in what is public.

use std::collections::BTreeSet;

use escalation::{
    CategoryKind, Level,
    precedent::{Command, Content, Decided, Field, Manuscript, Precedent, Recorded, Solved, State, draft},
    redaction::{FindingKind, Known},
};
use kernel::{
    Actor, Calendar, Centre, Context, DocumentKind, DocumentNumber, Instant, Personal, Practice, Refusal, Registry,
    Role, Text, access::Who, id::PrecedentId,
};
use proptest::prelude::*;
use strum::VariantArray;

const IMPASSE: &str = "01900000-0000-7000-8000-000000000001";

struct Numbers(u64);

impl Registry for Numbers {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal> {
        self.0 += 1;
        Ok(DocumentNumber::new(Centre::WENLING, kind, 2026, self.0))
    }

    fn seal(&self, text: &str) -> String {
        format!("{:064x}", text.len())
    }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn official(role: Role, code: &str) -> Actor {
    Actor { centre: Centre::WENLING, who: Who::Official { code: code.parse().unwrap(), role } }
}

fn solved() -> Solved {
    Solved {
        impasse: IMPASSE.parse().unwrap(),
        centre: Centre::WENLING,
        category: CategoryKind::CrossDepartment,
        level: Level::Difficult,
        departments: BTreeSet::new(),
        applicant: IMPASSE.parse().unwrap(),
        subject: text("无法办理"),
        facts: text("情况"),
        how: None,
    }
}

fn content(situation: &str) -> Content {
    Content {
        title: text("跨部门办理企业登记"),
        departments: BTreeSet::new(),
        items: BTreeSet::new(),
        situation: text(situation),
        solution: text("由牵头部门召集会商后一次办结。"),
        lesson: text("先明确牵头部门。"),
    }
}

/// A precedent in the making, with its text and its record.
struct Desk {
    precedent: Precedent,
    manuscript: Option<Manuscript>,
    public: Option<Content>,
    record: Vec<Recorded>,
    numbers: Numbers,
    known: Known,
}

impl Desk {
    fn drafts(situation: &str) -> Self {
        Self::knows(situation, Known::default())
    }

    fn knows(situation: &str, known: Known) -> Self {
        let now = Instant::parse("2026-11-25T01:00:00Z").unwrap();
        let manuscript = Manuscript::new(content(situation), &known, false);
        let numbers = Numbers(0);
        let decided = draft(PrecedentId::fresh(now), &solved(), manuscript, &numbers).unwrap();
        let by = official(Role::Manager, "manager").signature();
        let record = vec![Recorded { version: 1, at: now, by, event: decided.event }];
        let precedent = Precedent::fold(&record).unwrap();
        Self { precedent, manuscript: decided.manuscript, public: None, record, numbers, known }
    }

    fn decides(&mut self, actor: &Actor, command: Command) -> Result<Decided, Refusal> {
        let (calendar, practice) = (Calendar::first_edition(), Practice::default());
        let now = Instant::parse("2026-11-25T02:00:00Z").unwrap();
        let ctx = Context { now, actor, calendar: &calendar, practice: &practice };
        let corrected = self.public.as_ref().map(|public| Manuscript::new(public.clone(), &self.known, false));
        let manuscript = if matches!(command, Command::Correct { .. }) { corrected } else { self.manuscript.clone() };
        self.precedent.decide(command, manuscript.as_ref(), &self.known, &mut self.numbers, &ctx)
    }

    fn does(&mut self, actor: &Actor, command: Command) -> Result<(), Refusal> {
        let decided = self.decides(actor, command)?;
        let at = Instant::parse("2026-11-25T02:00:00Z").unwrap();
        let version = self.precedent.version + 1;
        let recorded = Recorded { version, at, by: actor.signature(), event: decided.event };
        self.precedent.apply(&recorded);
        self.record.push(recorded);
        self.manuscript = decided.manuscript;
        self.public = decided.published.map(|public| public.content().clone()).or(self.public.take());
        assert_eq!(Precedent::fold(&self.record), Some(self.precedent.clone()), "the record adds up to it");
        Ok(())
    }

    fn writes(&mut self, command: Command) -> Result<(), Refusal> {
        self.does(&official(Role::Manager, "manager"), command)
    }

    fn reviews(&mut self, command: Command) -> Result<(), Refusal> {
        self.does(&official(Role::ReformOfficer, "reform"), command)
    }

    fn redacts_everything(&mut self) {
        for finding in 0..self.manuscript.as_ref().unwrap().findings.len() {
            self.writes(Command::Settle { finding, keep: None }).unwrap();
        }
    }

    /// In this state, by the shortest way.
    fn standing(state: State) -> Self {
        let mut desk = Self::drafts("联系人：李四。");
        if state == State::Draft {
            return desk;
        }
        desk.redacts_everything();
        desk.writes(Command::Submit).unwrap();
        if state == State::UnderReview {
            return desk;
        }
        desk.reviews(Command::Publish).unwrap();
        if matches!(state, State::UnderCorrection | State::CorrectionUnderReview) {
            desk.writes(correction()).unwrap();
        }
        match state {
            State::CorrectionUnderReview => desk.writes(Command::Submit).unwrap(),
            State::Withdrawn => desk.reviews(withdrawal()).unwrap(),
            _ => {}
        }
        desk
    }
}

fn correction() -> Command {
    Command::Correct { reason: text("政策有变。") }
}

fn withdrawal() -> Command {
    Command::Withdraw { reason: text("不再适用。") }
}

fn commands() -> [(&'static str, Command); 7] {
    [
        ("edit", Command::Edit { content: content("新的情况。"), hides_organisation: false }),
        ("settle", Command::Settle { finding: 0, keep: None }),
        ("submit", Command::Submit),
        ("send_back", Command::SendBack { reason: text("请补充。") }),
        ("publish", Command::Publish),
        ("correct", correction()),
        ("withdraw", withdrawal()),
    ]
}

/// State × command, whole.
#[test]
fn every_state_answers_every_command() {
    let reviewer = official(Role::ReformOfficer, "reform");
    let mut table = String::new();
    for state in State::VARIANTS {
        let mut desk = Desk::standing(*state);
        assert_eq!(desk.precedent.state, *state);
        for (name, command) in commands() {
            let outcome = match desk.decides(&reviewer, command) {
                Ok(decided) => kernel::Fact::kind(&decided.event),
                Err(refusal) => refusal.code,
            };
            table.push_str(&format!("{state} {name}: {outcome}\n"));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn nothing_is_sent_to_review_while_a_finding_is_open() {
    let mut desk = Desk::drafts("联系人：李四，电话13800000000，身份证331081190001010012。");
    assert_eq!(desk.manuscript.as_ref().unwrap().unsettled(), 3);
    for finding in [0, 1] {
        desk.writes(Command::Settle { finding, keep: None }).unwrap();
        assert_eq!(desk.writes(Command::Submit).unwrap_err().code, "findings_unsettled");
    }
    desk.writes(Command::Settle { finding: 2, keep: None }).unwrap();
    desk.writes(Command::Submit).unwrap();
    desk.reviews(Command::Publish).unwrap();
    let public = desk.public.unwrap();
    assert_eq!(public.situation.as_str(), "联系人：〔姓名〕，电话〔电话〕，身份证〔证件号码〕。");
    assert_eq!(desk.manuscript, None, "what names people is gone");
}

#[test]
fn a_number_cannot_be_left_in_and_a_name_only_for_a_reason() {
    let mut desk = Desk::drafts("联系人：李四，电话13800000000，身份证331081190001010012。");
    let keep = |finding| Command::Settle { finding, keep: Some(text("公开人物。")) };
    let kinds: Vec<_> = desk.manuscript.as_ref().unwrap().findings.iter().map(|it| it.spot.kind).collect();
    assert_eq!(kinds, [FindingKind::Name, FindingKind::Phone, FindingKind::IdentityNumber]);
    desk.writes(keep(0)).unwrap();
    for finding in [1, 2] {
        assert_eq!(desk.writes(keep(finding)).unwrap_err().code, "must_be_redacted");
    }
    let telling = Command::Settle { finding: 0, keep: Some(text("他是13800000000的机主。")) };
    assert_eq!(desk.writes(telling).unwrap_err().code, "personal_data_in_text");
    assert_eq!(desk.writes(keep(3)).unwrap_err().code, "no_such_finding");
}

#[test]
fn an_edit_runs_the_finder_again_where_the_text_changed() {
    let mut desk = Desk::drafts("联系人：李四。");
    desk.redacts_everything();
    let same = Command::Edit { content: content("联系人：李四。"), hides_organisation: false };
    desk.writes(same).unwrap();
    assert_eq!(desk.manuscript.as_ref().unwrap().unsettled(), 0, "nothing changed");
    let other = Command::Edit { content: content("联系人：李四，13800000000。"), hides_organisation: false };
    desk.writes(other).unwrap();
    assert_eq!(desk.manuscript.as_ref().unwrap().unsettled(), 2);
}

#[test]
fn who_wrote_it_does_not_review_it() {
    let mut desk = Desk::standing(State::UnderReview);
    let writer = official(Role::ReformOfficer, "manager");
    assert_eq!(desk.does(&writer, Command::Publish).unwrap_err().code, "own_draft");
    assert_eq!(desk.does(&writer, Command::SendBack { reason: text("请补充。") }).unwrap_err().code, "own_draft");
    desk.reviews(Command::SendBack { reason: text("请补充。") }).unwrap();
    assert_eq!((desk.precedent.state, desk.precedent.edition), (State::Draft, 0));
    desk.writes(Command::Submit).unwrap();
    assert_eq!(desk.does(&writer, Command::Publish).unwrap_err().code, "own_draft", "after a round, too");
    desk.reviews(Command::Publish).unwrap();
}

#[test]
fn a_correction_is_a_new_edition_under_the_same_number() {
    let mut desk = Desk::standing(State::Published);
    let number = desk.precedent.number.clone();
    assert_eq!(desk.precedent.edition, 1);
    desk.writes(correction()).unwrap();
    assert!(desk.precedent.state.is_public(), "what is public stays so");
    desk.writes(Command::Submit).unwrap();
    desk.reviews(Command::SendBack { reason: text("请补充。") }).unwrap();
    assert_eq!(desk.precedent.state, State::UnderCorrection);
    desk.writes(Command::Submit).unwrap();
    desk.reviews(Command::Publish).unwrap();
    assert_eq!((desk.precedent.edition, &desk.precedent.number), (2, &number));
}

#[test]
fn the_record_holds_no_text() {
    let mut desk =
        Desk::knows("瞿试壹来过。", Known { persons: vec![Personal::new("瞿试壹".to_owned())], ..Known::default() });
    desk.redacts_everything();
    desk.writes(Command::Submit).unwrap();
    desk.reviews(Command::Publish).unwrap();
    let record = serde_json::to_string(&desk.record.iter().map(|it| &it.event).collect::<Vec<_>>()).unwrap();
    assert!(!record.contains("瞿试壹") && !record.contains("来过"), "{record}");
}

proptest! {
    /// Clause D6-2: whatever else is left in, what is published names no number, and its texts are the written ones but for
    /// what was taken out.
    #[test]
    fn what_is_published_gives_nobody_away(
        before in "[张李王先生女士住在路村号，。0-9A-Z -]{0,20}",
        number in prop_oneof!["1[3-9][0-9]{9}", Just("331081190001010012".to_owned()), "0576-8[0-9]{7}"],
        after in "[张李王先生女士住在路村号，。0-9A-Z -]{0,20}",
    ) {
        let written = format!("情{before}{number}{after}况");
        let mut desk = Desk::drafts(&written);
        for finding in 0..desk.manuscript.as_ref().unwrap().findings.len() {
            let keep = Command::Settle { finding, keep: Some(text("可以公开。")) };
            if desk.writes(keep).is_err() {
                desk.writes(Command::Settle { finding, keep: None }).unwrap();
            }
        }
        desk.writes(Command::Submit).unwrap();
        desk.reviews(Command::Publish).unwrap();
        let public = desk.public.unwrap();
        prop_assert!(!public.situation.as_str().contains(&number), "{}", public.situation);
        prop_assert_eq!(public.texts().map(|(field, _)| field), [Field::Title, Field::Situation, Field::Solution, Field::Lesson]);
        prop_assert_eq!(public.title.as_str(), "跨部门办理企业登记");
    }
}
