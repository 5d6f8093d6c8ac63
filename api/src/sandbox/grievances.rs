//! 演练的办不成事: what the centre does to the impasses of scripted applicants, and what these say to it.

use escalation::{CarryingGround, Command, Impasse, Level, Outcome, Satisfaction, Source, State, Terms, Week};
use kernel::{
    Actor, Centre, Instant, Refusal, Role,
    access::{Who, may_on},
    id::ImpasseId,
};
use persistence::{StoreError, Tx, impasses as rows};

use super::{
    back_office::{PATIENCE, text},
    scripts::Script,
};
use crate::{desk::Desk, impasses, problem::Answer};

/// Who takes a step.
enum Hand {
    Manager,
    Reform,
    Applicant,
}

/// One step; false where there is none to take now.
pub(super) fn step(desk: &Desk, tx: &mut Tx<'_>, centre: Centre, id: ImpasseId, script: Script) -> Answer<bool> {
    let Some(before) = rows::load(tx.read(), centre, id).map_err(StoreError::from)? else { return Ok(false) };
    let now = desk.now(centre);
    let impasse = &before.impasse;
    let Some((hand, command)) = next(script, impasse, &desk.terms, now)? else { return Ok(false) };
    let who = match hand {
        Hand::Manager => {
            Who::Official { code: "manager".parse().map_err(crate::problem::Error::internal)?, role: Role::Manager }
        }
        Hand::Reform => Who::Official {
            code: "reform_officer".parse().map_err(crate::problem::Error::internal)?,
            role: Role::ReformOfficer,
        },
        Hand::Applicant => Who::Applicant { party: impasse.applicant },
    };
    let actor = Actor { centre, who };
    if let Some(action) = command.action() {
        may_on(&actor, action, &impasse.whereabouts())?;
    }
    let calendar = desk.calendar(tx.read(), centre)?;
    let ctx = desk.context(&actor, &calendar, now);
    impasses::act(desk, tx, before, command, &ctx)?;
    Ok(true)
}

fn next(script: Script, it: &Impasse, terms: &Terms, now: Instant) -> Result<Option<(Hand, Command)>, Refusal> {
    let manager = |command| Ok(Some((Hand::Manager, command)));
    let unreachable = script == Script::Unreachable;
    match it.state {
        _ if !matches!(script, Script::Satisfied | Script::Dissatisfied | Script::Unreachable) => Ok(None),
        State::Registered if now < it.registered_at.plus(PATIENCE) => Ok(None),
        State::Registered if it.contacts.is_empty() => {
            let note =
                text(if unreachable { "电话无人接听（演练）" } else { "已电话联系（演练）" })?;
            manager(Command::Contact { reached: !unreachable, note })
        }
        State::Registered => manager(Command::File { verified: text("情况属实（演练）。")? }),
        State::Filed => {
            let (reason, week) = (text("一般问题（演练）")?, Week::of(now.day()));
            manager(Command::Grade { level: Level::General, reason, week })
        }
        State::InHandling if unreachable => carry(it, terms, now),
        // What is not general any more goes to the meeting, which no script holds.
        State::InHandling if it.level != Some(Level::General) => Ok(None),
        State::InHandling => {
            let (outcome, text) = (Outcome::Solved, text("已协调办成（演练）。")?);
            manager(Command::Answer { outcome, text, legal_basis: None })
        }
        State::AwaitingApplicant => {
            let satisfied = script == Script::Satisfied;
            let said = Satisfaction {
                responded: true,
                solved: satisfied,
                satisfied,
                comment: None,
                source: Source::Applicant { assurance: it.assurance, speaker: None },
                by: kernel::access::Signature { role: Role::Applicant, code: it.applicant.to_string(), through: None },
                at: now,
            };
            Ok(Some((Hand::Applicant, Command::RecordSatisfaction(said))))
        }
        State::Carried | State::ClosedOut => Ok(None),
    }
}

/// 无法联系: tried on as many days as it takes, then explained and carried with the reform office's approval.
fn carry(it: &Impasse, terms: &Terms, now: Instant) -> Result<Option<(Hand, Command)>, Refusal> {
    if it.carrying_proposal.is_some() {
        let (reason, days) = (text("同意挂账（演练）")?, terms.longest_carrying);
        return Ok(Some((Hand::Reform, Command::RuleOnCarrying { granted: true, reason, days: Some(days) })));
    }
    let mut tried: Vec<_> = it.contacts.iter().map(|contact| contact.at.day()).collect();
    tried.dedup();
    if tried.len() >= terms.contact_attempts {
        let explanation = text("多日多次无法联系（演练）。")?;
        let ground = CarryingGround::Unreachable;
        return Ok(Some((Hand::Manager, Command::ProposeCarrying { ground, explanation })));
    }
    let again = tried.last() != Some(&now.day());
    let note = text("电话无人接听（演练）")?;
    Ok(again.then_some((Hand::Manager, Command::Contact { reached: false, note })))
}
