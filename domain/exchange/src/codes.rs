use casework::codes::{Codes, Subject};
use kernel::identity::DocumentKind;

/// What a receiver calls one of our codes: as its own 代码对照 says, and where that says nothing, nationally.
pub(crate) fn code(own: &Codes, subject: Subject, ours: &str) -> String {
    own.to_theirs(subject, ours).unwrap_or_else(|| national(subject, ours)).to_owned()
}

/// GB/T 39046-2020 A.4 to A.7, GA/T 2000.156, and the 办结结果 of the exchange tables, whose variants differ: a receiver
/// with another one has a map of its own. What the tables have no code for keeps our name.
fn national(subject: Subject, ours: &str) -> &str {
    match (subject, ours) {
        (Subject::ApplicantKinds, "person") => "1",
        (Subject::ApplicantKinds, _) => "2",
        (Subject::Channels, "counter") => "1",
        (Subject::Channels, "web") => "2",
        (Subject::Channels, "mobile") => "3",
        (Subject::Channels, _) => "9",
        (Subject::DocumentKinds, kind) => kind.parse().map_or("990", DocumentKind::code),
        (Subject::ItemKinds, "on_the_spot") => "1",
        (Subject::ItemKinds, "promised_time") => "2",
        (Subject::ItemKinds, _) => "9",
        (Subject::Procedures, "extension") => "1",
        (Subject::Procedures, _) => "2",
        (Subject::Outcomes, "grant") => "0",
        (Subject::Outcomes, _) => "7",
        (Subject::Endings, "deemed_withdrawn") => "5",
        (Subject::Endings, "rejected" | "not_required") => "1",
        (Subject::Endings, _) => "2",
        (Subject::Actions, "pass") => "1",
        (Subject::Actions, "return") => "2",
        (Subject::Actions, _) => "9",
        (Subject::Collected, "paper") => "1",
        (Subject::Collected, _) => "2",
        (Subject::Stages | Subject::Items | Subject::Departments | Subject::DeliveryMethods, ours) => ours,
    }
}

#[cfg(test)]
mod tests {
    use casework::codes::{CodePair, CodePairs};

    use super::*;

    /// Clause B5-7
    #[test]
    fn a_receivers_own_code_goes_before_the_national_one() {
        let pair = CodePair { ours: "refuse".to_owned(), theirs: "不予许可".to_owned() };
        let own = Codes([(Subject::Outcomes, CodePairs(vec![pair]))].into());
        assert_eq!(code(&own, Subject::Outcomes, "refuse"), "不予许可");
        assert_eq!(code(&own, Subject::Outcomes, "grant"), "0");
        assert_eq!(code(&own, Subject::DocumentKinds, "resident_id"), "111");
        assert_eq!(code(&own, Subject::Procedures, "hearing"), "2");
    }
}
