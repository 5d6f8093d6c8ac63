//! A catalogue document is taken whole or not at all, and its report names every bad row (clause B3-1).
#![allow(clippy::unwrap_used)]

use catalog::{Report, WENLING};
use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn wenling() -> Value {
    serde_json::from_str(WENLING).unwrap()
}

fn report_on(document: &Value) -> Report {
    catalog::read(&document.to_string(), today()).unwrap_err()
}

/// Clause B3-3: a joint review asks departments that exist.
#[test]
fn a_participant_of_a_joint_review_exists() {
    let mut document = wenling();
    let items = document["items"].as_array().unwrap();
    let joint = items.iter().position(|item| item.get("joint").is_some()).unwrap();
    document["items"][joint]["joint"]["participants"][1]["department"] = json!("airport");
    assert!(report_on(&document).to_string().contains(&format!("（/items/{joint}/joint/participants/1/department）")));
}

/// Clauses A2-1, A2-2, A2-3, B3-1: faults of every kind in every list, all told at once.
#[test]
fn every_bad_row_is_named_at_once() {
    let mut document = wenling();
    document["zones"][3]["code"] = json!("Assistance");
    document["sectors"][0]["lead"] = json!("planning");
    document["sectors"][1].as_object_mut().unwrap().remove("name");
    document["departments"][2]["uscc"] = json!("11331081000101119G");
    document["departments"][3]["phone"] = json!("零五七六");
    document["windows"][1]["code"] = json!("project");
    document["windows"][8]["zone"] = json!("basement");
    document["postings"][0]["window"] = Value::Null;
    document["postings"][1]["role"] = json!("manager");
    document["postings"][2]["until"] = json!("2020-01-01");
    document["items"][0]["promised"] = json!(9);
    document["items"][1]["implementation_code"] = json!("123");
    document["items"][2]["materials"] = json!([]);
    document["items"][3]["guide"]["steps"] = json!([]);
    document["items"][3]["materials"][0]["tolerabel"] = json!(true);
    document["items"][4]["kind"] = json!("slow");
    document["items"][6]["window"] = json!("talent");
    document["items"][7]["valid_until"] = json!("2024-01-01");
    insta::assert_snapshot!(report_on(&document), @r"
    目录文件有21处错误，未导入任何内容
    区 Assistance（/zones/3/code）：应为1至40位小写字母、数字、下划线或连字符，且以字母或数字开头
    板块 policy（/sectors/1）：缺少字段“name”
    部门 development-reform（/departments/2/uscc）：不是有效的统一社会信用代码（18位大写，含校验位）
    窗口 project（/windows/1/code）：代码重复
    事项 project-environment-report（/items/1/implementation_code）：实施编码应为31位（统一社会信用代码18位、行使层级1位、基本编码12位）
    事项 policy-no-tax-arrears（/items/3/materials/0/tolerabel）：未知字段“tolerabel”
    事项 policy-technology-upgrade-grant（/items/4/kind）：取值“slow”无效，应为on_the_spot、promised_time之一
    板块 project（/sectors/0/lead）：牵头部门“planning”不存在
    部门 economy-information（/departments/3/phone）：电话只能由数字和连字符组成
    窗口 fallback（/windows/8/zone）：区“basement”不存在
    派驻 clerk-project（/postings/0/window）：综合受理员须派驻到窗口
    派驻 clerk-policy（/postings/1/role）：该角色不需要派驻
    派驻 clerk-policy（/postings/1/window）：窗口“policy”不存在
    派驻 clerk-finance（/postings/2/until）：派驻截止日不能早于起始日
    派驻 clerk-fallback（/postings/8/zone）：窗口“fallback”不在该区
    事项 project-investment-filing（/items/0/promised）：承诺期限（9个工作日）不能长于法定期限（5个工作日）
    事项 project-investment-filing（/items/0/promised）：即办件的承诺期限不能超过1个工作日
    事项 project-construction-permit（/items/2/materials）：材料清单为空
    事项 policy-innovative-sme（/items/5/window）：窗口“policy”不存在
    事项 finance-equity-pledge（/items/6/window）：窗口“talent”不属于该事项的板块
    事项 finance-bridging-loan（/items/7）：有效期已经届满，不能发布
    ");
}

#[test]
fn an_unreadable_row_is_not_reported_again_by_those_that_refer_to_it() {
    let mut document = wenling();
    document["windows"][0]["name"] = json!(7);
    let report = report_on(&document);
    assert_eq!(report.faults.len(), 1, "{report}");
    assert_eq!(report.faults[0].pointer, "/windows/0/name");
    assert_eq!(report.faults[0].row, "窗口 project");
}

#[test]
fn one_code_names_one_thing() {
    let mut document = wenling();
    let (item, posting) = (document["items"][5].clone(), document["postings"][0].clone());
    document["items"].as_array_mut().unwrap().push(item);
    document["postings"].as_array_mut().unwrap().push(posting);
    document["departments"][1]["uscc"] = document["departments"][0]["uscc"].clone();
    insta::assert_snapshot!(report_on(&document), @r"
    目录文件有4处错误，未导入任何内容
    事项 policy-innovative-sme（/items/25/code）：代码重复
    部门 reform-office（/departments/1/uscc）：统一社会信用代码与“部门 centre”相同
    事项 policy-innovative-sme（/items/25/implementation_code）：实施编码与“事项 policy-innovative-sme”相同
    派驻 clerk-project（/postings/61）：与同一人员的另一条派驻重复
    ");
}

#[test]
fn what_is_no_catalogue_is_refused_as_a_whole() {
    let refused = |text: &str| catalog::read(text, today()).unwrap_err().faults[0].fault.clone();
    assert_eq!(refused("{\n\"centre\": \"331081\",,"), "不是有效的JSON（第2行第20列）");
    assert_eq!(refused(&format!("{WENLING} {{}}")).split('（').next(), Some("不是有效的JSON"));
    assert_eq!(refused(r#"{"centre": "331081"}"#), "缺少字段“zones”");
    assert_eq!(refused(r#"{"centre": "温岭"}"#), "行政区划代码应为6位数字");
    assert_eq!(refused(r#"{"centre": "331081", "towns": []}"#), "未知字段“towns”");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Rule L12, clause B3-1: no item comes in that promises more time than the law gives, nor one without limits.
    #[test]
    fn a_promise_never_exceeds_the_statutory_limit(statutory in 0u16..400, promised in 0u16..400) {
        let mut document = wenling();
        let row = document["items"].as_array().unwrap().iter().position(|it| it["kind"] == "promised_time").unwrap();
        document["items"][row]["statutory"] = json!(statutory);
        document["items"][row]["promised"] = json!(promised);
        let sound = (1..=statutory).contains(&promised) && statutory <= 250;
        match catalog::read(&document.to_string(), today()) {
            Ok(catalog) => {
                prop_assert!(sound);
                prop_assert!(catalog.items[row].promised <= catalog.items[row].statutory);
            }
            Err(report) => {
                prop_assert!(!sound);
                let root = format!("/items/{row}/");
                prop_assert!(report.faults.iter().all(|fault| fault.pointer.starts_with(&root)), "{report}");
            }
        }
    }

    /// No text whatever is a catalogue by accident, and none brings the reader down.
    #[test]
    fn any_text_is_answered(text in "[\\[\\]{}\":,a-z0-9 ]{0,200}") {
        prop_assert!(catalog::read(&text, today()).is_err());
    }
}
