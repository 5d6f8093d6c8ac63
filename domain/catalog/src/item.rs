use std::{collections::BTreeSet, num::NonZeroU16};

use kernel::{DepartmentCode, MaterialCode, SectorCode, Text, WindowCode, WorkingDays};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{
    code::{BaseCode, ImplementationCode},
    flaw::Flaw,
    joint::JointTerms,
};

/// The longest limit an item may carry, in working days: about a year. Anything above is a slip of the pen.
const LONGEST: WorkingDays = WorkingDays(250);
/// The longest promise of an item that is finished on the spot: the sitting itself, or its working day.
const ONE_SITTING: WorkingDays = WorkingDays(1);
/// 行政许可法 art. 42(2): the longest statutory limit where bodies handle an item together (rule L3).
const LONGEST_TOGETHER: WorkingDays = WorkingDays(45);
const MOST_MATERIALS: usize = 50;
const MOST_COPIES: u8 = 20;
const MOST_PARAGRAPHS: usize = 30;

/// 办件类型 (GB/T 39046-2020 A.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ItemKind {
    /// 即办件, clause B2-5
    OnTheSpot,
    /// 承诺件, clause B2-6
    PromisedTime,
}

/// 服务对象.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Audience {
    /// 自然人
    Person,
    /// 法人和非法人组织
    Enterprise,
    /// 自然人、法人和非法人组织
    Both,
}

impl Audience {
    pub fn admits_persons(self) -> bool {
        matches!(self, Self::Person | Self::Both)
    }

    pub fn admits_enterprises(self) -> bool {
        matches!(self, Self::Enterprise | Self::Both)
    }
}

/// 材料形式: what has to be handed in or shown on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MaterialForm {
    /// 原件
    Original,
    /// 复印件, checked against the original (clause B2-3)
    Copy,
    /// 原件和复印件
    OriginalAndCopy,
    /// 原件或复印件
    Either,
}

/// Whether words speak of 纸质材料: what they ask for may be wanted on paper only where the guide says so (clause B2-7).
pub fn mentions_paper(words: &str) -> bool {
    words.contains("纸质")
}

/// 送达方式 an item offers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeliveryMethod {
    /// 邮寄送达
    Courier,
    /// 窗口领取
    PickUp,
    /// 电子送达
    Electronic,
}

impl DeliveryMethod {
    pub fn label(self) -> &'static str {
        match self {
            Self::Courier => "邮寄送达",
            Self::PickUp => "窗口领取",
            Self::Electronic => "电子送达",
        }
    }
}

/// 申请材料: one entry of an item's list (clause B2-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    pub code: MaterialCode,
    pub name: Text<200>,
    pub required: bool,
    pub form: MaterialForm,
    /// Whether an electronic material does instead of paper (clause B2-7).
    pub electronic_accepted: bool,
    /// 可容缺: may follow after acceptance (clause B5-3).
    #[serde(default)]
    pub tolerable: bool,
    /// 可告知承诺: the applicant's written commitment may stand in for it (rule L13).
    #[serde(default)]
    pub by_commitment: bool,
    /// 份数.
    #[serde(default = "one")]
    pub copies: u8,
    /// 来源说明: who makes it out, and what to mind.
    pub source: Option<Text<200>>,
}

fn one() -> u8 {
    1
}

/// 办事指南, the part that is prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// 受理条件.
    pub conditions: Vec<Text<500>>,
    /// “教你办” (clause B4-1).
    pub steps: Vec<Text<500>>,
    /// 收费说明.
    pub fee_note: Text<300>,
}

/// What a version of a service item says (clause B3-1). Incomplete while it is a draft; never contradictory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemContent {
    pub name: Text<200>,
    pub base_code: BaseCode,
    pub implementation_code: ImplementationCode,
    pub kind: ItemKind,
    pub sector: SectorCode,
    /// 承办部门.
    pub department: DepartmentCode,
    /// The window that receives it unless the applicant comes elsewhere.
    pub window: WindowCode,
    pub audience: Audience,
    /// 法定期限; zero in a draft that has none yet.
    pub statutory: WorkingDays,
    /// 承诺期限: never longer than the statutory one, and the one that binds (rule L12).
    pub promised: WorkingDays,
    pub legal_basis: Vec<Text<300>>,
    pub guide: Guide,
    pub materials: Vec<Material>,
    /// In the order they are offered: courier comes first (clause B1-3).
    pub delivery: Vec<DeliveryMethod>,
    /// 结果名称.
    pub result_name: Text<100>,
    /// 结果有效期; None where it does not expire.
    pub result_validity_months: Option<NonZeroU16>,
    /// 联审联批: the departments that have a say besides, where several handle it together (clause B3-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<JointTerms>,
}

impl ItemContent {
    pub fn material(&self, code: &MaterialCode) -> Option<&Material> {
        self.materials.iter().find(|material| material.code == *code)
    }

    pub fn delivers_by(&self, method: DeliveryMethod) -> bool {
        self.delivery.contains(&method)
    }

    pub fn is_on_the_spot(&self) -> bool {
        self.kind == ItemKind::OnTheSpot
    }

    /// What contradicts itself or makes no sense, in a draft as in a published version.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = self.limit_flaws();
        if self.implementation_code.base() != self.base_code.as_str() {
            flaws.push(Flaw::new("/implementation_code", "实施编码后12位与基本编码不一致"));
        }
        if self.delivery.iter().collect::<BTreeSet<_>>().len() != self.delivery.len() {
            flaws.push(Flaw::new("/delivery", "送达方式重复"));
        }
        if self.delivery.iter().position(|method| *method == DeliveryMethod::Courier).is_some_and(|at| at > 0) {
            flaws.push(Flaw::new("/delivery", "推荐邮寄送达：提供邮寄的，应列在首位"));
        }
        let lists = [
            ("/materials", self.materials.len(), MOST_MATERIALS),
            ("/legal_basis", self.legal_basis.len(), MOST_PARAGRAPHS),
            ("/guide/conditions", self.guide.conditions.len(), MOST_PARAGRAPHS),
            ("/guide/steps", self.guide.steps.len(), MOST_PARAGRAPHS),
        ];
        let overlong = lists.iter().filter(|(_, length, most)| length > most);
        flaws.extend(overlong.map(|(pointer, _, most)| Flaw::new(*pointer, format!("不能超过{most}条"))));
        flaws.extend(self.material_flaws());
        flaws.extend(self.joint.iter().flat_map(|terms| terms.flaws("/joint", &self.department)));
        flaws
    }

    fn limit_flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if self.promised > self.statutory {
            let detail = format!("承诺期限（{}）不能长于法定期限（{}）", self.promised, self.statutory);
            flaws.push(Flaw::new("/promised", detail));
        }
        if self.statutory > LONGEST {
            flaws.push(Flaw::new("/statutory", format!("法定期限不能超过{LONGEST}")));
        }
        if self.joint.is_some() && self.statutory > LONGEST_TOGETHER {
            let detail = format!("联合办理的，法定期限不能超过{LONGEST_TOGETHER}（《行政许可法》第四十二条第二款）");
            flaws.push(Flaw::new("/statutory", detail));
        }
        if self.is_on_the_spot() && self.promised > ONE_SITTING {
            flaws.push(Flaw::new("/promised", format!("即办件的承诺期限不能超过{ONE_SITTING}")));
        }
        flaws
    }

    fn material_flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut seen = BTreeSet::new();
        for (at, material) in self.materials.iter().enumerate() {
            if !seen.insert(&material.code) {
                flaws.push(Flaw::new(format!("/materials/{at}/code"), format!("材料代码“{}”重复", material.code)));
            }
            if material.tolerable && !material.required {
                let detail = format!("「{}」不是必要材料，无需容缺", material.name);
                flaws.push(Flaw::new(format!("/materials/{at}/tolerable"), detail));
            }
            if !(1..=MOST_COPIES).contains(&material.copies) {
                flaws.push(Flaw::new(format!("/materials/{at}/copies"), format!("份数应为1至{MOST_COPIES}")));
            }
        }
        flaws
    }

    /// What is still to be filled in before the public may see it.
    pub fn gaps(&self) -> Vec<Flaw> {
        let main = self.materials.iter().any(|material| material.required && !material.tolerable);
        let checks = [
            (self.materials.is_empty(), "/materials", "材料清单为空"),
            (!self.materials.is_empty() && !main, "/materials", "至少应有一份必要且不可容缺的主件材料"),
            (self.legal_basis.is_empty(), "/legal_basis", "缺少办理依据"),
            (self.guide.conditions.is_empty(), "/guide/conditions", "办事指南缺少受理条件"),
            (self.guide.steps.is_empty(), "/guide/steps", "办事指南缺少办理步骤"),
            (self.delivery.is_empty(), "/delivery", "缺少送达方式"),
            (self.statutory == WorkingDays(0), "/statutory", "缺少法定期限"),
            (!self.is_on_the_spot() && self.promised == WorkingDays(0), "/promised", "承诺件缺少承诺期限"),
        ];
        checks.into_iter().filter(|(gap, ..)| *gap).map(|(_, at, detail)| Flaw::new(at, detail)).collect()
    }
}
