//! From an identity to an actor.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use kernel::{
    Actor, Centre, EventId, ExternalNo, Instant, PartyId, Posting, Role, StaffCode,
    access::{Mandate, Through, Who},
};
use persistence::gateway_credentials::Credential;

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

/// For whom a voucher was given, and what whoever acts by it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    pub party: PartyId,
    pub through: Through,
    pub mandate: Mandate,
}

/// What a [`PostingSource`] says of a voucher; None for one that has ended, or never was.
pub type Vouchers<'a> = Pin<Box<dyn Future<Output = Result<Option<Vouched>, Error>> + Send + 'a>>;

/// What a [`PostingSource`] says of an access key that a gateway issued.
pub type Credentials<'a> = Pin<Box<dyn Future<Output = Result<Option<Credential>, Error>> + Send + 'a>>;

/// 派驻来源: where the postings in force today and the programs that are registered are known. Asked again after a few
/// seconds at most.
pub trait PostingSource: fmt::Debug + Send + Sync {
    fn postings<'a>(&'a self, centre: Centre, staff: &'a StaffCode, role: Role) -> Postings<'a>;
    fn standing<'a>(&'a self, centre: Centre, client: &'a StaffCode) -> Standings<'a>;
    /// Of what is used again, whether no more than `together` has passed since it was first, by whichever process.
    fn use_up<'a>(
        &'a self,
        centre: Centre,
        client: &'a StaffCode,
        what: &'a str,
        until: Instant,
        together: Duration,
    ) -> Used<'a>;
    fn vouched(&self, centre: Centre, voucher: EventId) -> Vouchers<'_>;
    /// The credential that is good under this access key.
    fn credential<'a>(&'a self, centre: Centre, access_key: &'a ExternalNo) -> Credentials<'a>;
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

    fn use_up<'a>(&'a self, _: Centre, _: &'a StaffCode, _: &'a str, _: Instant, _: Duration) -> Used<'a> {
        Box::pin(async { Ok(false) })
    }

    fn vouched(&self, _: Centre, _: EventId) -> Vouchers<'_> {
        Box::pin(async { Ok(None) })
    }

    fn credential<'a>(&'a self, _: Centre, _: &'a ExternalNo) -> Credentials<'a> {
        Box::pin(async { Ok(None) })
    }
}

/// The actor that an identity is today.
///
/// # Errors
/// When the token's names are not such as we know, its program may no longer call, or the register cannot be read.
pub(super) async fn actor(identity: &Identity, source: &dyn PostingSource) -> Result<Actor, Error> {
    let Identity { centre, role, .. } = *identity;
    let granted = granted(identity, source).await?;
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
            let party = party.map_err(|_| Error::Unauthenticated(Some("bad_subject")))?;
            match identity.voucher {
                None => Who::Applicant { party },
                Some(voucher) => vouched(identity, party, source.vouched(centre, voucher).await?)?,
            }
        }
        Role::Adapter => Who::Adapter { client: staff(&identity.client_id)?, scopes: Scope::read(&granted) },
        Role::Hotline => Who::Hotline { hotline: staff(&identity.client_id)? },
        Role::System => return Err(Error::Unauthenticated(Some("bad_role"))),
    };
    Ok(Actor { centre, who })
}

/// Whoever acts by a voucher: it must stand, and be this program's for this applicant, whoever signed the token.
fn vouched(identity: &Identity, party: PartyId, found: Option<Vouched>) -> Result<Who, Error> {
    let is_theirs = |it: &Vouched| it.party == party && it.through.client.as_str() == identity.client_id;
    let Some(Vouched { through, mandate, .. }) = found.filter(is_theirs) else {
        return Err(Error::Unauthenticated(Some("voucher_ended")));
    };
    Ok(Who::Vouched { party, through: Box::new(through), mandate })
}

/// What the token allows and the program behind it is still allowed.
async fn granted(identity: &Identity, source: &dyn PostingSource) -> Result<String, Error> {
    let Ok(client) = identity.client_id.parse::<StaffCode>() else { return Ok(identity.scope.clone()) };
    let Some(standing) = source.standing(identity.centre, &client).await? else { return Ok(identity.scope.clone()) };
    if !standing.active || standing.revoked_until.is_some_and(|until| identity.issued <= until) {
        return Err(Error::Unauthenticated(Some("revoked")));
    }
    // What was granted for acting in an applicant's name is taken back with the right to vouch.
    if identity.voucher.is_some() && !Scope::Vouch.is_in(&standing.scopes) {
        return Err(Error::Unauthenticated(Some("revoked")));
    }
    let is_still = |name: &&str| standing.scopes.split(' ').any(|one| one == *name);
    Ok(identity.scope.split(' ').filter(is_still).collect::<Vec<_>>().join(" "))
}
