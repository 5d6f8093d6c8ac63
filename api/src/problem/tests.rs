#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use strum::VariantArray;

use super::*;

/// RFC 9457: the code and the status of a kind are part of the contract and change only on purpose.
#[test]
fn every_code_has_its_status() {
    let table: Vec<(&str, u16)> = Kind::VARIANTS.iter().map(|k| (k.code(), k.status().as_u16())).collect();
    let expected = [
        ("malformed_json", 400),
        ("unknown_field", 400),
        ("body_too_deep", 400),
        ("control_character", 400),
        ("unexpected_body", 400),
        ("unknown_parameter", 400),
        ("invalid_parameter", 400),
        ("invalid_cursor", 400),
        ("malformed_precondition", 400),
        ("idempotency_key_missing", 400),
        ("idempotency_key_malformed", 400),
        ("malformed_request", 400),
        ("unauthenticated", 401),
        ("invalid_token", 401),
        ("role_not_allowed", 403),
        ("scope_not_allowed", 403),
        ("not_posted_here", 403),
        ("other_department", 403),
        ("voucher_required", 403),
        ("beyond_mandate", 403),
        ("item_beyond_mandate", 403),
        ("mandate_ended", 403),
        ("not_found", 404),
        ("method_not_allowed", 405),
        ("request_timeout", 408),
        ("idempotency_in_flight", 409),
        ("refused", 409),
        ("precedent_withdrawn", 410),
        ("cursor_too_old", 410),
        ("version_mismatch", 412),
        ("body_too_large", 413),
        ("file_too_large", 413),
        ("unsupported_media_type", 415),
        ("range_not_satisfiable", 416),
        ("file_type_not_allowed", 422),
        ("file_type_mismatch", 422),
        ("empty_file", 422),
        ("invalid_fields", 422),
        ("idempotency_key_reused", 422),
        ("precondition_required", 428),
        ("rate_limited", 429),
        ("daily_quota_exceeded", 429),
        ("internal", 500),
        ("overloaded", 503),
        ("outcome_unknown", 503),
        ("unavailable", 503),
        ("storage_full", 507),
    ];
    assert_eq!(table, expected);
    assert_eq!(table.iter().map(|(code, _)| code).collect::<BTreeSet<_>>().len(), table.len(), "a code is used twice");
}

#[test]
fn a_refusal_keeps_its_own_code() {
    let problem = Error::from(Refusal::new("already_accepted", "已受理")).problem(Some("r-1"));
    assert_eq!((problem.status, problem.code.as_str()), (409, "already_accepted"));
    assert_eq!(problem.kind, "urn:yichuang:problem:already_accepted");
    assert_eq!(problem.instance.as_deref(), Some("urn:yichuang:request:r-1"));
}

#[test]
fn what_may_not_be_known_is_not_found() {
    assert_eq!(Error::from(Denial::Hidden).kind(), Kind::NotFound);
    assert_eq!(Error::from(Denial::NotForRole).kind().status(), StatusCode::FORBIDDEN);
}

#[test]
fn a_stale_version_is_told_the_current_one() {
    let response = Error::VersionMismatch { current: 7 }.response(None);
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(response.headers().get(ETAG).unwrap(), "\"7\"");
}

#[test]
fn a_missing_token_is_challenged() {
    let challenge = |e: Error| e.response(None).headers().get(WWW_AUTHENTICATE).unwrap().to_str().unwrap().to_owned();
    assert!(!challenge(Error::Unauthenticated(None)).contains("error"));
    assert!(challenge(Error::Unauthenticated(Some("expired"))).contains("invalid_token"));
}

#[test]
fn the_cause_of_a_fault_is_not_sent() {
    let error = Error::internal("password=letmein");
    assert!(!serde_json::to_string(&error.problem(None)).unwrap().contains("letmein"));
    assert!(error.to_string().contains("letmein"));
}

#[test]
fn overload_says_when_to_come_again() {
    for error in [Error::Later(Kind::RateLimited, 3), Error::of(Kind::Overloaded, "")] {
        assert!(error.response(None).headers().contains_key(RETRY_AFTER));
    }
}

/// Whoever is told 503 knows whether anything was done.
#[test]
fn the_store_says_what_became_of_a_write() {
    let told = |error: StoreError| Error::from(error).kind();
    assert_eq!(told(StoreError::Overloaded), Kind::Overloaded);
    assert_eq!(told(StoreError::Contended), Kind::Overloaded);
    assert_eq!(told(StoreError::Closed), Kind::Unavailable);
    assert_eq!(told(StoreError::Unavailable("gone".to_owned())), Kind::Unavailable);
    assert_eq!(told(StoreError::OutcomeUnknown), Kind::OutcomeUnknown);
    assert_eq!(told(StoreError::Full), Kind::StorageFull);
    assert_eq!(told(StoreError::Corrupt("x".to_owned())), Kind::Internal);
}
