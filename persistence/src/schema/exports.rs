//! 数据交换: batches, their pieces and re-sendings, and what each receiver has.

diesel::table! {
    exports (centre, id) {
        centre -> Text,
        id -> Text,
        receiver -> Text,
        version -> BigInt,
        format -> Text,
        unmasked -> Bool,
        from_day -> Date,
        to_day -> Date,
        actor_role -> Text,
        actor -> Text,
        started_at -> Timestamp,
        cursor -> Nullable<Text>,
        examined -> BigInt,
        matched -> BigInt,
        files -> Text,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    export_parts (centre, export, table_name, number) {
        centre -> Text,
        export -> Text,
        table_name -> Text,
        number -> BigInt,
        key -> Text,
    }
}

diesel::table! {
    export_sendings (centre, export, number) {
        centre -> Text,
        export -> Text,
        number -> BigInt,
        reason -> Text,
        actor_role -> Text,
        actor -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    exchange_rows (centre, receiver, case_id, table_name, row_guid) {
        centre -> Text,
        receiver -> Text,
        case_id -> Text,
        table_name -> Text,
        row_guid -> Text,
        digest -> Text,
        version -> BigInt,
    }
}
