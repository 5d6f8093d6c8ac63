//! From an identity to an actor.

use std::{fmt, future::Future, pin::Pin};

use kernel::{
    Actor, Centre, PartyId, Posting, Role, StaffCode,
    access::{Scopes, Who},
};

use super::Identity;
use crate::problem::Error;

/// What a [`PostingSource`] promises.
pub type Postings<'a> = Pin<Box<dyn Future<Output = Result<Vec<Posting>, Error>> + Send + 'a>>;

/// 派驻来源: where the postings in force today are known. Asked again after a few seconds at most.
pub trait PostingSource: fmt::Debug + Send + Sync {
    fn postings<'a>(&'a self, centre: Centre, staff: &'a StaffCode, role: Role) -> Postings<'a>;
}

/// Nobody is posted anywhere.
#[derive(Clone, Copy, Debug)]
pub struct NoPostings;

impl PostingSource for NoPostings {
    fn postings<'a>(&'a self, _: Centre, _: &'a StaffCode, _: Role) -> Postings<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The actor that an identity is today.
///
/// # Errors
/// When the token's names are not such as we know, or the postings cannot be read.
pub(super) async fn actor(identity: &Identity, source: &dyn PostingSource) -> Result<Actor, Error> {
    let Identity { centre, role, .. } = *identity;
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
        Role::Adapter => Who::Adapter { client: staff(&identity.client_id)?, scopes: scopes(&identity.scope) },
        Role::Hotline => Who::Hotline { hotline: staff(&identity.client_id)? },
        Role::System => return Err(Error::Unauthenticated(Some("bad_role"))),
    };
    Ok(Actor { centre, who })
}

fn scopes(scope: &str) -> Scopes {
    let has = |name| scope.split(' ').any(|one| one == name);
    Scopes { read: has("cases:read"), write: has("cases:write") }
}
