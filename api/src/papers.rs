//! 文书登记 within a transaction: numbers from the block-allocated series, seals by SHA-256.

use kernel::{Context, DocumentKind, DocumentNumber, Refusal, Registry};
use persistence::{StoreError, Tx, chain::Digest};

use crate::problem::{Answer, Error};

pub struct Papers<'a, 'b> {
    tx: &'a mut Tx<'b>,
    ctx: &'a Context<'a>,
    failed: Option<StoreError>,
}

impl<'a, 'b> Papers<'a, 'b> {
    /// Lets a decision be made that may number papers. What fails in the store while it is made goes before what the
    /// decision makes of it.
    pub fn with<T>(
        tx: &'a mut Tx<'b>,
        ctx: &'a Context<'a>,
        decide: impl FnOnce(&mut dyn Registry) -> Result<T, Refusal>,
    ) -> Answer<T> {
        let mut papers = Self { tx, ctx, failed: None };
        let decided = decide(&mut papers);
        match papers.failed {
            Some(error) => Err(error.into()),
            None => decided.map_err(Error::from),
        }
    }
}

impl Registry for Papers<'_, '_> {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal> {
        let (centre, year) = (self.ctx.actor.centre, self.ctx.now.year());
        match self.tx.next_number(centre, &kind.to_string(), year) {
            Ok(sequence) => Ok(DocumentNumber::new(centre, kind, year, sequence)),
            Err(error) => {
                self.failed = Some(error);
                Err(Refusal::new("unavailable", "编号服务暂不可用"))
            }
        }
    }

    fn seal(&self, text: &str) -> String {
        Digest::of(text.as_bytes()).to_string()
    }
}

impl std::fmt::Debug for Papers<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Papers").finish_non_exhaustive()
    }
}
