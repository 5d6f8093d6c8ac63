//! The tables as both databases have them. Personal data is of type [`crate::personal::PersonalText`] in every row.

#[path = "schema/assemblies.rs"]
mod of_assemblies;
#[path = "schema/clients.rs"]
mod of_clients;
#[path = "schema/consultations.rs"]
mod of_consultations;
#[path = "schema/exports.rs"]
mod of_exports;
#[path = "schema/follow_ups.rs"]
mod of_follow_ups;
#[path = "schema/hotline.rs"]
mod of_hotline;
#[path = "schema/impasses.rs"]
mod of_impasses;
#[path = "schema/precedents.rs"]
mod of_precedents;
#[path = "schema/sandbox.rs"]
mod of_sandbox;

pub(crate) use {
    of_assemblies::*, of_clients::*, of_consultations::*, of_exports::*, of_follow_ups::*, of_hotline::*,
    of_impasses::*, of_precedents::*, of_sandbox::*,
};

diesel::table! {
    sequences (centre, series, year) {
        centre -> Text,
        series -> Text,
        year -> Integer,
        next_value -> BigInt,
    }
}

diesel::table! {
    zones (centre, code) {
        centre -> Text,
        code -> Text,
        name -> Text,
    }
}

diesel::table! {
    sectors (centre, code) {
        centre -> Text,
        code -> Text,
        position -> Integer,
        name -> Text,
        lead -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    departments (centre, code) {
        centre -> Text,
        code -> Text,
        name -> Text,
        uscc -> Text,
        phone -> Nullable<Text>,
    }
}

diesel::table! {
    windows (centre, code) {
        centre -> Text,
        code -> Text,
        name -> Text,
        zone -> Text,
        sector -> Nullable<Text>,
    }
}

diesel::table! {
    postings (centre, id) {
        centre -> Text,
        id -> Text,
        staff -> Text,
        role -> Text,
        department -> Text,
        window_code -> Nullable<Text>,
        zone -> Nullable<Text>,
        resident -> Bool,
        from_day -> Date,
        until_day -> Nullable<Date>,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    item_versions (centre, item, version) {
        centre -> Text,
        item -> Text,
        version -> Integer,
        state -> Text,
        name -> Text,
        sector -> Text,
        department -> Text,
        window_code -> Text,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        body -> Text,
        implementation_code -> Text,
        base_code -> Text,
    }
}

diesel::table! {
    calendar_days (centre, day) {
        centre -> Text,
        day -> Date,
        kind -> Text,
        name -> Text,
    }
}

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
        created_at -> Timestamp,
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
        received_at -> Timestamp,
        accepted_on -> Nullable<Date>,
        due_on -> Nullable<Date>,
        amber_on -> Nullable<Date>,
        decided_on -> Nullable<Date>,
        ended_at -> Nullable<Timestamp>,
        head -> Text,
        body -> Text,
        wake_at -> Nullable<Timestamp>,
        package -> Nullable<Text>,
        returned_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    case_contacts (centre, case_id, role) {
        centre -> Text,
        case_id -> Text,
        role -> Text,
        document_digest -> Nullable<Text>,
        name -> Text,
        document_number -> Nullable<Text>,
        phone -> Text,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    events (centre, stream, version) {
        centre -> Text,
        stream -> Text,
        version -> BigInt,
        id -> Text,
        kind -> Text,
        at -> Timestamp,
        actor_role -> Text,
        actor -> Text,
        body -> Text,
        digest -> Text,
        seq -> Nullable<BigInt>,
        trace -> Nullable<Text>,
        tracestate -> Nullable<Text>,
        acted_through -> Nullable<Text>,
    }
}

diesel::table! {
    disclosures (centre, id) {
        centre -> Text,
        id -> Text,
        case_id -> Text,
        actor_role -> Text,
        actor -> Text,
        at -> Timestamp,
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
        created_at -> Timestamp,
    }
}

diesel::table! {
    participants (centre, department, case_id, part) {
        centre -> Text,
        department -> Text,
        case_id -> Text,
        part -> Text,
        open -> Bool,
        due_on -> Nullable<Date>,
    }
}

diesel::table! {
    leases (centre, name) {
        centre -> Text,
        name -> Text,
        holder -> Text,
        until -> Timestamp,
    }
}

diesel::table! {
    recomputations (centre, id) {
        centre -> Text,
        id -> Text,
        cause -> Text,
        before -> Text,
        started_at -> Timestamp,
        cursor -> Nullable<Text>,
        examined -> BigInt,
        moved -> BigInt,
        finished_at -> Nullable<Timestamp>,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    recomputation_moves (centre, recomputation, kind, item_id, limit_kind, subject) {
        centre -> Text,
        recomputation -> Text,
        kind -> Text,
        item_id -> Text,
        limit_kind -> Text,
        subject -> Text,
        due_before -> Date,
        due_after -> Date,
        provisional_before -> Bool,
        provisional_after -> Bool,
    }
}

diesel::table! {
    recomputation_package_moves (centre, recomputation, application, item) {
        centre -> Text,
        recomputation -> Text,
        application -> Text,
        item -> Text,
        due_before -> Date,
        due_after -> Date,
        provisional_before -> Bool,
        provisional_after -> Bool,
    }
}

diesel::table! {
    bars (centre, party, case_id) {
        centre -> Text,
        party -> Text,
        case_id -> Text,
        since -> Date,
    }
}

diesel::table! {
    ratings (centre, case_id, stage, sequence) {
        centre -> Text,
        case_id -> Text,
        stage -> Text,
        sequence -> Integer,
        id -> Text,
        level -> Integer,
        anonymous -> Bool,
        channel -> Text,
        tags -> Text,
        words -> Nullable<Text>,
        window_code -> Text,
        department -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    packages (centre, code) {
        centre -> Text,
        code -> Text,
        state -> Text,
        name -> Text,
        body -> Text,
    }
}

diesel::table! {
    package_applications (centre, id) {
        centre -> Text,
        id -> Text,
        package -> Text,
        applicant -> Text,
        client -> Nullable<Text>,
        created_at -> Timestamp,
        version -> BigInt,
        body -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    sequences,
    zones,
    sectors,
    departments,
    windows,
    postings,
    item_versions,
    calendar_days,
    parties,
    cases,
    case_contacts,
    events,
    disclosures,
    idempotency,
    participants,
    leases,
    recomputations,
    recomputation_moves,
    bars,
    ratings,
    packages,
    package_applications
);
