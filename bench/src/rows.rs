//! The tables that a write touches, as SQLite has them: dates and times are text there.

use diesel::prelude::*;

diesel::table! {
    parties (centre, id) {
        centre -> Text,
        id -> Text,
        kind -> Text,
        document_kind -> Text,
        document_digest -> Text,
        name -> Text,
        document_number -> Text,
        phone -> Nullable<Text>,
        address -> Nullable<Text>,
        created_at -> Text,
    }
}

diesel::table! {
    cases (centre, id) {
        centre -> Text,
        id -> Text,
        number -> Text,
        version -> BigInt,
        stage -> Text,
        item -> Text,
        item_version -> Integer,
        channel -> Text,
        applicant -> Text,
        window_code -> Text,
        department -> Text,
        holder -> Nullable<Text>,
        client -> Nullable<Text>,
        external_number -> Nullable<Text>,
        received_at -> Text,
        accepted_on -> Nullable<Text>,
        due_on -> Nullable<Text>,
        amber_on -> Nullable<Text>,
        decided_on -> Nullable<Text>,
        ended_at -> Nullable<Text>,
        head -> Text,
        body -> Text,
    }
}

diesel::table! {
    events (centre, stream, version) {
        centre -> Text,
        stream -> Text,
        version -> BigInt,
        id -> Text,
        kind -> Text,
        at -> Text,
        actor_role -> Text,
        actor -> Text,
        body -> Text,
        digest -> Text,
        seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency (centre, caller, key) {
        centre -> Text,
        caller -> Text,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        etag -> Nullable<Text>,
        location -> Nullable<Text>,
        body -> Text,
        created_at -> Text,
    }
}

diesel::table! {
    item_versions (centre, item, version) {
        centre -> Text,
        item -> Text,
        version -> Integer,
        body -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(cases, parties);

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = parties, treat_none_as_default_value = false)]
pub struct Party {
    pub centre: String,
    pub id: String,
    pub kind: String,
    pub document_kind: String,
    pub document_digest: String,
    pub name: String,
    pub document_number: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub created_at: String,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = cases, treat_none_as_default_value = false)]
pub struct Case {
    pub centre: String,
    pub id: String,
    pub number: String,
    pub version: i64,
    pub stage: String,
    pub item: String,
    pub item_version: i32,
    pub channel: String,
    pub applicant: String,
    pub window_code: String,
    pub department: String,
    pub holder: Option<String>,
    pub client: Option<String>,
    pub external_number: Option<String>,
    pub received_at: String,
    pub accepted_on: Option<String>,
    pub due_on: Option<String>,
    pub amber_on: Option<String>,
    pub decided_on: Option<String>,
    pub ended_at: Option<String>,
    pub head: String,
    pub body: String,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct Event {
    pub centre: String,
    pub stream: String,
    pub version: i64,
    pub id: String,
    pub kind: String,
    pub at: String,
    pub actor_role: String,
    pub actor: String,
    pub body: String,
    pub digest: String,
    pub seq: Option<i64>,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = idempotency, treat_none_as_default_value = false)]
pub struct Remembered {
    pub centre: String,
    pub caller: String,
    pub key: String,
    pub fingerprint: String,
    pub status: i32,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: String,
    pub created_at: String,
}
