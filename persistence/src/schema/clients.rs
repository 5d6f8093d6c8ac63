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
    }
}
