//! From an identity to an actor.

use std::{fmt, future::Future, pin::Pin};

use kernel::{Actor, Centre, EventId, Instant, PartyId, Posting, Role, StaffCode, access::Who};

use super::{Identity, Scope};
use crate::problem::Error;

/// What a [`PostingSource`] promises.
pub type Postings<'a> = Pin<Box<dyn Future<Output = Result<Vec<Posting>, Error>> + Send + 'a>>;

/// What a program that is registered may do now, whatever its tokens say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub role: Role,
    pub active: bool,
    pub scopes: String,
    /// Which of its secrets are good.
    pub secrets: Vec<String>,
    /// Tokens issued until then are no longer good, in seconds since 1970.
    pub revoked_until: Option<u64>,
}

/// What a [`PostingSource`] promises of a program; None for one that is not registered.
pub type Standings<'a> = Pin<Box<dyn Future<Output = Result<Option<Standing>, Error>> + Send + 'a>>;

/// Whether something that can be used once was used now, and not before.
pub type Used<'a> = Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>>;

/// What a [`PostingSource`] says of a voucher.
pub type Ended<'a> = Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>>;

/// 派驻来源: where the postings in force today and the programs that are registered are known. Asked again after a few
/// seconds at most.
pub trait PostingSource: fmt::Debug + Send + Sync {
    fn postings<'a>(&'a self, centre: Centre, staff: &'a StaffCode, role: Role) -> Postings<'a>;
    fn standing<'a>(&'a self, centre: Centre, client: &'a StaffCode) -> Standings<'a>;
    fn use_up<'a>(&'a self, centre: Centre, client: &'a StaffCode, what: &'a str, until: Instant) -> Used<'a>;
    /// Whether a voucher is there no more, or never was.
    fn has_ended(&self, centre: Centre, voucher: EventId) -> Ended<'_>;
}

/// Nobody is posted anywhere.
#[derive(Clone, Copy, Debug)]
pub struct NoPostings;

impl PostingSource for NoPostings {
    fn postings<'a>(&'a self, _: Centre, _: &'a StaffCode, _: Role) -> Postings<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn standing<'a>(&'a self, _: Centre, _: &'a StaffCode) -> Standings<'a> {
        Box::pin(async { Ok(None) })
    }

    fn use_up<'a>(&'a self, _: Centre, _: &'a StaffCode, _: &'a str, _: Instant) -> Used<'a> {
        Box::pin(async { Ok(false) })
    }

    fn has_ended(&self, _: Centre, _: EventId) -> Ended<'_> {
        Box::pin(async { Ok(true) })
    }
}

/// The actor that an identity is today.
///
/// # Errors
/// When the token's names are not such as we know, its program may no longer call, or the register cannot be read.
pub(super) async fn actor(identity: &Identity, source: &dyn PostingSource) -> Result<Actor, Error> {
    let Identity { centre, role, .. } = *identity;
    let granted = granted(identity, source).await?;
    if let Some(voucher) = identity.voucher
        && source.has_ended(centre, voucher).await?
    {
        return Err(Error::Unauthenticated(Some("voucher_ended")));
    }
    let staff = |name: &str| name.parse::<StaffCode>().map_err(|_| Error::Unauthenticated(Some("bad_subject")));
    let who = match role {
        Role::Clerk | Role::Reviewer | Role::Approver | Role::DepartmentHead => {
            let code = staff(&identity.subject)?;
            let postings = source.postings(centre, &code, role).await?;
            Who::Staff { code, role, postings }
        }
        Role::GovernmentHead
        | Role::Manager
        | Role::Supervisor
        | Role::ReformOfficer
        | Role::SystemAdmin
        | Role::SecurityAdmin
        | Role::AuditAdmin => Who::Official { code: staff(&identity.subject)?, role },
        Role::Applicant => {
            let party = identity.subject.parse::<PartyId>();
            Who::Applicant { party: party.map_err(|_| Error::Unauthenticated(Some("bad_subject")))? }
        }
        Role::Adapter => Who::Adapter { client: staff(&identity.client_id)?, scopes: Scope::read(&granted) },
        Role::Hotline => Who::Hotline { hotline: staff(&identity.client_id)? },
        Role::System => return Err(Error::Unauthenticated(Some("bad_role"))),
    };
    Ok(Actor { centre, who })
}

/// What the token allows and the program behind it is still allowed.
async fn granted(identity: &Identity, source: &dyn PostingSource) -> Result<String, Error> {
    let Ok(client) = identity.client_id.parse::<StaffCode>() else { return Ok(identity.scope.clone()) };
    let Some(standing) = source.standing(identity.centre, &client).await? else { return Ok(identity.scope.clone()) };
    if !standing.active || standing.revoked_until.is_some_and(|until| identity.issued <= until) {
        return Err(Error::Unauthenticated(Some("revoked")));
    }
    let is_still = |name: &&str| standing.scopes.split(' ').any(|one| one == *name);
    Ok(identity.scope.split(' ').filter(is_still).collect::<Vec<_>>().join(" "))
}
