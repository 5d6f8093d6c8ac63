//! 办不成事事项: the impasses, the departments with orders, and what their applicants said.

use super::{events, parties};

diesel::table! {
    impasses (centre, id) {
        centre -> Text,
        id -> Text,
        number -> Nullable<Text>,
        version -> BigInt,
        state -> Text,
        level -> Nullable<Text>,
        category -> Text,
        channel -> Text,
        window_code -> Text,
        fallback -> Text,
        applicant -> Text,
        client -> Nullable<Text>,
        external_number -> Nullable<Text>,
        failed_case -> Nullable<Text>,
        subject -> Text,
        registered_at -> Timestamp,
        filed_at -> Nullable<Timestamp>,
        due_on -> Nullable<Date>,
        amber_on -> Nullable<Date>,
        wake_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        close_round -> Nullable<Integer>,
        close_satisfied -> Nullable<Bool>,
        rounds -> Integer,
        head -> Text,
        body -> Text,
        supervision_pending -> Bool,
        returned -> Bool,
    }
}

diesel::table! {
    impasse_answers (centre, impasse, round) {
        centre -> Text,
        impasse -> Text,
        round -> Integer,
        applicant -> Text,
        responded -> Bool,
        solved -> Bool,
        satisfied -> Bool,
        source -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    impasse_parts (centre, department, impasse) {
        centre -> Text,
        department -> Text,
        impasse -> Text,
        open -> Bool,
        due_on -> Nullable<Date>,
    }
}

diesel::table! {
    impasse_disclosures (centre, id) {
        centre -> Text,
        id -> Text,
        impasse -> Text,
        actor_role -> Text,
        actor -> Text,
        at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(impasses, impasse_answers, impasse_parts, impasse_disclosures, parties);
diesel::allow_tables_to_appear_in_same_query!(impasses, events);
