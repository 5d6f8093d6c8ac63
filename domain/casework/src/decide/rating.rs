//! 好差评 (clause B5-8).

use kernel::{Context, Refusal};

use super::{Decided, one};
use crate::{
    case::Case,
    event::Event,
    rating::{MOST_TAGS, Rating, RatingForm},
};

impl Case {
    /// 评价 by name. One more of what was rated anonymously would tell whoever is rated that it was.
    pub(super) fn rate(&self, form: RatingForm, anonymous: &[Rating], ctx: &Context<'_>) -> Decided {
        let stage = form.stage;
        let rating = self.rating(form, anonymous, ctx)?;
        if anonymous.iter().any(|earlier| earlier.stage == stage) {
            return Err(Refusal::new("rated_anonymously", "该环节此前为匿名评价，追评也须匿名"));
        }
        one(Event::Rated(Box::new(rating)))
    }

    /// 匿名评价, which is no event of the case.
    ///
    /// # Errors
    /// `nothing_to_rate`, `all_rated`; `already_rated`, `already_rated_again`, `not_rated_yet`; `too_many_tags`.
    pub fn rate_anonymously(
        &self,
        form: RatingForm,
        anonymous: &[Rating],
        ctx: &Context<'_>,
    ) -> Result<Rating, Refusal> {
        Ok(Rating { anonymous: true, ..self.rating(form, anonymous, ctx)? })
    }

    fn rating(&self, form: RatingForm, anonymous: &[Rating], ctx: &Context<'_>) -> Result<Rating, Refusal> {
        self.may_rate(anonymous)?;
        let RatingForm { id, stage, additional, level, tags, text, channel } = form;
        let sequence = self.next_rating(stage, additional, anonymous)?;
        if tags.len() > MOST_TAGS {
            return Err(Refusal::new("too_many_tags", format!("评价标签最多{MOST_TAGS}个")));
        }
        Ok(Rating { id, stage, sequence, level, tags, text, anonymous: false, channel, at: ctx.now })
    }
}
