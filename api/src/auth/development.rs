use kernel::{Centre, Instant, PartyId, Role, StaffCode};
use uuid::Uuid;

use super::{Claims, Keys, Scope, token::Audience};
use crate::settings::Tokens;

/// 开发令牌: a short-lived token made on the spot, for trying things out.
#[derive(Clone, Debug)]
pub struct DevelopmentToken {
    pub role: Role,
    /// The window of a clerk, the department of a reviewer, an approver or a head, the party of an applicant, the name of a
    /// system, the code of a hotline.
    pub org: Option<String>,
    pub centre: Centre,
    /// 10 to 60.
    pub minutes: u16,
}

/// Why no token can be made, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BadRequestForToken {
    #[error("角色 {0} 需要 --org（that role needs --org: a window, a department or a party）")]
    OrgMissing(Role),
    #[error("--org 不是有效的{0}（not a valid one）")]
    OrgMalformed(&'static str),
    #[error("令牌签名失败（{0}）")]
    NotSigned(#[from] jsonwebtoken::errors::Error),
}

impl DevelopmentToken {
    /// # Errors
    /// When `org` is missing or is not of the kind that the role needs.
    pub fn sign(&self, keys: &Keys, tokens: &Tokens, now: Instant) -> Result<String, BadRequestForToken> {
        let subject = self.subject()?;
        let is_system = matches!(self.role, Role::Adapter | Role::Hotline);
        let iat = now.unix().0;
        Ok(keys.sign(&Claims {
            iss: tokens.issuer.clone(),
            aud: Audience::One(tokens.audience.clone()),
            exp: iat + u64::from(self.minutes) * 60,
            iat,
            nbf: Some(iat),
            jti: Uuid::now_v7().to_string(),
            client_id: if is_system { subject.clone() } else { "yichuang-token".to_owned() },
            sub: subject,
            centre: self.centre,
            role: self.role,
            scope: (self.role == Role::Adapter).then(|| Scope::joined(Scope::ALL)),
            org: self.org.clone(),
            voucher: None,
            assurance: None,
        })?)
    }

    fn subject(&self) -> Result<String, BadRequestForToken> {
        let role = self.role;
        let org = || self.org.as_deref().ok_or(BadRequestForToken::OrgMissing(role));
        let staff = |org: &str| {
            let code = format!("{role}-{org}");
            match code.parse::<StaffCode>() {
                Ok(_) => Ok(code),
                Err(_) => Err(BadRequestForToken::OrgMalformed("代码")),
            }
        };
        match role {
            Role::Clerk | Role::Reviewer | Role::Approver | Role::DepartmentHead => staff(org()?),
            Role::Adapter => staff(self.org.as_deref().unwrap_or("demo")),
            Role::Hotline => match org()?.parse::<StaffCode>() {
                Ok(code) => Ok(code.to_string()),
                Err(_) => Err(BadRequestForToken::OrgMalformed("热线代码")),
            },
            Role::Applicant => {
                let party = org()?.parse::<PartyId>().map_err(|_| BadRequestForToken::OrgMalformed("申请人编号"))?;
                Ok(party.to_string())
            }
            _ => Ok(role.to_string()),
        }
    }
}
