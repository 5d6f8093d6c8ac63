use std::collections::{BTreeMap, BTreeSet};

use catalog::{ItemVersion, Material, mentions_paper};
use kernel::{DocumentNumber, Instant, MaterialCode, Refusal, StaffCode, Text, ledger::Ledger};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{Intake, ScopeFinding, listed};

/// 补正事项: one material, what is wrong with it and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    pub material: MaterialCode,
    pub wrong: Text<500>,
    pub mend: Text<500>,
    /// Wanted on paper; refused where the guide accepts it electronically (clause B2-7).
    #[serde(default)]
    pub on_paper: bool,
    /// Why the copy that is on file is not taken over, where there is one and the material is missing (rule L11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_reused: Option<NotReused>,
}

/// 不调用在档材料的原因, as the window put it on record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NotReused {
    /// 申请人不同意调用
    Declined,
    /// 在档材料已失效或者与现状不符
    Outdated,
}

impl Correction {
    /// 要求纸质材料, flagged or in passing: the words of a notice demand what they mention (clause B2-7).
    fn demands_paper(&self) -> bool {
        self.on_paper || [&self.wrong, &self.mend].iter().any(|words| mentions_paper(words.as_str()))
    }
}

impl NotReused {
    pub fn label(self) -> &'static str {
        match self {
            Self::Declined => "申请人不同意调用",
            Self::Outdated => "在档材料已失效或者与现状不符",
        }
    }
}

/// 一次性告知 and what became of it: one round of correction (clause B2-4, rules L6 and L7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    pub notice: DocumentNumber,
    pub corrections: Vec<Correction>,
    pub told_at: Instant,
    /// 补正期限
    pub limit: Ledger,
    /// 补正材料收到之时
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Instant>,
    /// A further notice for what could have been told at once: who allowed it, and why. Counts against the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Exception>,
}

/// 准许再次告知, by a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    pub reason: Text<500>,
    pub by: StaffCode,
    pub at: Instant,
}

impl Round {
    pub fn lists(&self, material: &MaterialCode) -> bool {
        self.corrections.iter().any(|correction| correction.material == *material)
    }
}

impl Intake {
    /// 一次性告知: everything that is wrong, told once (行政许可法 art. 32(1)(4)). What was told before, or could have been
    /// seen before, is not told again unless a supervisor has allowed it. What is `on_file` for the applicant, and in
    /// which case, is not asked for again (rule L11).
    pub fn may_notify(
        &self,
        item: &ItemVersion,
        corrections: &[Correction],
        on_file: &BTreeMap<MaterialCode, String>,
    ) -> Result<(), Refusal> {
        self.must_be_ready_to_notify(item)?;
        let mut told = BTreeSet::new();
        for correction in corrections {
            let spec = may_be_asked_for(item, &correction.material, correction.demands_paper())?;
            self.must_not_be_on_file(spec, correction.not_reused, on_file)?;
            if !told.insert(&correction.material) {
                return Err(Refusal::new("correction_repeated", format!("「{}」重复列出", spec.name)));
            }
        }
        let defects = self.defects(item);
        let wrong: BTreeSet<_> = defects.iter().map(|spec| &spec.code).collect();
        if let Some(left_out) = named(defects.iter().copied().filter(|spec| !told.contains(&spec.code))) {
            let detail = format!("一次性告知须列明全部问题，还应列明：{left_out}");
            return Err(Refusal::new("notice_incomplete", detail));
        }
        if let Some(sound) = named(item.materials.iter().filter(|m| told.contains(&m.code) && !wrong.contains(&m.code)))
        {
            return Err(Refusal::new("nothing_to_correct", format!("核验未发现问题，不得要求补正：{sound}")));
        }
        Ok(())
    }

    /// 在档材料 of what was not handed in is offered to the applicant before it is asked for, and passed over only for a
    /// reason; what was handed in and is wrong may be named though an earlier copy was good.
    pub(crate) fn must_not_be_on_file(
        &self,
        spec: &Material,
        not_reused: Option<NotReused>,
        on_file: &BTreeMap<MaterialCode, String>,
    ) -> Result<(), Refusal> {
        let offered = on_file.get(&spec.code).filter(|_| !self.is_there(spec));
        match (offered, not_reused) {
            (Some(number), None) => {
                let detail = format!(
                    "「{}」在办件{number}中有在档材料，应先经申请人确认后调用，不得要求再次提交；申请人不同意调用或者在档材料已失效的，须注明",
                    spec.name
                );
                Err(Refusal::new("material_on_file", detail))
            }
            (None, Some(_)) => Err(nothing_on_file(spec)),
            _ => Ok(()),
        }
    }

    /// Whether a notice is possible at all: everything is checked, something is wrong, and it is not the old thing.
    pub fn must_be_ready_to_notify(&self, item: &ItemVersion) -> Result<(), Refusal> {
        if self.scope.as_ref().is_none_or(|scope| scope.finding != ScopeFinding::Within) {
            return Err(Refusal::new("scope_not_checked", "须先核验并认定属于受理范围"));
        }
        if let Some(unchecked) = named(item.materials.iter().filter(|spec| self.is_unchecked(spec))) {
            return Err(Refusal::new("not_all_checked", format!("一次性告知前须核验全部材料，尚未核验：{unchecked}")));
        }
        let defects = self.defects(item);
        if defects.is_empty() {
            return Err(Refusal::new("nothing_to_correct", "材料齐全且符合法定形式，应予受理"));
        }
        match &self.exception {
            Some(_) => Ok(()),
            None => self.must_be_new(&defects),
        }
    }

    /// A notice names every defect there is, so that one old defect makes any notice a second one. What lapsed
    /// unanswered and was reopened is told again, and nothing besides that could have been told then. The window makes
    /// nothing new by adding to it.
    fn must_be_new(&self, defects: &[&Material]) -> Result<(), Refusal> {
        let Some(last) = self.rounds.last() else { return Ok(()) };
        let told_again = |material: &MaterialCode| last.submitted_at.is_none() && last.lists(material);
        let others: Vec<&Material> = defects.iter().copied().filter(|spec| !told_again(&spec.code)).collect();
        let of =
            |wanted: &dyn Fn(&MaterialCode) -> bool| named(others.iter().copied().filter(|spec| wanted(&spec.code)));
        let before = |material: &MaterialCode| self.rounds.iter().any(|round| round.lists(material));
        if let Some(again) = of(&before) {
            let detail = format!("已告知过的问题不得再次告知，补正后仍不符合的应作出不予受理决定：{again}");
            return Err(Refusal::new("already_told", detail));
        }
        let seen_then = |material: &MaterialCode| !self.applicant_changed_since(material, last.told_at);
        if let Some(visible) = of(&seen_then) {
            let detail = format!("首次告知时即可发现的问题不得再次告知：{visible}");
            return Err(Refusal::new("already_visible", detail));
        }
        Ok(())
    }

    /// 提交补正: everything that was asked for has come; at the window it may have come on paper.
    pub fn may_submit(&self, item: &ItemVersion, on_paper: bool) -> Result<(), Refusal> {
        let Some(round) = self.rounds.last() else {
            return Err(Refusal::new("no_correction_pending", "没有待补正的告知"));
        };
        let absent = |spec: &&Material| round.lists(&spec.code) && !self.changed_since(&spec.code, round.told_at);
        match named(item.materials.iter().filter(absent)) {
            Some(absent) if !on_paper => Err(Refusal::new("correction_missing", format!("尚未提交补正材料：{absent}"))),
            _ => Ok(()),
        }
    }

    /// Whether everything that was asked for has come as files, though nobody has said so yet.
    pub fn correction_has_come(&self) -> bool {
        self.rounds.last().is_some_and(|round| {
            round.corrections.iter().all(|correction| self.changed_since(&correction.material, round.told_at))
        })
    }

    /// What was corrected and is still wrong (rule L7: the ground for rejection). What never came was not corrected.
    pub fn still_wrong<'a>(&self, item: &'a ItemVersion) -> Vec<&'a Material> {
        match self.rounds.last() {
            Some(round) if round.submitted_at.is_some() => {
                let came = |spec: &&Material| self.is_there(spec) || self.changed_since(&spec.code, round.told_at);
                self.defects(item).into_iter().filter(|spec| round.lists(&spec.code)).filter(came).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Materials with a finding against them, in the order of the guide.
    pub fn defects<'a>(&self, item: &'a ItemVersion) -> Vec<&'a Material> {
        item.materials.iter().filter(|spec| self.is_defective(spec)).collect()
    }

    pub(crate) fn is_defective(&self, spec: &Material) -> bool {
        let check = self.materials.get(&spec.code).and_then(|handed| handed.check.as_ref());
        check.is_some_and(|check| check.defect().is_some() && (spec.required || check.present))
    }

    /// Found there when it was checked.
    fn is_there(&self, spec: &Material) -> bool {
        let check = self.materials.get(&spec.code).and_then(|handed| handed.check.as_ref());
        check.is_some_and(|check| check.present)
    }

    pub(crate) fn is_unchecked(&self, spec: &Material) -> bool {
        match self.materials.get(&spec.code) {
            Some(handed) => handed.check.is_none(),
            None => spec.required,
        }
    }

    fn changed_since(&self, material: &MaterialCode, at: Instant) -> bool {
        self.materials.get(material).is_some_and(|handed| handed.files.iter().any(|file| file.at > at))
    }

    fn applicant_changed_since(&self, material: &MaterialCode, at: Instant) -> bool {
        let handed = self.materials.get(material);
        handed.is_some_and(|handed| handed.files.iter().any(|file| file.at > at && !file.at_window))
    }

    /// When a material last changed.
    pub fn last_change(&self) -> Option<Instant> {
        self.materials.values().flat_map(|handed| &handed.files).map(|file| file.at).max()
    }
}

pub(crate) fn nothing_on_file(spec: &Material) -> Refusal {
    Refusal::new("nothing_on_file", format!("「{}」没有待调用的在档材料，不填写不调用的原因", spec.name))
}

/// What anybody may ask an applicant for: what the guide lists, and on paper only what it does not accept electronically
/// (clause B2-7).
pub fn may_be_asked_for<'a>(
    item: &'a ItemVersion,
    material: &MaterialCode,
    on_paper: bool,
) -> Result<&'a Material, Refusal> {
    let spec = listed(item, material)?;
    if on_paper && spec.electronic_accepted {
        let detail = format!("「{}」接受电子材料，不得要求另行提供纸质材料", spec.name);
        return Err(Refusal::new("paper_not_to_be_demanded", detail));
    }
    Ok(spec)
}

/// 「甲」、「乙」; None of nothing.
pub(crate) fn named<'a>(materials: impl Iterator<Item = &'a Material>) -> Option<String> {
    let mut names = String::new();
    for spec in materials {
        let before = if names.is_empty() { "「" } else { "、「" };
        names.extend([before, spec.name.as_str(), "」"]);
    }
    (!names.is_empty()).then_some(names)
}
