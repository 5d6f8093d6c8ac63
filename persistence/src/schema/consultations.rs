//! 咨询.

use super::parties;

diesel::table! {
    consultations (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        window_code -> Text,
        held_at -> Text,
        offered_to -> Nullable<Text>,
        fallback -> Text,
        responsible -> Nullable<Text>,
        open -> Bool,
        applicant -> Nullable<Text>,
        case_id -> Nullable<Text>,
        impasse -> Nullable<Text>,
        head -> Text,
        body -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(consultations, parties);
