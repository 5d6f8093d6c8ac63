//! 案例 and 事项建议.

diesel::table! {
    precedents (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        state -> Text,
        impasse -> Text,
        category -> Text,
        number -> Nullable<Text>,
        edition -> Integer,
        published_at -> Nullable<Timestamp>,
        head -> Text,
        body -> Text,
        manuscript -> Nullable<Text>,
    }
}

diesel::table! {
    precedent_editions (centre, precedent, edition) {
        centre -> Text,
        precedent -> Text,
        edition -> Integer,
        published_at -> Timestamp,
        body -> Text,
    }
}

diesel::table! {
    precedent_terms (centre, term, precedent) {
        centre -> Text,
        term -> Text,
        precedent -> Text,
        in_title -> Integer,
        hits -> Integer,
    }
}

diesel::table! {
    item_proposals (centre, id) {
        centre -> Text,
        id -> Text,
        version -> BigInt,
        number -> Text,
        state -> Text,
        item -> Nullable<Text>,
        item_version -> Nullable<Integer>,
        head -> Text,
        body -> Text,
    }
}

diesel::table! {
    proposal_sources (centre, source, proposal) {
        centre -> Text,
        source -> Text,
        proposal -> Text,
        kind -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    precedents,
    precedent_editions,
    precedent_terms,
    item_proposals,
    proposal_sources
);
