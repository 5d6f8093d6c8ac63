use std::fmt;

use api::auth::{Audience, Claims, Scope};
use kernel::{Centre, Role};
use reqwest::Method;
use uuid::Uuid;

use crate::{Call, Hall};

/// A second centre, beside the one that the server is set up for.
pub const OTHER_CENTRE: &str = "331082";

/// Somebody with a token, or nobody in particular.
#[derive(Clone)]
pub struct Caller {
    pub(crate) hall: Hall,
    identity: Option<Identity>,
    token: Option<String>,
}

#[derive(Clone)]
struct Identity {
    role: Role,
    subject: String,
    centre: Centre,
    scope: Option<String>,
}

impl Caller {
    pub(crate) fn nobody(hall: &Hall) -> Self {
        Self { hall: hall.clone(), identity: None, token: None }
    }

    pub(crate) fn new(hall: &Hall, role: Role, subject: &str) -> Self {
        let scope = (role == Role::Adapter).then(|| Scope::joined(Scope::ALL));
        Self::signed(hall, Identity { role, subject: subject.to_owned(), centre: hall.centre(), scope })
    }

    fn signed(hall: &Hall, identity: Identity) -> Self {
        let token = hall.keys().sign(&identity.claims()).unwrap();
        Self { hall: hall.clone(), identity: Some(identity), token: Some(token) }
    }

    fn again(&self, change: impl FnOnce(&mut Identity)) -> Self {
        let mut identity = self.identity.clone().unwrap();
        change(&mut identity);
        Self::signed(&self.hall, identity)
    }

    /// The same caller in another centre.
    pub fn in_centre(&self, centre: &str) -> Self {
        self.again(|identity| identity.centre = centre.parse().unwrap())
    }

    /// A system with this scope and no other.
    pub fn with_scope(&self, scope: &str) -> Self {
        self.again(|identity| identity.scope = Some(scope.to_owned()))
    }

    /// The same caller with a token that the server has not seen.
    pub fn anew(&self) -> Self {
        self.again(|_| ())
    }

    /// Whoever this token says.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The token's claims, to be changed and signed again.
    pub fn claims(&self) -> Claims {
        self.identity.as_ref().unwrap().claims()
    }

    pub fn hall(&self) -> &Hall {
        &self.hall
    }

    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub fn role(&self) -> Option<Role> {
        self.identity.as_ref().map(|identity| identity.role)
    }

    /// As the record signs them: 工号, party or client.
    pub fn code(&self) -> &str {
        self.identity.as_ref().map_or("", |identity| &identity.subject)
    }

    pub(crate) fn is_system(&self) -> bool {
        matches!(self.role(), Some(Role::Adapter | Role::Hotline))
    }

    pub(crate) fn name(&self) -> String {
        self.role().map_or_else(|| "a stranger".to_owned(), |role| format!("{role} {}", self.code()))
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self, method, path)
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }
}

impl Identity {
    fn claims(&self) -> Claims {
        let now = u64::try_from(chrono::Utc::now().timestamp()).unwrap();
        Claims {
            iss: "urn:yichuang".to_owned(),
            sub: self.subject.clone(),
            aud: Audience::One("yichuang".to_owned()),
            exp: now + 600,
            iat: now,
            nbf: None,
            jti: Uuid::now_v7().to_string(),
            client_id: if matches!(self.role, Role::Adapter | Role::Hotline) {
                self.subject.clone()
            } else {
                "tests".to_owned()
            },
            centre: self.centre,
            role: self.role,
            scope: self.scope.clone(),
            org: None,
            voucher: None,
            assurance: None,
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
