//! Who is calling: keys, tokens, and the way from a token's claims to an actor with the postings of the day.

mod actor;
mod assertion;
mod authenticator;
mod caller;
mod development;
mod gateway;
mod jwks;
mod keys;
mod outside;
mod scope;
mod secret;
mod token;

pub use actor::{Credentials, NoPostings, PostingSource, Postings, Standing, Standings, Used, Vouched, Vouchers};
pub use assertion::Assertion;
pub use authenticator::SignedDigest;
pub use authenticator::{Authenticator, BadTrust};
pub use caller::{Caller, MaybeCaller};
pub use development::{BadRequestForToken, DevelopmentToken};
pub use jwks::{BadJwks, KeySet};
pub use keys::{BadKeys, Keys};
pub use outside::Outside;
pub use scope::Scope;
pub use secret::Secret;
pub use token::{Audience, Claims, Identity, SignedWith, Terms, Verifier};
