//! 12345 工单 and what is to be sent out.

use super::{events, parties};

diesel::table! {
    work_orders (centre, id) {
        centre -> Text,
        id -> Text,
        hotline -> Text,
        external_no -> Text,
        version -> BigInt,
        state -> Text,
        dispatched_at -> Timestamp,
        impasse -> Nullable<Text>,
        wake_at -> Nullable<Timestamp>,
        head -> Text,
        body -> Text,
        assigned_window -> Nullable<Text>,
        assigned_department -> Nullable<Text>,
        merged_into -> Nullable<Text>,
        escalated_at -> Nullable<Timestamp>,
        supervision_pending -> Bool,
        due_on -> Nullable<Date>,
    }
}

diesel::table! {
    hotline_lines (centre, hotline, external_no) {
        centre -> Text,
        hotline -> Text,
        external_no -> Text,
        revision -> BigInt,
        done -> BigInt,
    }
}

diesel::table! {
    hotline_deliveries (centre, hotline, external_no, sequence) {
        centre -> Text,
        hotline -> Text,
        external_no -> Text,
        sequence -> BigInt,
        kind -> Text,
        state -> Text,
        digest -> Text,
        received_at -> Timestamp,
        settled_at -> Nullable<Timestamp>,
        body -> Text,
        status -> Nullable<Integer>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    work_order_callers (centre, hotline, external_no, sequence) {
        centre -> Text,
        hotline -> Text,
        external_no -> Text,
        sequence -> BigInt,
        document_kind -> Nullable<Text>,
        name -> Nullable<Text>,
        document_number -> Nullable<Text>,
        phone -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    code_maps (centre, holder, subject) {
        centre -> Text,
        holder -> Text,
        subject -> Text,
        version -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    outbox (centre, id) {
        centre -> Text,
        id -> Text,
        target -> Text,
        ordering_key -> Text,
        sequence -> BigInt,
        kind -> Text,
        body -> Text,
        created_at -> Timestamp,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        claimed_by -> Nullable<Text>,
        claimed_until -> Nullable<Timestamp>,
        delivered_at -> Nullable<Timestamp>,
        last_outcome -> Nullable<Text>,
        message -> Nullable<Text>,
        given_up_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    outbox_attempts (centre, letter, id) {
        centre -> Text,
        letter -> Text,
        id -> Text,
        at -> Timestamp,
        outcome -> Text,
        took_ms -> BigInt,
    }
}

diesel::table! {
    hotline_tickets (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        hotline -> Text,
        window_code -> Text,
        fallback -> Text,
        applicant -> Text,
        state -> Text,
        head -> Text,
        body -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(hotline_tickets, parties);
diesel::allow_tables_to_appear_in_same_query!(work_orders, events);
