//! 分类梳理、部门协调会议、提交市政府: what meets over many impasses.

diesel::table! {
    triage_sessions (centre, week) {
        centre -> Text,
        week -> Text,
        version -> BigInt,
        state -> Text,
        head -> Text,
        body -> Text,
    }
}

diesel::table! {
    meetings (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        state -> Text,
        at -> Timestamp,
        head -> Text,
        body -> Text,
    }
}

diesel::table! {
    meeting_items (centre, meeting, impasse) {
        centre -> Text,
        meeting -> Text,
        impasse -> Text,
        waits -> Bool,
    }
}

diesel::table! {
    meeting_departments (centre, department, meeting) {
        centre -> Text,
        department -> Text,
        meeting -> Text,
    }
}

diesel::table! {
    submission_packets (centre, month) {
        centre -> Text,
        month -> Text,
        digest -> Text,
        frozen_at -> Timestamp,
        packet -> Text,
    }
}

diesel::table! {
    submissions (centre, month) {
        centre -> Text,
        month -> Text,
        version -> BigInt,
        state -> Text,
        digest -> Nullable<Text>,
        number -> Nullable<Text>,
        head -> Text,
        body -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(meetings, meeting_items, meeting_departments);
