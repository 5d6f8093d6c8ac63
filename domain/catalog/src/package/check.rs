//! What can be wrong with a package.

use std::collections::{BTreeMap, BTreeSet};

use kernel::ItemCode;

use super::{Member, Package};
use crate::{flaw::Flaw, version::ItemVersion};

const FEWEST_MEMBERS: usize = 2;
const MOST_MEMBERS: usize = 20;
const MOST_SHARED: usize = 50;

type Lookup<'f, 'a> = dyn Fn(&ItemCode) -> Option<&'a ItemVersion> + 'f;

pub(super) fn flaws<'a>(package: &Package, item: &Lookup<'_, 'a>) -> Vec<Flaw> {
    [member_flaws(package, item), order_flaws(package), audience_flaws(package, item), shared_flaws(package, item)]
        .concat()
}

fn member_flaws(package: &Package, item: &Lookup<'_, '_>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if !(FEWEST_MEMBERS..=MOST_MEMBERS).contains(&package.members.len()) {
        flaws.push(Flaw::new("/members", format!("套餐应包含{FEWEST_MEMBERS}至{MOST_MEMBERS}个事项")));
    }
    let mut seen = BTreeSet::new();
    for (at, member) in package.members.iter().enumerate() {
        let pointer = format!("/members/{at}/item");
        if !seen.insert(&member.item) {
            flaws.push(Flaw::new(pointer, format!("事项“{}”重复", member.item)));
        } else if item(&member.item).is_none() {
            flaws.push(Flaw::new(pointer, format!("事项“{}”不存在", member.item)));
        }
    }
    flaws
}

fn order_flaws(package: &Package) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (at, member) in package.members.iter().enumerate() {
        let pointer = format!("/members/{at}/after");
        for before in &member.after {
            match package.member(before) {
                None => flaws.push(Flaw::new(&pointer, format!("前置事项“{before}”不在套餐内"))),
                Some(before) if before.optional && !member.optional => {
                    let detail = format!("必办事项“{}”不能以可选事项“{}”为前置", member.item, before.item);
                    flaws.push(Flaw::new(&pointer, detail));
                }
                Some(_) => {}
            }
        }
    }
    let placed: BTreeSet<&ItemCode> = package.order().into_iter().map(|member| &member.item).collect();
    let mut circle = package.members.iter().filter(|member| !placed.contains(&member.item)).peekable();
    if circle.peek().is_some() {
        let names: Vec<&str> = circle.map(|member| member.item.as_str()).collect();
        flaws.push(Flaw::new("/members", format!("前置关系成环，排不出先后：{}", names.join("、"))));
    }
    flaws
}

/// One applicant must be able to apply for all of it.
fn audience_flaws(package: &Package, item: &Lookup<'_, '_>) -> Vec<Flaw> {
    let audiences: Vec<_> =
        package.members.iter().filter_map(|member| item(&member.item)).map(|it| it.audience).collect();
    let somebody = audiences.iter().all(|it| it.admits_persons()) || audiences.iter().all(|it| it.admits_enterprises());
    if somebody {
        Vec::new()
    } else {
        vec![Flaw::new("/members", "各事项没有共同的服务对象，不能由同一申请人申请")]
    }
}

fn shared_flaws(package: &Package, item: &Lookup<'_, '_>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if package.shared.len() > MOST_SHARED {
        flaws.push(Flaw::new("/shared", format!("不能超过{MOST_SHARED}条")));
    }
    let members: BTreeMap<&ItemCode, &Member> = package.members.iter().map(|member| (&member.item, member)).collect();
    let (mut codes, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (at, shared) in package.shared.iter().enumerate() {
        if !codes.insert(&shared.code) {
            flaws.push(Flaw::new(format!("/shared/{at}/code"), format!("共用材料代码“{}”重复", shared.code)));
        }
        if shared.uses.iter().map(|it| &it.item).collect::<BTreeSet<_>>().len() < 2 {
            let detail = format!("共用材料「{}」应至少用于两个事项", shared.name);
            flaws.push(Flaw::new(format!("/shared/{at}/uses"), detail));
        }
        for (place, used) in shared.uses.iter().enumerate() {
            let pointer = format!("/shared/{at}/uses/{place}");
            let version = item(&used.item);
            if !members.contains_key(&used.item) {
                flaws.push(Flaw::new(pointer, format!("事项“{}”不在套餐内", used.item)));
            } else if version.is_some_and(|version| version.material(&used.material).is_none()) {
                let detail = format!("材料“{}”不在事项“{}”的材料清单内", used.material, used.item);
                flaws.push(Flaw::new(pointer, detail));
            } else if !taken.insert(used) {
                let detail = format!("事项“{}”的材料“{}”只能归入一份共用材料", used.item, used.material);
                flaws.push(Flaw::new(pointer, detail));
            }
        }
    }
    flaws
}
