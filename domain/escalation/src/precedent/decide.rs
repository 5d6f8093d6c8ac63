use kernel::{Context, DocumentKind, Refusal, Registry, StaffCode, Text, id::PrecedentId};

use super::{Content, Event, Manuscript, Precedent, PublicText, Ruling, Solved, State, TextDigest, must_be_clean};
use crate::redaction::Known;

/// What is to be done to a precedent. Who may has been settled before.
#[derive(Clone, Debug)]
pub enum Command {
    /// 修改: the whole text anew.
    Edit { content: Content, hides_organisation: bool },
    /// 认定 a finding by its place in the list, from 0: taken out, or left in for a reason.
    Settle { finding: usize, keep: Option<Text<200>> },
    /// 提交审核
    Submit,
    /// 退回修改
    SendBack { reason: Text<500> },
    /// 发布
    Publish,
    /// 修订 of what is public.
    Correct { reason: Text<500> },
    /// 撤下
    Withdraw { reason: Text<500> },
}

/// What was decided: the event, and the text as it is from then on. None where there is no text in the making any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub event: Event,
    pub manuscript: Option<Manuscript>,
    /// What is public from then on, where that changes.
    pub published: Option<PublicText>,
}

impl Decided {
    fn written(event: Event, manuscript: Option<Manuscript>) -> Self {
        Self { event, manuscript, published: None }
    }
}

/// 起草 from a solved impasse.
///
/// # Errors
/// That of the digest, which is a defect.
pub fn draft(
    id: PrecedentId,
    solved: &Solved,
    manuscript: Manuscript,
    registry: &dyn Registry,
) -> Result<Decided, Refusal> {
    let event = Event::Drafted {
        id,
        centre: solved.centre,
        impasse: solved.impasse,
        category: solved.category,
        level: solved.level,
        text: digest(&manuscript.content, registry)?,
    };
    Ok(Decided::written(event, Some(manuscript)))
}

fn digest(text: &impl serde::Serialize, registry: &dyn Registry) -> Result<TextDigest, Refusal> {
    let text = serde_json::to_string(text).map_err(|_| Refusal::new("text_unreadable", "案例文字无法处理"))?;
    Ok(registry.seal(&text))
}

impl Precedent {
    /// State and command give an event or a refusal. `manuscript` is the text in the making; of a correction that begins,
    /// what it begins with. `known` is what is known of the people concerned, for the finder.
    ///
    /// # Errors
    /// `precedent_state` where the state does not allow it; `findings_unsettled`, `must_be_redacted`, `reason_required`,
    /// `no_such_finding`, `still_identifiable`, `own_draft`, `personal_data_in_text`.
    pub fn decide(
        &self,
        command: Command,
        manuscript: Option<&Manuscript>,
        known: &Known,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Result<Decided, Refusal> {
        let written = || manuscript.ok_or_else(|| Refusal::new("no_manuscript", "没有正在编写的文稿"));
        match command {
            Command::Edit { content, hides_organisation } => {
                self.must(State::is_being_written, "修改")?;
                let edited = written()?.edited(content, known, hides_organisation);
                let text = digest(&edited.content, registry)?;
                Ok(Decided::written(Event::Edited { text }, Some(edited)))
            }
            Command::Settle { finding, keep } => {
                self.must(State::is_being_written, "认定个人信息")?;
                settle(written()?, finding, keep, ctx)
            }
            Command::Submit => {
                self.must(State::is_being_written, "提交审核")?;
                let text = digest(&written()?.redacted()?, registry)?;
                Ok(Decided::written(Event::Submitted { text }, manuscript.cloned()))
            }
            Command::SendBack { reason } => {
                self.must(State::is_under_review, "退回")?;
                self.must_be_anothers(ctx)?;
                must_be_clean(&[reason.as_str()])?;
                Ok(Decided::written(Event::SentBack { reason }, manuscript.cloned()))
            }
            Command::Publish => {
                self.must(State::is_under_review, "发布")?;
                self.must_be_anothers(ctx)?;
                let public = written()?.redacted()?;
                let text = digest(&public, registry)?;
                let number = match &self.number {
                    Some(number) => number.clone(),
                    None => registry.number(DocumentKind::Precedent)?,
                };
                let event = Event::Published { number, edition: self.edition + 1, text };
                Ok(Decided { event, manuscript: None, published: Some(public) })
            }
            Command::Correct { reason } => {
                self.must(|state| state == State::Published, "修订")?;
                must_be_clean(&[reason.as_str()])?;
                let text = digest(&written()?.content, registry)?;
                Ok(Decided::written(Event::CorrectionBegun { reason, text }, manuscript.cloned()))
            }
            Command::Withdraw { reason } => {
                self.must(|state| state != State::Withdrawn, "撤下")?;
                must_be_clean(&[reason.as_str()])?;
                Ok(Decided::written(Event::Withdrawn { reason }, None))
            }
        }
    }

    fn must(&self, allowed: impl Fn(State) -> bool, what: &str) -> Result<(), Refusal> {
        if allowed(self.state) {
            return Ok(());
        }
        Err(Refusal::new("precedent_state", format!("案例当前为“{}”，不能{what}", self.state.label())))
    }

    /// 审核人与编写人分开: nobody reviews what they wrote.
    fn must_be_anothers(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        match ctx.actor.staff() {
            Some(staff) if !self.drafters.contains(staff) => Ok(()),
            _ => Err(Refusal::new("own_draft", "编写过该稿的人员不能审核")),
        }
    }
}

fn settle(
    manuscript: &Manuscript,
    finding: usize,
    keep: Option<Text<200>>,
    ctx: &Context<'_>,
) -> Result<Decided, Refusal> {
    let mut settled = manuscript.clone();
    let Some(found) = settled.findings.get_mut(finding) else {
        return Err(Refusal::new("no_such_finding", "没有这一处发现，文字可能已经修改"));
    };
    let by: StaffCode = match ctx.actor.staff() {
        Some(staff) => staff.clone(),
        None => return Err(Refusal::new("role_not_allowed", "应由工作人员认定")),
    };
    let (field, kind) = (found.field, found.spot.kind);
    found.ruling = Some(match &keep {
        None => Ruling::Redact { by },
        Some(reason) => {
            kind.must_be_dismissible()?;
            must_be_clean(&[reason.as_str()])?;
            Ruling::Keep { by, reason: reason.clone() }
        }
    });
    let event = Event::FindingSettled { field, found: kind, redact: keep.is_none(), reason: keep };
    Ok(Decided::written(event, Some(settled)))
}
