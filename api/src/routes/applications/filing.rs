//! What a push does in its transaction: the receipt, or a later act on the case, and that it was done.

use std::{collections::BTreeMap, sync::Arc};

use casework::{Case, Command};
use catalog::ItemVersion;
use intake::AttachedFile;
use kernel::{Action, CaseId, Centre, Context, Instant, Refusal, StaffCode, access::may_on};
use persistence::{
    Connection, StoreError, Tx,
    cases::Loaded,
    code_maps, items,
    pushes::{self, Act, Key},
    record,
    uploads::{self, Upload},
};

use super::{
    Push,
    request::{ItemName, PushedMaterial},
};
use crate::{
    auth::Caller,
    codes,
    desk::{Desk, recorded, visible},
    papers::Papers,
    problem::{Answer, Error},
    ratings,
    reply::Reply,
    routes::{
        receipt::{Application, Opening, item_on_offer},
        uploads::FileDigest,
    },
    views::application::{Beside, PushedApplicationView},
};

/// No case has more steps.
const MOST_STEPS: i64 = 10_000;

/// An application as it was pushed, every field checked.
pub(super) struct Filing {
    /// Of the case that it opens.
    pub id: CaseId,
    pub push: Push,
    /// SHA-256 of what it says.
    pub digest: [u8; 32],
    pub item: ItemName,
    pub application: Application,
    pub materials: Vec<PushedMaterial>,
}

impl Filing {
    /// # Errors
    /// `application_differs` for another request under the number; `external_number_used` where the number went in
    /// another way; those of the receipt.
    pub(super) fn file(&self, desk: &Desk, tx: &mut Tx<'_>, caller: &Caller, now: Instant) -> Answer<Reply> {
        let (push, centre) = (&self.push, caller.centre);
        let once = Once::of(push, (Act::Application, 0), desk, &self.digest);
        let known = push.case(tx.read(), caller)?;
        if once.was_done(tx.read(), centre)? {
            // Another process committed between the two queries.
            let Some(id) = known else { return Err(tx.contended().into()) };
            let loaded = visible(tx.read(), caller, id)?;
            return shown(desk, tx.read(), caller, push, &loaded, 200);
        }
        if let Some(id) = known {
            return Err(Refusal::new("external_number_used", format!("该外部编号已收件：{id}")).into());
        }
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(caller, &calendar, now);
        let item = Arc::new(self.item.on_offer(tx, &ctx)?);
        let applicant = self.application.applicant_in(tx, caller, now)?;
        let opening = Opening { id: self.id, item: &item, package: None, waits: false, vouched_by: None };
        let loaded = self.application.open(tx, &applicant, &opening, &ctx)?;
        let commands = attachments(tx, (centre, &push.client), &self.materials, &item, now)?;
        let loaded = carry_out(desk, tx, loaded, commands, &item, &ctx)?;
        once.is_done(tx, &loaded.case, now)?;
        let reply = shown(desk, tx.read(), caller, push, &loaded, 201)?;
        Ok(reply.at(format!("/v1/applications/{}", push.number)))
    }
}

/// What is answered to the retry of an application; none for one that is not filed yet.
///
/// # Errors
/// `application_differs` for another request under the number.
pub(super) fn filed_before(
    desk: &Desk,
    connection: &mut Connection,
    caller: &Caller,
    push: &Push,
    digest: &[u8; 32],
) -> Answer<Option<Reply>> {
    if !Once::of(push, (Act::Application, 0), desk, digest).was_done(connection, caller.centre)? {
        return Ok(None);
    }
    let Some(id) = push.case(connection, caller)? else { return Ok(None) };
    let loaded = visible(connection, caller, id)?;
    shown(desk, connection, caller, push, &loaded, 200).map(Some)
}

impl ItemName {
    /// The version that an application of today begins with.
    ///
    /// # Errors
    /// `item_not_on_offer`; `item_ambiguous` for a 基本编码 that several items on offer share.
    fn on_offer(&self, tx: &mut Tx<'_>, ctx: &Context<'_>) -> Answer<ItemVersion> {
        let code = match self {
            Self::Ours(code) => return item_on_offer(tx, code, ctx),
            Self::National(code) => code,
        };
        let found = items::by_national_code(tx.read(), ctx.actor.centre, code, ctx.today());
        let mut found = found.map_err(StoreError::from)?;
        match (found.pop(), found.is_empty()) {
            (Some(item), true) => Ok(item),
            (Some(_), false) => {
                Err(Refusal::new("item_ambiguous", "多个事项使用该基本编码，请用实施编码或事项代码").into())
            }
            (None, _) => Err(Refusal::new("item_not_on_offer", "该事项不存在或当前不对外受理").into()),
        }
    }
}

/// A correction or a withdrawal as it was pushed.
pub(super) struct Later {
    pub push: Push,
    pub act: Act,
    /// 补正序号; 0 for a withdrawal.
    pub number: u32,
    /// SHA-256 of what it says.
    pub digest: [u8; 32],
    /// What it is, for the policy.
    pub action: Action,
}

/// What commands are made of.
pub(super) struct Matter<'a> {
    pub case: &'a Case,
    pub item: &'a ItemVersion,
    pub ctx: &'a Context<'a>,
}

impl Later {
    /// # Errors
    /// `not_found` for a number that nothing was pushed under; `application_differs`; what the case says.
    pub(super) fn change(
        &self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        caller: &Caller,
        now: Instant,
        commands: impl FnOnce(&mut Tx<'_>, &Matter<'_>) -> Answer<Vec<Command>>,
    ) -> Answer<Reply> {
        let (push, centre) = (&self.push, caller.centre);
        let id = push.case(tx.read(), caller)?.ok_or_else(Error::not_found)?;
        let before = visible(tx.read(), caller, id)?;
        let once = Once::of(push, (self.act, self.number), desk, &self.digest);
        if once.was_done(tx.read(), centre)? {
            return shown(desk, tx.read(), caller, push, &before, 200);
        }
        may_on(caller, self.action, &before.case.whereabouts())?;
        let before = desk.after_what_fell_due(tx, before, now)?;
        let calendar = desk.calendar(tx.read(), centre)?;
        let item = desk.version_of(tx.read(), &before.case)?;
        let ctx = desk.context(caller, &calendar, now);
        let commands = commands(tx, &Matter { case: &before.case, item: &item, ctx: &ctx })?;
        let after = carry_out(desk, tx, before, commands, &item, &ctx)?;
        once.is_done(tx, &after.case, now)?;
        shown(desk, tx.read(), caller, push, &after, 201)
    }
}

/// An act under its number, which is done once.
struct Once<'a> {
    push: &'a Push,
    act: Act,
    number: u32,
    digest: String,
}

impl<'a> Once<'a> {
    fn of(push: &'a Push, (act, number): (Act, u32), desk: &Desk, digest: &[u8; 32]) -> Self {
        Self { push, act, number, digest: keyed(desk, digest) }
    }

    fn key(&self, centre: Centre) -> Key<'_> {
        let Push { client, number } = self.push;
        Key { centre, client, external_no: number.as_str(), act: self.act, number: self.number }
    }

    /// # Errors
    /// `application_differs` where something else was done under it.
    fn was_done(&self, connection: &mut Connection, centre: Centre) -> Answer<bool> {
        match pushes::digest(connection, self.key(centre)).map_err(StoreError::from)? {
            None => Ok(false),
            Some(digest) if digest == self.digest => Ok(true),
            Some(_) => {
                let why = "该编号此前已推送，内容与本次不同；此前推送的仍然有效，请与其核对，不要为同一申请更换编号";
                Err(Refusal::new("application_differs", why).into())
            }
        }
    }

    fn is_done(&self, tx: &mut Tx<'_>, case: &Case, now: Instant) -> Answer<()> {
        let inserted = pushes::insert(tx.write(), self.key(case.centre), case, &self.digest, now);
        Ok(tx.first(inserted)?)
    }
}

/// A keyed digest: that of a body with a document number in it must not be guessed from.
fn keyed(desk: &Desk, body: &[u8; 32]) -> String {
    desk.secret().digest("push", &[body]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes uploaded files for the materials they are named for.
///
/// # Errors
/// `upload_unknown` for a file that is not there, or not any more; `material_not_listed`.
pub(in crate::routes) fn attachments(
    tx: &mut Tx<'_>,
    (centre, client): (Centre, &StaffCode),
    materials: &[PushedMaterial],
    item: &ItemVersion,
    now: Instant,
) -> Answer<Vec<Command>> {
    let mut taken: BTreeMap<&FileDigest, Upload> = BTreeMap::new();
    let mut commands = Vec::new();
    for PushedMaterial { material, files } in materials {
        let named = |spec: &&catalog::Material| {
            spec.code.as_str() == material.as_str() || spec.name.as_str() == material.as_str()
        };
        let spec = item.materials.iter().find(named).ok_or_else(|| {
            Refusal::new("material_not_listed", format!("材料「{material}」不在办事指南的材料清单内"))
        })?;
        for digest in files {
            let upload = match taken.get(digest) {
                Some(upload) => upload,
                None => taken.entry(digest).or_insert(taken_up(tx, (centre, client), digest)?),
            };
            let file = AttachedFile {
                id: upload.file,
                digest: upload.digest.clone(),
                media_type: upload.media_type.clone(),
                bytes: upload.bytes,
                at: now,
                from_case: None,
                at_window: false,
            };
            commands.push(Command::AttachFile { material: spec.code.clone(), file });
        }
    }
    Ok(commands)
}

/// 预上传的附件 as it goes to a case, and to no other after it.
fn taken_up(tx: &mut Tx<'_>, (centre, client): (Centre, &StaffCode), digest: &FileDigest) -> Answer<Upload> {
    let found = uploads::find(tx.read(), centre, client, digest.as_str()).map_err(StoreError::from)?;
    let unknown = || Refusal::new("upload_unknown", format!("附件{digest}尚未上传，或已用于其他推送"));
    let upload = found.ok_or_else(unknown)?;
    if uploads::take(tx.write(), centre, &upload).map_err(StoreError::from)? {
        Ok(upload)
    } else {
        Err(tx.contended().into())
    }
}

/// Several commands to one case as one write.
pub(in crate::routes) fn carry_out(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: Loaded,
    commands: Vec<Command>,
    item: &ItemVersion,
    ctx: &Context<'_>,
) -> Answer<Loaded> {
    let (mut case, mut events) = (before.case.clone(), Vec::new());
    for command in commands {
        let decided = Papers::with(tx, ctx, |papers| case.decide(command, item, papers, ctx))?;
        recorded(case.version, decided.clone(), ctx).iter().for_each(|event| case.apply(event));
        events.extend(decided);
    }
    if events.is_empty() { Ok(before) } else { desk.write_down(tx, before, events, ctx) }
}

/// The application as its system sees it now.
pub(super) fn shown(
    desk: &Desk,
    connection: &mut Connection,
    caller: &Caller,
    push: &Push,
    loaded: &Loaded,
    status: u16,
) -> Answer<Reply> {
    let (case, centre) = (&loaded.case, caller.centre);
    let calendar = desk.calendar(connection, centre)?;
    let item = desk.version_of(connection, case)?;
    let steps = record::timeline(connection, centre, &case.id.to_string(), 0, MOST_STEPS);
    let beside = Beside {
        codes: code_maps::of_holder(connection, centre, &push.client).map_err(StoreError::from)?,
        steps: steps.map_err(StoreError::from)?,
        corrections: pushes::corrections(connection, centre, &push.client, push.number.as_str())
            .map_err(StoreError::from)?,
        query_code: codes::query_code(desk.secret(), case.number.as_str()),
        pick_up_code: codes::pick_up_code(desk.secret(), case),
        anonymous_ratings: ratings::anonymous_for(connection, case, caller.role())?,
    };
    let view = PushedApplicationView::of(loaded, &desk.lens(caller, &item, &calendar), &beside);
    Ok(Reply::json(status, &view)?.tagged(case.version))
}
