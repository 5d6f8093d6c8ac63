//! 服务套餐, as shown.

use catalog::{ItemKind, ItemVersion, Package, SharedMaterial, VersionState};
use kernel::ItemCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{schema, views::parts::FileView};

/// 套餐目录的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageLine {
    pub code: String,
    pub name: String,
    pub sector: String,
    /// 事项代码, in the order they are handled in.
    pub items: Vec<String>,
    pub guide: String,
}

impl From<&Package> for PackageLine {
    fn from(package: &Package) -> Self {
        Self {
            code: package.code.to_string(),
            name: package.name.to_string(),
            sector: package.sector.to_string(),
            items: package.order().into_iter().map(|member| member.item.to_string()).collect(),
            guide: package.guide.to_string(),
        }
    }
}

/// 服务套餐
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageView {
    pub code: String,
    pub name: String,
    pub sector: String,
    #[schema(schema_with = schema::variants::<VersionState>)]
    pub state: VersionState,
    pub guide: String,
    /// In the order they are handled in: each after all that it waits for.
    pub members: Vec<OfferedMemberView>,
    /// 共用材料, handed in once.
    pub shared_materials: Vec<SharedMaterialView>,
}

/// 套餐事项
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedMemberView {
    pub item: String,
    /// 前置事项, which must be granted before this one can be accepted.
    pub after: Vec<String>,
    /// The applicant may leave it out.
    pub optional: bool,
    /// As it is on offer today; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_offer: Option<OfferedItemView>,
}

/// 事项概要
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedItemView {
    pub version: u32,
    pub name: String,
    #[schema(schema_with = schema::variants::<ItemKind>)]
    pub kind: ItemKind,
    pub window: String,
    pub department: String,
    /// 法定期限, working days.
    pub statutory: u16,
    /// 承诺期限, working days.
    pub promised: u16,
}

impl From<&ItemVersion> for OfferedItemView {
    fn from(item: &ItemVersion) -> Self {
        Self {
            version: item.version,
            name: item.name.to_string(),
            kind: item.kind,
            window: item.window.to_string(),
            department: item.department.to_string(),
            statutory: item.statutory.0,
            promised: item.promised.0,
        }
    }
}

/// 共用材料
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedMaterialView {
    pub code: String,
    pub name: String,
    /// Where it belongs.
    pub uses: Vec<MaterialUseView>,
    /// 已提交; each is in every case that took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FileView>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialUseView {
    pub item: String,
    pub material: String,
}

impl SharedMaterialView {
    pub fn of(shared: &SharedMaterial, files: Option<Vec<FileView>>) -> Self {
        let used = |used: &catalog::MaterialUse| MaterialUseView {
            item: used.item.to_string(),
            material: used.material.to_string(),
        };
        Self {
            code: shared.code.to_string(),
            name: shared.name.to_string(),
            uses: shared.uses.iter().map(used).collect(),
            files,
        }
    }
}

impl PackageView {
    pub fn of<'a>(package: &Package, item: impl Fn(&ItemCode) -> Option<&'a ItemVersion>) -> Self {
        let member = |member: &catalog::Member| OfferedMemberView {
            item: member.item.to_string(),
            after: member.after.iter().map(ItemCode::to_string).collect(),
            optional: member.optional,
            on_offer: item(&member.item).map(OfferedItemView::from),
        };
        Self {
            code: package.code.to_string(),
            name: package.name.to_string(),
            sector: package.sector.to_string(),
            state: package.state,
            guide: package.guide.to_string(),
            members: package.order().into_iter().map(member).collect(),
            shared_materials: package.shared.iter().map(|shared| SharedMaterialView::of(shared, None)).collect(),
        }
    }
}
