//! 受理: the checks at the window and what they stand in the way of.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use catalog::{ItemVersion, WENLING};
use intake::{
    AttachedFile, CopyCheck, FILES_PER_MATERIAL, Handed, Intake, MaterialCheck, Presented, ScopeCheck, ScopeFinding,
};
use kernel::{FileId, Instant, MaterialCode, StaffCode, Text};

/// Takes electronic materials throughout, and has an optional one.
const TAX: &str = "policy-no-tax-arrears";
/// Takes the original or a copy of one material.
const REMOVAL: &str = "law-abnormal-list-removal";
/// Wants some originals on paper.
const FOREIGNER: &str = "talent-foreigner-work-permit";

fn now() -> Instant {
    Instant::parse("2026-03-02T01:00:00Z").unwrap()
}

fn item(code: &str) -> ItemVersion {
    let catalog = catalog::read(WENLING, now().day()).unwrap_or_else(|report| panic!("{report}"));
    catalog.items.into_iter().find(|item| item.item.as_str() == code).unwrap()
}

fn material(code: &str) -> MaterialCode {
    code.parse().unwrap()
}

fn clerk() -> StaffCode {
    "clerk".parse().unwrap()
}

fn note() -> Option<Text<500>> {
    Some(Text::new("请补交加盖公章的原件").unwrap())
}

/// Present, complete, in legal form.
fn shown_as(presented: Presented, copy_check: Option<CopyCheck>) -> MaterialCheck {
    MaterialCheck {
        present: true,
        complete: true,
        legal_form: true,
        presented: Some(presented),
        copy_check,
        note: None,
        after_acceptance: false,
        by: clerk(),
        at: now(),
    }
}

fn not_handed_in() -> MaterialCheck {
    let shown = shown_as(Presented::Original, None);
    MaterialCheck { present: false, complete: false, legal_form: false, presented: None, note: note(), ..shown }
}

fn scope(finding: ScopeFinding) -> Option<ScopeCheck> {
    Some(ScopeCheck { finding, note: None, by: clerk(), at: now() })
}

fn handed(check: MaterialCheck) -> Handed {
    Handed { files: Vec::new(), check: Some(check) }
}

fn file() -> AttachedFile {
    AttachedFile {
        id: FileId::fresh(now()),
        digest: "0".repeat(64),
        media_type: "application/pdf".to_owned(),
        bytes: 1,
        at: now(),
        from_case: None,
        at_window: false,
    }
}

/// Everything required in order, within scope.
fn in_order(item: &ItemVersion) -> Intake {
    let materials = item
        .materials
        .iter()
        .filter(|spec| spec.required)
        .map(|spec| (spec.code.clone(), handed(shown_as(Presented::Original, None))))
        .collect();
    Intake { scope: scope(ScopeFinding::Within), materials, ..Intake::default() }
}

/// Clause B2-3: where the guide wants the original, a copy may be held against it and found wanting, and no more; where
/// it takes a copy or either, a copy does.
#[test]
fn a_copy_does_not_stand_for_an_original() {
    let (tax, foreigner, list) = (item(TAX), item(FOREIGNER), item(REMOVAL));
    let copy = shown_as(Presented::Copy, Some(CopyCheck::Matches));
    let not_in_form = MaterialCheck { legal_form: false, note: note(), ..copy.clone() };
    let original = shown_as(Presented::Original, None);
    let verdict = |item, code, check| Intake::default().may_check(item, &material(code), check).map_err(|it| it.code);
    for (item, code) in [(&tax, "id-card"), (&tax, "mandate"), (&foreigner, "health-report")] {
        assert_eq!(verdict(item, code, &copy), Err("original_required"), "{code}");
        assert_eq!(verdict(item, code, &not_in_form), Ok(()), "{code}: written down for what it is");
        assert_eq!(verdict(item, code, &original), Ok(()), "{code}");
        let intake = Intake {
            materials: [(material(code), handed(not_in_form.clone()))].into_iter().collect(),
            ..in_order(item)
        };
        assert_eq!(intake.must_be_in_order(item).unwrap_err().code, "not_in_order", "{code}");
    }
    for (item, code) in [(&tax, "tax-licence"), (&foreigner, "qualification"), (&list, "rectification-proof")] {
        assert_eq!(verdict(item, code, &copy), Ok(()), "{code}");
    }
}

/// Clauses B2-2, B2-3: every combination of what can be recorded, against the rules in words: what is there was shown in
/// some form; what is not there is neither complete nor in legal form; a copy, and only a copy, was held against its
/// original; and what is wrong is explained.
#[test]
fn a_finding_is_recorded_only_if_it_makes_sense() {
    let (item, code) = (item(TAX), material("tax-licence"));
    let both = [true, false];
    let forms = [None, Some(Presented::Original), Some(Presented::Copy), Some(Presented::Electronic)];
    let copy_checks = [None, Some(CopyCheck::Matches), Some(CopyCheck::Differs), Some(CopyCheck::OriginalNotShown)];
    let mut recorded = 0;
    for present in both {
        for (complete, legal_form) in [(true, true), (true, false), (false, true), (false, false)] {
            for presented in forms {
                for copy_check in copy_checks {
                    for note in [None, note()] {
                        let explained = note.is_some();
                        let check = MaterialCheck {
                            present,
                            complete,
                            legal_form,
                            presented,
                            copy_check,
                            note,
                            after_acceptance: false,
                            by: clerk(),
                            at: now(),
                        };
                        let wrong = !complete || !legal_form || copy_check.is_some_and(|it| it != CopyCheck::Matches);
                        let sensible = present == presented.is_some()
                            && (present || (!complete && !legal_form))
                            && (presented == Some(Presented::Copy)) == copy_check.is_some()
                            && (explained || !wrong);
                        let verdict = Intake::default().may_check(&item, &code, &check);
                        assert_eq!(verdict.is_ok(), sensible, "{check:?}: {verdict:?}");
                        recorded += usize::from(sensible);
                    }
                }
            }
        }
    }
    // Absent: with a note. Original or electronic: 1 + 4 each. Copy: 3 findings × 4 with a note, 1 without.
    assert_eq!(recorded, 1 + 2 * (4 + 1) + (3 * 4 + 1));
}

/// Clause B2-3
#[test]
fn a_copy_that_was_not_found_equal_to_its_original_is_a_defect() {
    let copy = |check| shown_as(Presented::Copy, Some(check)).defect();
    assert_eq!(copy(CopyCheck::Matches), None);
    assert_eq!(copy(CopyCheck::Differs), Some("复印件与原件不一致"));
    assert_eq!(copy(CopyCheck::OriginalNotShown), Some("未出示原件核对"));

    let item = item(TAX);
    let mut intake = in_order(&item);
    let differs = MaterialCheck { note: note(), ..shown_as(Presented::Copy, Some(CopyCheck::Differs)) };
    intake.materials.insert(material("tax-licence"), handed(differs));
    let refusal = intake.must_be_in_order(&item).unwrap_err();
    assert_eq!(refusal.code, "not_in_order");
    assert!(refusal.detail.ends_with("复印件与原件不一致"), "{refusal}");
}

/// Clause B2-7: an electronic material does where the guide says so, and only there.
#[test]
fn an_electronic_material_is_taken_where_the_guide_takes_it() {
    let item = item(FOREIGNER);
    let electronic = shown_as(Presented::Electronic, None);
    let verdict = |code| Intake::default().may_check(&item, &material(code), &electronic);
    assert_eq!(verdict("application"), Ok(()));
    assert_eq!(verdict("health-report").unwrap_err().code, "electronic_not_accepted");
}

/// Clause B2-7: of a file that the guide takes the original need not be shown; of a copy on paper, or of a picture of what
/// is taken on paper alone, it does.
#[test]
fn the_original_of_a_file_need_not_be_shown() {
    let not_shown = MaterialCheck {
        legal_form: false,
        note: note(),
        ..shown_as(Presented::Copy, Some(CopyCheck::OriginalNotShown))
    };
    let verdict = |item: &ItemVersion, code: &str, files: Vec<AttachedFile>| {
        let handed = Handed { files, check: None };
        let intake = Intake { materials: [(material(code), handed)].into_iter().collect(), ..Intake::default() };
        intake.may_check(item, &material(code), &not_shown).map_err(|it| it.code)
    };
    let (tax, foreigner) = (item(TAX), item(FOREIGNER));
    for code in ["tax-licence", "id-card"] {
        assert_eq!(verdict(&tax, code, vec![file()]), Err("paper_not_to_be_demanded"), "{code}");
        assert_eq!(verdict(&tax, code, Vec::new()), Ok(()), "{code}");
    }
    assert_eq!(verdict(&foreigner, "qualification", vec![file()]), Ok(()));
}

/// 行政许可法 art. 30: nobody may ask for, or look at, more than the guide lists.
#[test]
fn what_the_guide_does_not_list_is_refused() {
    let item = item(TAX);
    let stray = material("household-register");
    let check = shown_as(Presented::Original, None);
    assert_eq!(Intake::default().may_check(&item, &stray, &check).unwrap_err().code, "material_not_listed");
    assert_eq!(Intake::default().may_attach(&item, &stray, 1).unwrap_err().code, "material_not_listed");
}

#[test]
fn a_material_carries_so_many_files_and_no_more() {
    let item = item(TAX);
    let code = material("id-card");
    let mut intake = Intake::default();
    for _ in 0..FILES_PER_MATERIAL {
        intake.may_attach(&item, &code, 1).unwrap();
        intake.materials.entry(code.clone()).or_default().files.push(file());
    }
    assert_eq!(intake.may_attach(&item, &code, 1).unwrap_err().code, "too_many_files");
    assert_eq!(
        intake.may_attach(&item, &material("tax-licence"), FILES_PER_MATERIAL),
        Ok(()),
        "the limit is for each material"
    );
}

/// Clauses B2-1, B2-2: all at once, so that nobody is sent home twice.
#[test]
fn everything_that_is_wanting_is_named_at_once() {
    let item = item(TAX);
    let mut intake = Intake::default();
    let required: Vec<_> = item.materials.iter().filter(|spec| spec.required).collect();
    let names =
        |obstacles: &[String]| required.iter().all(|spec| obstacles.iter().any(|it| it.contains(spec.name.as_str())));

    let untouched = intake.obstacles(&item);
    assert_eq!(untouched.len(), 1 + required.len(), "{untouched:?}");
    assert_eq!(untouched[0], "尚未核验受理范围");
    assert!(names(&untouched), "{untouched:?}");

    intake.scope = scope(ScopeFinding::OutsidePower);
    for spec in &required {
        intake.materials.insert(spec.code.clone(), handed(not_handed_in()));
    }
    let examined = intake.obstacles(&item);
    assert_eq!(examined.len(), 1 + required.len(), "{examined:?}");
    assert_eq!(examined[0], "不在受理范围内");
    assert!(names(&examined) && examined[1..].iter().all(|it| it.ends_with("未提交")), "{examined:?}");
    let refusal = intake.must_be_in_order(&item).unwrap_err();
    assert!(examined.iter().all(|it| refusal.detail.contains(it.as_str())), "{refusal}");
}

/// 行政许可法 art. 32(1)(5)
#[test]
fn an_application_in_order_waits_for_nothing() {
    for code in [TAX, FOREIGNER] {
        let item = item(code);
        assert_eq!(in_order(&item).must_be_in_order(&item), Ok(()));
    }
}

/// Clause B2-2: an optional material may be left out; once handed in it is looked at like any other.
#[test]
fn an_optional_material_counts_only_once_it_is_there() {
    let item = item(TAX);
    let optional = item.materials.iter().find(|spec| !spec.required).unwrap().code.clone();
    let with = |handed: Handed| {
        let mut intake = in_order(&item);
        intake.materials.insert(optional.clone(), handed);
        intake.obstacles(&item).len()
    };
    assert_eq!(with(Handed::default()), 1, "handed in and not looked at");
    assert_eq!(with(handed(not_handed_in())), 0, "found not to be there");
    assert_eq!(with(handed(shown_as(Presented::Original, None))), 0);
    let wrong = MaterialCheck { legal_form: false, note: note(), ..shown_as(Presented::Original, None) };
    assert_eq!(with(handed(wrong)), 1);
}

/// Clause B2-1, 行政许可法 art. 32(1)(1) and (2): each way of not accepting has its own finding.
#[test]
fn not_accepting_needs_the_finding_that_it_rests_on() {
    let after = |scope| Intake { scope, ..Intake::default() };
    let verdicts = |intake: Intake| (intake.may_reject(&item(TAX)).is_ok(), intake.may_declare_not_required().is_ok());
    assert_eq!(verdicts(after(None)), (false, false));
    assert_eq!(verdicts(after(scope(ScopeFinding::Within))), (false, false));
    assert_eq!(verdicts(after(scope(ScopeFinding::OutsidePower))), (true, false));
    assert_eq!(verdicts(after(scope(ScopeFinding::NoLicenceNeeded))), (false, true));
}
