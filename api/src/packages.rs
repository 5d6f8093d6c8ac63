//! 套餐申请: the cases of one application read and changed together (clause C1-1, rule L10).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use casework::{
    Case, Command, Rating, Stage, begin_check,
    package::{Application, MemberCase, MemberCases},
    predecessor_failed,
};
use catalog::{ItemVersion, MaterialUse};
use intake::AttachedFile;
use kernel::{
    Action, Actor, Centre, Context, Instant, ItemCode, MaterialCode, Refusal, Role, Text,
    access::{Denial, Sight, Who, may_on, roles_for},
    id::PackageApplicationId,
};
use persistence::{
    Connection, StoreError, Tx,
    cases::{self, Loaded},
    packages::applications,
};

use crate::{
    auth::Caller,
    desk::Desk,
    papers::Papers,
    problem::{Answer, Error},
    ratings,
    views::case::{CaseView, Lens, PermitView},
};

/// What the record of an application itself says; whatever else happens to it is on the records of its cases.
pub const KINDS: [&str; 1] = [DEADLINES_MOVED];

/// 期限重算: dates of its own moved with the calendar.
pub const DEADLINES_MOVED: &str = "package_application_deadlines_moved";

/// An application with its cases.
#[derive(Debug)]
pub struct Bundle {
    pub application: Application,
    /// By item.
    pub cases: BTreeMap<ItemCode, Held>,
}

/// 套餐内一个事项的办件, with the version of the item it began with.
#[derive(Debug)]
pub struct Held {
    pub loaded: Loaded,
    pub item: Arc<ItemVersion>,
}

/// 部分撤回
#[derive(Clone, Debug)]
pub struct Withdrawal {
    pub items: BTreeSet<ItemCode>,
    pub reason: Text<500>,
    /// Those that wait for them fall too.
    pub with_dependents: bool,
}

impl Bundle {
    /// The application, if the caller may know of it at all: whoever sees one of its cases sees how it goes as a whole.
    pub fn visible(
        desk: &Desk,
        connection: &mut Connection,
        caller: &Caller,
        id: PackageApplicationId,
    ) -> Answer<Self> {
        let found = Self::load(desk, connection, caller.centre, id)?;
        let sight = caller.sight();
        let is_visible = |bundle: &Self| is_known_by(&sight, bundle.all());
        found.filter(is_visible).ok_or_else(Error::not_found)
    }

    pub fn load(
        desk: &Desk,
        connection: &mut Connection,
        centre: Centre,
        id: PackageApplicationId,
    ) -> Answer<Option<Self>> {
        let stored = applications::get(connection, centre, id).map_err(StoreError::from)?;
        stored.map(|stored| Self::of(desk, connection, stored.application)).transpose()
    }

    pub fn of(desk: &Desk, connection: &mut Connection, application: Application) -> Answer<Self> {
        let loaded = cases::of_package(connection, application.centre, application.id).map_err(StoreError::from)?;
        let mut cases = BTreeMap::new();
        for loaded in loaded {
            let item = desk.version_of(connection, &loaded.case)?;
            cases.insert(loaded.case.item.code.clone(), Held { loaded, item });
        }
        Ok(Self { application, cases })
    }

    pub fn member_cases(&self) -> MemberCases<'_> {
        let members = self.cases.iter();
        members.map(|(item, held)| (item.clone(), MemberCase { case: &held.loaded.case, item: &held.item })).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Case> {
        self.cases.values().map(|held| &held.loaded.case)
    }

    /// As it is once everything has happened to its cases that has fallen due by `now`, in the order in which a completion
    /// goes on too.
    pub fn after_what_fell_due(mut self, desk: &Desk, tx: &mut Tx<'_>, now: Instant) -> Answer<Self> {
        for member in self.application.members.clone() {
            let Some(held) = self.cases.get(&member.item) else { continue };
            let fallen = desk.after_what_fell_due(tx, held.loaded.clone(), now)?;
            if fallen.case.version != held.loaded.case.version {
                // What fell due to one may have moved those that wait for it.
                self = Self::of(desk, tx.read(), self.application)?;
            }
        }
        Ok(self)
    }

    /// Rises with every event of every case.
    pub fn version(&self) -> u64 {
        self.application.version + self.all().map(|case| case.version).sum::<u64>()
    }

    /// The records whose entries make its versions.
    pub fn streams(&self) -> Vec<String> {
        let own = std::iter::once(self.application.id.to_string());
        own.chain(self.all().map(|case| case.id.to_string())).collect()
    }

    /// 共用材料: whether the caller may hand it in at all; at one of the windows it goes to is enough.
    ///
    /// # Errors
    /// `material_not_shared`; `not_posted_here`; `voucher_required`; `item_beyond_mandate`.
    pub fn must_welcome(&self, caller: &Caller, shared: &MaterialCode) -> Answer<()> {
        let uses = &self.application.shared(shared)?.uses;
        let held = uses.iter().filter_map(|used| self.cases.get(&used.item));
        let verdicts = held.map(|held| may_on(caller, Action::AttachFile, &held.loaded.case.whereabouts()));
        let verdicts: Vec<Result<(), Denial>> = verdicts.collect();
        // It goes to all of them, so an agent needs all of their items.
        if verdicts.contains(&Err(Denial::ItemBeyondMandate)) {
            return Err(Denial::ItemBeyondMandate.into());
        }
        let best = verdicts.into_iter().reduce(Result::or).unwrap_or(Err(Denial::NotPostedHere));
        Ok(best.map_err(in_sight_of_the_whole)?)
    }

    /// 共用材料分发: attaches one stored file to every case that takes it: the bytes are there once.
    ///
    /// # Errors
    /// Those of [`Bundle::must_welcome`]; `no_member_takes_it` where none is open any more; what the cases say.
    pub fn attach(
        mut self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        (caller, shared): (&Caller, &MaterialCode),
        file: &AttachedFile,
        ctx: &Context<'_>,
    ) -> Answer<()> {
        self.must_welcome(caller, shared)?;
        let uses = self.application.spread(shared, &self.member_cases())?;
        if uses.is_empty() {
            return Err(Refusal::new("no_member_takes_it", "该共用材料所涉事项均已不能再提交材料").into());
        }
        for MaterialUse { item, material } in uses {
            let command = Command::AttachFile { material, file: file.clone() };
            // An item may list the same thing twice.
            let Some(held) = self.cases.remove(&item) else { continue };
            self.cases.insert(item, held.changed(desk, tx, command, ctx)?);
        }
        Ok(())
    }

    /// 部分撤回: the named members and, if that is asked, those that wait for them. The row of the whole is taken first, as
    /// for everything that moves more than one of its cases.
    ///
    /// # Errors
    /// `not_a_member`; `dependents_would_fall` where others wait for them and are not to fall; what the cases say.
    pub fn withdraw(
        mut self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        caller: &Caller,
        withdrawal: &Withdrawal,
        ctx: &Context<'_>,
    ) -> Answer<()> {
        let falling = self.falling(caller, withdrawal, ctx)?;
        let member = falling.first().and_then(|item| self.cases.get(item));
        let application = member.map(|held| take(tx, &held.loaded.case)).transpose()?.flatten();
        for item in falling {
            let Some(held) = self.cases.remove(&item) else { continue };
            may_on(caller, Action::Withdraw, &held.loaded.case.whereabouts()).map_err(in_sight_of_the_whole)?;
            held.changed(desk, tx, Command::Withdraw { reason: withdrawal.reason.clone() }, ctx)?;
        }
        application.map_or(Ok(()), |application| go_on(desk, tx, application, ctx))
    }

    fn falling(&self, caller: &Caller, withdrawal: &Withdrawal, ctx: &Context<'_>) -> Answer<Vec<ItemCode>> {
        let members = self.member_cases();
        let mut dependents = BTreeSet::new();
        for item in &withdrawal.items {
            self.application.member(item)?;
            if let Some(held) = self.cases.get(item) {
                may_on(caller, Action::Withdraw, &held.loaded.case.whereabouts()).map_err(in_sight_of_the_whole)?;
                held.loaded.case.guard(Action::Withdraw, &held.item, ctx)?;
            }
            dependents.extend(self.application.falls_with(item, &members));
        }
        let others: Vec<&ItemCode> = dependents.difference(&withdrawal.items).collect();
        if !others.is_empty() && !withdrawal.with_dependents {
            let named = |item: &&ItemCode| self.cases.get(*item).map(|held| format!("「{}」", held.item.name));
            let names: Vec<String> = others.iter().filter_map(named).collect();
            let detail = format!("{}以所撤回的事项为前置，须一并撤回", names.join("、"));
            return Err(Refusal::new("dependents_would_fall", detail).into());
        }
        let falls = |item: &&ItemCode| withdrawal.items.contains(*item) || dependents.contains(*item);
        let in_order = self.application.members.iter().map(|member| &member.item);
        Ok(in_order.filter(falls).cloned().collect())
    }
}

impl Held {
    fn changed(self, desk: &Desk, tx: &mut Tx<'_>, command: Command, ctx: &Context<'_>) -> Answer<Self> {
        let Self { loaded, item } = self;
        let events = Papers::with(tx, ctx, |papers| loaded.case.decide(command, &item, papers, ctx))?;
        Ok(Self { loaded: desk.write_alone(tx, loaded, events, ctx)?, item })
    }
}

/// Who sees the application knows that the case is there.
fn in_sight_of_the_whole(denial: Denial) -> Denial {
    match denial {
        Denial::Hidden => Denial::NotPostedHere,
        other => other,
    }
}

/// Whoever sees one of the cases of an application knows of the whole.
fn is_known_by<'a>(sight: &Sight, mut cases: impl Iterator<Item = &'a Case>) -> bool {
    cases.any(|case| sight.covers(&case.whereabouts()))
}

/// Whether whoever has this sight may know of an application; None where there is no such application.
///
/// # Errors
/// Those of the store.
pub fn is_in_sight(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    id: PackageApplicationId,
) -> Answer<Option<bool>> {
    let members = cases::of_package(connection, centre, id).map_err(StoreError::from)?;
    Ok((!members.is_empty()).then(|| is_known_by(sight, members.iter().map(|member| &member.case))))
}

/// The application that a case is part of, its row held until the end of the transaction.
pub fn take(tx: &mut Tx<'_>, member: &Case) -> Answer<Option<Application>> {
    let Some(id) = member.package else { return Ok(None) };
    let stored = applications::get(tx.read(), member.centre, id).map_err(StoreError::from)?;
    let application = stored.ok_or_else(|| Error::internal("a case of no application"))?.application;
    hold(tx, application).map(Some)
}

/// Its row is held until the end of the transaction, and its version rises.
///
/// # Errors
/// Where somebody else was faster.
pub fn hold(tx: &mut Tx<'_>, mut application: Application) -> Answer<Application> {
    let seen = application.version;
    application.version += 1;
    match applications::save(tx.write(), seen, &application).map_err(StoreError::from)? {
        true => Ok(application),
        false => Err(tx.contended().into()),
    }
}

/// 串联事项: a member was decided, ended or taken up again, in this transaction. The check of those that waited for it alone
/// begins; those that were under way are held back or go on; those that cannot be accepted any more end with a notice. All
/// of it nobody signs but the system (rule L10).
pub fn go_on(desk: &Desk, tx: &mut Tx<'_>, application: Application, ctx: &Context<'_>) -> Answer<()> {
    let mut bundle = Bundle::of(desk, tx.read(), application)?;
    if !bundle.application.holds(&bundle.member_cases(), ctx.today())?.is_empty() {
        // What time has done by now to whoever is held back comes before.
        bundle = bundle.after_what_fell_due(desk, tx, ctx.now)?;
    }
    let members = bundle.member_cases();
    let (released, barred) = (bundle.application.released(&members), bundle.application.barred(&members));
    let holds = bundle.application.holds(&members, ctx.today())?;
    let actor = Actor { centre: bundle.application.centre, who: Who::System };
    let ctx = Context { actor: &actor, ..*ctx };
    for item in released {
        let Some(held) = bundle.cases.remove(&item) else { continue };
        desk.write_alone(tx, held.loaded, vec![begin_check(&ctx)], &ctx)?;
    }
    for (item, event) in holds {
        let Some(held) = bundle.cases.remove(&item) else { continue };
        desk.write_alone(tx, held.loaded, vec![event], &ctx)?;
    }
    for (item, why) in barred {
        let Some(held) = bundle.cases.remove(&item) else { continue };
        let event = Papers::with(tx, &ctx, |papers| predecessor_failed(&why, papers))?;
        desk.write_alone(tx, held.loaded, vec![event], &ctx)?;
    }
    Ok(())
}

/// What the database knows of a case beside its row, as far as it is shown.
#[derive(Debug)]
pub struct Beside {
    anonymous: Vec<Rating>,
    /// What the others of its package say to its reopening (rule L10).
    turn: Result<(), Refusal>,
}

impl Beside {
    /// `role` is who is to see it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(desk: &Desk, connection: &mut Connection, case: &Case, role: Role) -> Answer<Self> {
        let may_come_back =
            Stage::of(Action::Reopen).contains(&case.stage) && roles_for(Action::Reopen).contains(&role);
        let turn = match may_come_back.then(|| must_be_its_turn(desk, connection, case)) {
            Some(Err(Error::Refused(refusal))) => Err(refusal),
            Some(other) => Ok(other?),
            None => Ok(()),
        };
        Ok(Self { anonymous: ratings::anonymous_for(connection, case, role)?, turn })
    }

    /// The case as it is shown, its anonymous ratings to whoever may know of them.
    pub fn show(self, loaded: &Loaded, lens: &Lens<'_>) -> CaseView {
        let mut view = CaseView::of(loaded, lens, &self.anonymous);
        let reopening =
            view.allowed_actions.iter_mut().find(|permit| permit.action == Action::Reopen && permit.allowed);
        if let (Some(permit), Err(refusal)) = (reopening, self.turn) {
            *permit = PermitView::new(Action::Reopen, Err(refusal));
        }
        view
    }
}

/// A case as it is shown, with what stands [`Beside`] it.
///
/// # Errors
/// Those of the store.
pub fn shown(desk: &Desk, connection: &mut Connection, loaded: &Loaded, lens: &Lens<'_>) -> Answer<CaseView> {
    Ok(Beside::of(desk, connection, &loaded.case, lens.ctx.actor.role())?.show(loaded, lens))
}

/// 恢复办理 of a member whose turn it is not would begin its check before what it waits for is done (rule L10). One that was
/// closed goes on with its review, and is held back there.
///
/// # Errors
/// `predecessor_pending`; `predecessor_failed`.
pub fn must_be_its_turn(desk: &Desk, connection: &mut Connection, member: &Case) -> Answer<()> {
    let Some(id) = member.package.filter(|_| member.stage != Stage::Closed) else { return Ok(()) };
    let bundle = Bundle::load(desk, connection, member.centre, id)?;
    let bundle = bundle.ok_or_else(|| Error::internal("a case of no application"))?;
    Ok(bundle.application.may_accept(&member.item.code, &bundle.member_cases())?)
}
