//! 否定答复 and 回访计划.

use super::parties;

diesel::table! {
    negative_replies (centre, id) {
        centre -> Text,
        id -> Text,
        number -> Text,
        version -> BigInt,
        window_code -> Text,
        fallback -> Text,
        applicant -> Text,
        case_id -> Nullable<Text>,
        impasse -> Nullable<Text>,
        head -> Text,
        body -> Text,
    }
}

diesel::table! {
    follow_up_plans (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        open -> Bool,
        wake_at -> Nullable<Timestamp>,
        head -> Text,
        body -> Text,
    }
}

diesel::table! {
    follow_up_samples (centre, plan, impasse) {
        centre -> Text,
        plan -> Text,
        impasse -> Text,
        open -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(negative_replies, parties);
