//! Service packages, clause C1-1.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeSet, sync::LazyLock};

use catalog::{
    Catalog, Flaw, ItemVersion, MaterialUse, Member, Package, VersionState, WENLING, WENLING_PACKAGES, read_packages,
};
use chrono::NaiveDate;
use kernel::ItemCode;
use proptest::prelude::*;
use serde_json::{Value, json};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| catalog::read(WENLING, today()).unwrap());

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn item(code: &ItemCode) -> Option<&'static ItemVersion> {
    CATALOG.items.iter().find(|version| version.item == *code)
}

fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

fn document() -> Value {
    serde_json::from_str(WENLING_PACKAGES).unwrap()
}

/// The reference package for an industrial project, as a draft.
fn project() -> Package {
    serde_json::from_value(document()[0].clone()).unwrap()
}

fn told(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Clause C1-1: the reference packages are sound, public, and every shared material spares something.
#[test]
fn the_reference_packages_are_on_offer() {
    let packages = read_packages(WENLING_PACKAGES, &CATALOG, today()).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(packages.len(), 2);
    for package in &packages {
        assert_eq!(package.must_be_on_offer(), Ok(()));
        assert_eq!(package.order().len(), package.members.len());
        assert!(package.members.iter().any(|member| !member.after.is_empty()), "{}", package.name);
        assert!(package.members.iter().any(|member| member.optional), "{}", package.name);
        assert!(package.shared.len() >= 2, "{}", package.name);
        let body = serde_json::to_string(package).unwrap();
        assert_eq!(serde_json::from_str::<Package>(&body).unwrap(), *package);
    }
}

/// Clause C1-1: everything that is wrong is told at once, each with its place.
#[test]
fn every_flaw_of_a_package_is_named() {
    let mut package = project();
    package.members[1].item = code("no-such-item");
    package.members[4].item = code("law-legal-aid");
    package.members.push(package.members[0].clone());
    package.members[0].after.insert(code("policy-technology-upgrade-grant"));
    package.shared[1].code = package.shared[0].code.clone();
    package.shared[2].uses[0].material = "no-such-material".parse().unwrap();
    package.shared[3].uses[1] = package.shared[3].uses[0].clone();
    insta::assert_snapshot!(told(&package.flaws(item)), @r"
    /members/1/item 事项“no-such-item”不存在
    /members/5/item 事项“project-investment-filing”重复
    /members/0/after 必办事项“project-investment-filing”不能以可选事项“policy-technology-upgrade-grant”为前置
    /members/2/after 前置事项“project-environment-report”不在套餐内
    /members 各事项没有共同的服务对象，不能由同一申请人申请
    /shared/0/uses/0 事项“project-environment-report”不在套餐内
    /shared/0/uses/2 事项“finance-mortgage-registration”不在套餐内
    /shared/1/code 共用材料代码“land-title”重复
    /shared/1/uses/0 事项“project-environment-report”不在套餐内
    /shared/2/uses/0 材料“no-such-material”不在事项“project-investment-filing”的材料清单内
    /shared/2/uses/1 事项“finance-mortgage-registration”不在套餐内
    /shared/3/uses 共用材料「授权委托书及经办人身份证件」应至少用于两个事项
    /shared/3/uses/1 事项“project-investment-filing”的材料“mandate”只能归入一份共用材料
    ");
}

/// Clause C1-1: two members that wait for one another never begin, and nor does what waits for them.
#[test]
fn a_circle_of_members_is_refused() {
    let mut package = project();
    package.members[0].after.insert(code("project-construction-permit"));
    assert!(told(&package.flaws(item)).contains("前置关系成环"));
    let refusal = package.publish(item, today()).unwrap_err();
    assert_eq!(refusal.code, "package_incoherent");
    assert_eq!(package.order().len(), 1, "only the mortgage waits for nobody");
}

/// Clause C1-1
#[test]
fn a_package_has_two_to_twenty_members() {
    let mut package = project();
    package.members.truncate(1);
    package.shared.clear();
    assert_eq!(told(&package.flaws(item)), "/members 套餐应包含2至20个事项");
    let everything = CATALOG.items.iter().filter(|version| version.audience.admits_enterprises()).take(21);
    package.members = everything.map(|version| plain(&version.item)).collect();
    assert_eq!(told(&package.flaws(item)), "/members 套餐应包含2至20个事项");
    package.members.pop();
    assert_eq!(package.flaws(item), []);
}

/// Clauses C1-1, B3-1: a package is offered while all its items are, does not change once public, and does not return.
#[test]
fn a_package_goes_from_draft_to_published_to_withdrawn() {
    let draft = project();
    assert_eq!(draft.must_be_on_offer().unwrap_err().code, "package_not_on_offer");
    assert_eq!(draft.withdraw().unwrap_err().code, "not_published");
    let public = draft.publish(item, today()).unwrap();
    assert_eq!(public.state, VersionState::Published);
    assert_eq!(public.must_be_draft().unwrap_err().code, "not_a_draft");
    let withdrawn = public.withdraw().unwrap();
    assert_eq!(withdrawn.must_be_on_offer().unwrap_err().code, "package_not_on_offer");
    assert_eq!(withdrawn.publish(item, today()).unwrap_err().code, "not_a_draft");

    let gone = item(&code("project-construction-permit")).unwrap().withdraw(today()).unwrap();
    let lookup = |it: &ItemCode| if *it == gone.item { Some(&gone) } else { item(it) };
    assert_eq!(draft.publish(lookup, today()).unwrap_err().code, "item_not_on_offer");
}

/// Clause C1-1: a list of packages is taken whole or not at all.
#[test]
fn every_bad_package_of_a_list_is_named() {
    let mut list = document();
    list[0]["sector"] = json!("nowhere");
    list[1]["members"][0]["itme"] = json!("x");
    let repeated = document()[1].clone();
    list.as_array_mut().unwrap().extend([repeated.clone(), repeated]);
    let report = read_packages(&list.to_string(), &CATALOG, today()).unwrap_err();
    insta::assert_snapshot!(report, @r"
    目录文件有3处错误，未导入任何内容
    套餐 industrial-project（/0/sector）：板块“nowhere”不存在
    套餐 new-enterprise（/1/members/0/itme）：未知字段“itme”
    套餐 new-enterprise（/3/code）：代码重复
    ");
    assert!(read_packages("{}", &CATALOG, today()).is_err());
}

fn plain(item: &ItemCode) -> Member {
    Member { item: item.clone(), after: BTreeSet::new(), optional: false }
}

/// Members in an order of their own, each waiting for some that come earlier in it.
fn acyclic() -> impl Strategy<Value = (Vec<Member>, Vec<ItemCode>)> {
    let codes: Vec<ItemCode> = CATALOG.items.iter().map(|version| version.item.clone()).collect();
    let members = (2..=12_usize).prop_flat_map(move |size| {
        let chosen = proptest::sample::subsequence(codes.clone(), size).prop_shuffle();
        (chosen, proptest::collection::vec(any::<u16>(), size))
    });
    members.prop_flat_map(|(codes, edges)| {
        let member = |(at, item): (usize, &ItemCode)| {
            let after = (0..at).filter(|bit| edges[at] >> bit & 1 == 1).map(|bit| codes[bit].clone()).collect();
            Member { item: item.clone(), after, optional: false }
        };
        let members: Vec<Member> = codes.iter().enumerate().map(member).collect();
        (Just(members).prop_shuffle(), Just(codes))
    })
}

proptest! {
    /// Rule L10: whatever the members are listed as, each comes after all it waits for, and none is lost.
    #[test]
    fn the_order_keeps_every_member_behind_its_predecessors((members, _) in acyclic()) {
        let package = Package { members, shared: Vec::new(), ..project() };
        let order = package.order();
        prop_assert_eq!(order.len(), package.members.len());
        let mut placed = BTreeSet::new();
        for member in order {
            prop_assert!(member.after.iter().all(|it| placed.contains(it)));
            placed.insert(member.item.clone());
        }
        prop_assert!(!told(&package.flaws(item)).contains("成环"));
    }

    /// Rule L10: an edge backwards along a path closes a circle, and is found.
    #[test]
    fn every_circle_is_found((mut members, codes) in acyclic(), at in any::<prop::sample::Index>()) {
        let first = at.index(codes.len() - 1);
        let member = |members: &mut Vec<Member>, item: &ItemCode| {
            members.iter().position(|member| member.item == *item).unwrap()
        };
        let (early, late) = (member(&mut members, &codes[first]), member(&mut members, &codes[first + 1]));
        members[late].after.insert(codes[first].clone());
        members[early].after.insert(codes[first + 1].clone());
        let package = Package { members, shared: Vec::new(), ..project() };
        prop_assert!(told(&package.flaws(item)).contains("成环"));
    }

    /// Clause C1-1: no material is asked for twice under two shared names.
    #[test]
    fn a_material_belongs_to_one_group_only(group in 0..4_usize, place in any::<prop::sample::Index>()) {
        let mut package = project();
        let uses = &package.shared[group].uses;
        let taken: MaterialUse = uses[place.index(uses.len())].clone();
        package.shared[(group + 1) % 4].uses.push(taken);
        prop_assert!(told(&package.flaws(item)).contains("只能归入一份共用材料"));
    }
}
