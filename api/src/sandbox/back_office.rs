//! 演练后台: does to the applications of scripted applicants what the staff of the hall would do, by the same rules, step by
//! step, each signed by somebody who is posted there.

use std::{collections::BTreeMap, sync::Arc};

use approval::Outcome;
use casework::{Case, Command, MaterialFinding, OnTheSpot, ProcedureStart, ResultDetails, Stage};
use catalog::{DeliveryMethod, ItemVersion, Material, MaterialForm};
use intake::{CopyCheck, Correction, Presented, ScopeFinding};
use issuance::{Tracked, TrackingState};
use kernel::{
    Actor, Calendar, CaseId, Centre, Instant, Refusal, Role, StaffCode, Text, WorkingDays,
    access::{Sight, Who, may_on},
    id::ImpasseId,
    ledger::Ground,
};
use persistence::{Connection, Shard, StoreError, Tx, cases, hall, impasses, parties};
use routing::Colleague;

use super::{grievances, scripts::Script};
use crate::{
    desk::Desk,
    papers::Papers,
    problem::{Answer, Error},
};

/// How long the window waits after the last thing that the applicant did, by the clock of the centre: whoever hands in is
/// given time to hand in everything.
pub(super) const PATIENCE: chrono::Duration = chrono::Duration::minutes(1);
/// 特别程序所需时间
const PROCEDURE: WorkingDays = WorkingDays(10);
/// 补正期限
const CORRECTION: WorkingDays = WorkingDays(5);
/// More steps than any script has.
const MOST_STEPS: usize = 60;
/// How many of an applicant's newest cases and impasses are looked at.
const NEWEST: i64 = 200;

/// What a script is played on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scene {
    Case(CaseId),
    Impasse(ImpasseId),
}

impl Desk {
    /// Takes every scripted application and impasse of a centre as far as its script goes now. Nothing but a sandbox has
    /// such applicants.
    pub(crate) async fn play_scripts(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        if !self.clock.is_movable() {
            return Ok(());
        }
        let desk = Arc::clone(self);
        for (script, of) in self.store.read(move |connection| scripted(&desk, connection, centre)).await? {
            for _ in 0..MOST_STEPS {
                let taken = match of {
                    Scene::Case(id) => self.step(centre, id, script).await,
                    Scene::Impasse(id) => self.step_on_impasse(centre, id, script).await,
                };
                match taken {
                    Ok(true) => {}
                    Ok(false) => break,
                    // Somebody else did something to it that the script does not know.
                    Err(error) if !error.kind().status().is_server_error() => {
                        tracing::debug!(%error, "a script ends here");
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// One step on a case; false where there is none to take now.
    async fn step(self: &Arc<Self>, centre: Centre, id: CaseId, script: Script) -> Answer<bool> {
        let desk = Arc::clone(self);
        let step = move |tx: &mut Tx<'_>| {
            let Some(before) = cases::load(tx.read(), centre, id).map_err(StoreError::from)? else { return Ok(false) };
            let now = desk.now(centre);
            let before = desk.after_what_fell_due(tx, before, now)?;
            let (case, item) = (&before.case, desk.version_of(tx.read(), &before.case)?);
            let calendar = desk.calendar(tx.read(), centre)?;
            let crew = Crew::of(tx.read(), case, desk.clock.machine_now())?;
            let Some((role, command)) = next(script, case, &item, &crew, &calendar, now)? else { return Ok(false) };
            let actor = crew.actor(tx.read(), case, role, desk.clock.machine_now())?;
            may_on(&actor, command.action(), &case.whereabouts())?;
            let ctx = desk.context(&actor, &calendar, now);
            let events = Papers::with(tx, &ctx, |papers| case.decide(command, &item, papers, &ctx))?;
            desk.write_down(tx, before, events, &ctx)?;
            Ok::<_, Error>(true)
        };
        self.store.write(Shard::of(&id), step).await
    }

    async fn step_on_impasse(self: &Arc<Self>, centre: Centre, id: ImpasseId, script: Script) -> Answer<bool> {
        let desk = Arc::clone(self);
        let step = move |tx: &mut Tx<'_>| grievances::step(&desk, tx, centre, id, script);
        self.store.write(Shard::of(&id), step).await
    }
}

/// What has not ended of the scripted applicants that the centre knows.
fn scripted(desk: &Desk, connection: &mut Connection, centre: Centre) -> Answer<Vec<(Script, Scene)>> {
    let today = desk.now(centre).day();
    let scripts = Script::digests(desk.secret(), today);
    let digests: Vec<&str> = scripts.iter().map(|(digest, _)| digest.as_str()).collect();
    let mut found = Vec::new();
    let kinds = Script::KINDS.map(<&str>::from);
    for (party, digest) in parties::by_digests(connection, centre, &kinds, &digests).map_err(StoreError::from)? {
        let Some((_, script)) = scripts.iter().find(|(known, _)| *known == digest) else { continue };
        let sight = Sight::Applicant(party);
        let open = cases::list(connection, centre, &sight, &cases::Filter::default(), today, None, NEWEST);
        let open = open.map_err(StoreError::from)?.into_iter().filter(|case| case.ended_at.is_none());
        found.extend(open.map(|case| (*script, Scene::Case(case.id))));
        let open = impasses::list(connection, centre, &sight, &impasses::Filter::default(), today, None, NEWEST);
        let open = open.map_err(StoreError::from)?.into_iter().map(|loaded| loaded.impasse);
        found.extend(open.filter(|it| it.closed_at.is_none()).map(|it| (*script, Scene::Impasse(it.id))));
    }
    Ok(found)
}

/// Who is at work where a case is.
struct Crew {
    clerk: Option<StaffCode>,
    reviewer: Option<StaffCode>,
    approver: Option<StaffCode>,
}

impl Crew {
    fn of(connection: &mut Connection, case: &Case, now: Instant) -> Result<Self, StoreError> {
        let postings = hall::all_postings(connection, case.centre)?;
        let first = |role, at: &dyn Fn(&catalog::PostingRecord) -> bool| {
            let mut here: Vec<_> =
                postings.iter().filter(|it| it.role == role && it.in_force(now.day()) && at(it)).collect();
            here.sort_by(|a, b| a.staff.cmp(&b.staff));
            here.first().map(|it| it.staff.clone())
        };
        let department = &case.routing.department;
        Ok(Self {
            clerk: first(Role::Clerk, &|it| it.window.as_ref() == Some(&case.window)),
            reviewer: first(Role::Reviewer, &|it| it.department == *department),
            approver: first(Role::Approver, &|it| it.department == *department),
        })
    }

    /// Whoever takes a step of this role: of a reviewer, the one who has the case.
    fn actor(&self, connection: &mut Connection, case: &Case, role: Role, now: Instant) -> Answer<Actor> {
        let code = match role {
            Role::Clerk => self.clerk.as_ref(),
            Role::Reviewer => case.routing.holder(),
            _ => self.approver.as_ref(),
        };
        let code = code.ok_or_else(|| Refusal::new("nobody_posted", "无人派驻"))?.clone();
        let postings = hall::in_force(connection, case.centre, &code, role, now.day()).map_err(StoreError::from)?;
        Ok(Actor { centre: case.centre, who: Who::Staff { code, role, postings } })
    }
}

type Next = Result<Option<(Role, Command)>, Refusal>;

/// What is to be done now, and in what role.
fn next(script: Script, case: &Case, item: &ItemVersion, crew: &Crew, calendar: &Calendar, now: Instant) -> Next {
    match case.stage {
        Stage::UnderCheck => at_the_window(script, case, item, now),
        Stage::InReview => in_the_department(script, case, item, crew, calendar, now),
        Stage::Decided => {
            let grants = case.outcome() == Some(Outcome::Grant);
            let result = if grants { Some(result(item, now)?) } else { None };
            Ok(Some((Role::Clerk, Command::IssueResult(result))))
        }
        Stage::Issued | Stage::Delivered if case.issuance.awaits_delivery() => on_its_way(case),
        Stage::InTransit | Stage::Delivered if case.issuance.is_in_the_post() => {
            let state = if script == Script::Returned { TrackingState::Returned } else { TrackingState::Signed };
            Ok(Some((Role::Clerk, Command::Track(Tracked { state, at: now, note: None }))))
        }
        Stage::Delivered => Ok(Some((Role::Clerk, Command::Close))),
        _ => Ok(None),
    }
}

/// 核验、告知、受理
fn at_the_window(script: Script, case: &Case, item: &ItemVersion, now: Instant) -> Next {
    let corrected = case.intake.rounds.last().and_then(|round| round.submitted_at);
    let touched = [case.intake.last_change(), corrected].into_iter().flatten().fold(case.received_at, Instant::max);
    if script == Script::Deemed || case.is_waiting() || now < touched.plus(PATIENCE) {
        return Ok(None);
    }
    let clerk = |command| Ok(Some((Role::Clerk, command)));
    if case.intake.scope.is_none() {
        return clerk(Command::CheckScope { finding: ScopeFinding::Within, note: None });
    }
    let required = item.materials.iter().find(|material| material.required);
    let wanting = required.filter(|_| script == Script::Corrected && case.intake.rounds.is_empty());
    for material in &item.materials {
        let handed = case.intake.materials.get(&material.code);
        if !material.required && handed.is_none() {
            continue;
        }
        let check = handed.and_then(|handed| handed.check.as_ref());
        let is_wanting = wanting.is_some_and(|wanting| wanting.code == material.code);
        match check {
            Some(check) if check.defect().is_none() || is_wanting => {}
            _ => return clerk(Command::CheckMaterial(finding(material, is_wanting)?)),
        }
    }
    if let Some(material) = wanting {
        let correction = Correction {
            material: material.code.clone(),
            wrong: text("缺少签字页（演练）")?,
            mend: text("补交签字页（演练）")?,
            on_paper: false,
            not_reused: None,
        };
        // It was handed in, and a page of it is missing: nothing on file says otherwise.
        let on_file = BTreeMap::new();
        return clerk(Command::NotifyCorrections { corrections: vec![correction], days: CORRECTION, on_file });
    }
    if item.is_on_the_spot() && !matches!(script, Script::Refused | Script::Procedure | Script::Overdue) {
        let (reasons, result) = (text("材料齐全，当场办结（演练）。")?, result(item, now)?);
        return clerk(Command::DecideOnTheSpot(OnTheSpot { reasons, result, handed_to: None }));
    }
    clerk(Command::Accept)
}

/// Everything in order, or a page missing.
fn finding(material: &Material, is_wanting: bool) -> Result<MaterialFinding, Refusal> {
    let presented = match material.form {
        _ if material.electronic_accepted => Presented::Electronic,
        MaterialForm::Original | MaterialForm::Either => Presented::Original,
        MaterialForm::Copy | MaterialForm::OriginalAndCopy => Presented::Copy,
    };
    Ok(MaterialFinding {
        material: material.code.clone(),
        present: true,
        complete: !is_wanting,
        legal_form: true,
        presented: Some(presented),
        copy_check: (presented == Presented::Copy).then_some(CopyCheck::Matches),
        note: if is_wanting { Some(text("缺少签字页（演练）")?) } else { None },
    })
}

/// 分派、特别程序、审核、决定
fn in_the_department(
    script: Script,
    case: &Case,
    item: &ItemVersion,
    crew: &Crew,
    calendar: &Calendar,
    now: Instant,
) -> Next {
    if case.routing.holder().is_none() {
        let Some(staff) = crew.reviewer.clone() else { return Ok(None) };
        let to = Colleague { staff, department: case.routing.department.clone() };
        return Ok(Some((Role::Approver, Command::Assign { to })));
    }
    if script == Script::Overdue || item.joint.is_some() || case.held_back.is_some() {
        return Ok(None);
    }
    if script == Script::Procedure {
        match case.approval.procedures.last() {
            None => {
                let reason = text("须经专家评审（演练）")?;
                let ground = Ground::ExpertReview;
                let start = ProcedureStart { ground, from: None, needs: PROCEDURE, reason, backdated: None };
                return Ok(Some((Role::Approver, Command::StartProcedure(start))));
            }
            Some(open) if open.is_open() => {
                let is_over = now.day() > calendar.after(open.from, open.needs).date;
                let (notice, result) = (open.notice.clone(), text("评审通过（演练）")?);
                let end = Command::EndProcedure { notice, until: None, result };
                return Ok(is_over.then_some((Role::Approver, end)));
            }
            Some(_) => {}
        }
    }
    let refuses = script == Script::Refused;
    let outcome = if refuses { Outcome::Refuse } else { Outcome::Grant };
    if case.approval.review.is_none() {
        let opinion = text(if refuses { "建议不予（演练）。" } else { "建议准予（演练）。" })?;
        return Ok(Some((Role::Reviewer, Command::Review { recommends: outcome, opinion })));
    }
    let reasons =
        text(if refuses { "不符合规定条件（演练）。" } else { "符合规定条件（演练）。" })?;
    let legal_basis =
        if refuses { Some(text("《中华人民共和国行政许可法》第三十八条第二款")?) } else { None };
    Ok(Some((Role::Approver, Command::Decide { outcome, reasons, legal_basis })))
}

/// 寄出、电子送达; what is picked up waits for whoever comes, and what came back for another address.
fn on_its_way(case: &Case) -> Next {
    let last = case.issuance.parcel.as_ref().and_then(|parcel| parcel.states.last());
    let came_back = last.is_some_and(|last| last.state.has_failed());
    Ok(match case.issuance.method {
        DeliveryMethod::Courier if !came_back => {
            let waybill = text(&format!("SANDBOX{}", case.number))?;
            Some((Role::Clerk, Command::Dispatch { carrier: text("演练快递")?, waybill }))
        }
        DeliveryMethod::Electronic => {
            Some((Role::Clerk, Command::DeliverElectronically { receipt: text("已推送（演练）")? }))
        }
        DeliveryMethod::Courier | DeliveryMethod::PickUp => None,
    })
}

fn result(item: &ItemVersion, now: Instant) -> Result<ResultDetails, Refusal> {
    Ok(ResultDetails { title: text(item.result_name.as_str())?, valid_from: now.day(), valid_until: None })
}

pub(super) fn text<const MAX: usize>(text: &str) -> Result<Text<MAX>, Refusal> {
    Text::new(text).map_err(|fault| Refusal::new("bad_text", fault.to_string()))
}
