//! 接口契约: published as the code has it, and answered as it says.

use std::{collections::BTreeSet, path::PathBuf};

use tests::{
    contract::{DOCUMENT, operations},
    *,
};

use crate::walk::{Ground, in_walking_order};

fn published() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml"))
}

/// `UPDATE_DOCS=1` brings it up to date.
#[test]
fn openapi_yaml_is_what_the_code_says() {
    let made = api::docs::yaml().unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(published(), &made).unwrap();
    }
    let stands = std::fs::read_to_string(published()).unwrap();
    assert!(stands == made, "openapi.yaml is stale: run the tests with UPDATE_DOCS=1");
}

#[test]
fn every_operation_is_named_and_told_in_chinese() {
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let (id, spec) = (&operation.id, operation.spec);
        let is_chinese = |text: &Value| text.as_str().is_some_and(|text| !text.is_ascii());
        assert!(!id.is_empty() && ids.insert(id.clone()), "{} has no operationId of its own", operation.path);
        assert!(is_chinese(&spec["summary"]) && is_chinese(&spec["tags"][0]), "{id} has no Chinese summary and tag");
        let responses = spec["responses"].as_object().unwrap();
        let is_problem = |response: &Value| {
            let of = response["$ref"].as_str().map_or(Some(response), |at| DOCUMENT.pointer(&at[1..]));
            of.is_some_and(|response| response["content"]["application/problem+json"].is_object())
        };
        assert!(responses.values().any(is_problem), "{id} documents no problem");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{id} documents no success");
    }
}

tests::on_both_stores! {
    /// What each operation answers is among what it documents, by status and type of content.
    async fn operations_answer_as_documented(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        let ground = Ground::prepare(&hall).await;
        let callers = [
            hall.clerk("rule-of-law"), hall.reviewer("justice"), hall.approver("justice"), hall.manager(),
            hall.system_admin(), hall.security_admin(), hall.audit_admin(), hall.applicant_of(&ground.case),
            hall.adapter("platform"), hall.stranger(),
        ];
        for operation in in_walking_order() {
            for caller in &callers {
                let answer = ground.call(&hall, &operation, caller).await;
                let responses = &operation.spec["responses"];
                let response = match &responses[answer.status.to_string()] {
                    Value::Null => {
                        assert!(answer.status >= 400, "{}: {} is not documented", answer.request, answer.status);
                        &responses["default"]
                    }
                    response => response,
                };
                let response = match response["$ref"].as_str() {
                    Some(at) => DOCUMENT.pointer(&at[1..]).unwrap(),
                    None => response,
                };
                let essence = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
                let is_file = operation.id == "read_file" && answer.status == 200;
                let documented = is_file || response["content"][&essence].is_object() || answer.bytes.is_empty();
                assert!(documented, "{} answered {} {essence}", answer.request, answer.status);
            }
        }
    }

    /// The server publishes the same document, and a sandbox says that it is one.
    async fn the_server_publishes_its_contract(hall: Hall) {
        let answer = hall.stranger().get("/openapi.json").await.ok();
        let mut document = DOCUMENT.clone();
        document["info"]["title"] = json!("一窗 Yichuang（演练）");
        document["info"]["x-yichuang-sandbox"] = json!(true);
        assert_eq!(&answer.body, &document);
        let again = hall.stranger().get("/openapi.json").header("if-none-match", answer.header("etag")).await;
        assert_eq!(again.status, 304);
        let page = hall.stranger().get("/docs/").await.ok();
        let html = String::from_utf8(page.bytes).unwrap();
        assert!(!html.contains("http://") && !html.contains("https://"), "the page fetches from elsewhere: {html}");
        let script = hall.stranger().get("/docs/swagger-ui-bundle.js").await.ok();
        assert_eq!(script.header("content-length"), script.bytes.len().to_string());
        assert!(script.bytes.len() > 1_000_000, "all of its slices");
        hall.stranger().get("/docs/no-such-page").await.problem(404, "not_found");
    }
}
