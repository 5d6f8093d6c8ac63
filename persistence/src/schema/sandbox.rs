//! 演练.

diesel::table! {
    sandbox_clocks (centre) {
        centre -> Text,
        ahead -> BigInt,
    }
}
