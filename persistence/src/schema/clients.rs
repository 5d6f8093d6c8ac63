//! Programs that call, and for whom they vouched.

diesel::table! {
    clients (centre, code) {
        centre -> Text,
        code -> Text,
        version -> BigInt,
        role -> Text,
        name -> Text,
        scopes -> Text,
        active -> Bool,
        keys -> Nullable<Text>,
        revoked_until -> Nullable<Timestamp>,
        created_at -> Timestamp,
        daily_calls -> Nullable<BigInt>,
        daily_applications -> Nullable<BigInt>,
    }
}

diesel::table! {
    client_usage (centre, client, kind, day) {
        centre -> Text,
        client -> Text,
        kind -> Text,
        day -> Date,
        used -> BigInt,
    }
}

diesel::table! {
    feed_readers (centre, client) {
        centre -> Text,
        client -> Text,
        place -> BigInt,
        asked_at -> Timestamp,
    }
}

diesel::table! {
    client_secrets (centre, client, id) {
        centre -> Text,
        client -> Text,
        id -> Text,
        issued_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    gateway_credentials (centre, id) {
        centre -> Text,
        id -> Text,
        client -> Text,
        access_key -> Text,
        sealed -> Text,
        issued_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    client_assertions (centre, client, digest) {
        centre -> Text,
        client -> Text,
        digest -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    vouchers (centre, id) {
        centre -> Text,
        id -> Text,
        client -> Text,
        party -> Text,
        assurance -> Text,
        agent_digest -> Nullable<Text>,
        mandate -> Nullable<Text>,
        at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        agent -> Nullable<Text>,
        mandate_until -> Nullable<Date>,
        mandate_powers -> Nullable<Text>,
        agent_phone -> Nullable<Text>,
        mandate_items -> Nullable<Text>,
    }
}

diesel::table! {
    drafts (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        applicant -> Text,
        item -> Text,
        form -> Text,
        changed_at -> Timestamp,
        wake_at -> Timestamp,
    }
}

diesel::table! {
    pushes (centre, client, external_no, act, number) {
        centre -> Text,
        client -> Text,
        external_no -> Text,
        act -> Text,
        number -> BigInt,
        case_id -> Text,
        digest -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    uploads (centre, client, digest) {
        centre -> Text,
        client -> Text,
        digest -> Text,
        file -> Text,
        media_type -> Text,
        bytes -> BigInt,
        at -> Timestamp,
    }
}

diesel::table! {
    enterprise_codes (centre, code) {
        centre -> Text,
        code -> Text,
        document_digest -> Text,
        at -> Timestamp,
        client -> Nullable<Text>,
    }
}

diesel::table! {
    enterprise_code_changes (centre, code, number) {
        centre -> Text,
        code -> Text,
        number -> BigInt,
        document_digest -> Text,
        bound_at -> Timestamp,
        ended_at -> Timestamp,
        how -> Text,
        reason -> Text,
        actor_role -> Text,
        actor -> Text,
    }
}

diesel::table! {
    webhook_endpoints (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        client -> Text,
        name -> Text,
        url -> Text,
        types -> Text,
        signature -> Text,
        state -> Text,
        place -> BigInt,
        failures -> Integer,
        failing_since -> Nullable<Timestamp>,
        probe_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    webhook_secrets (centre, endpoint, id) {
        centre -> Text,
        endpoint -> Text,
        id -> Text,
        issued_at -> Timestamp,
        ends_at -> Nullable<Timestamp>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(clients, webhook_endpoints);
