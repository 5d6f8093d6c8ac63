//! 材料附件.

use sha2::{Digest, Sha256};
use tests::*;

async fn received(hall: &Hall) -> Case {
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await
}

/// The first file of a material.
fn file_of(case: &Case, material: &str) -> Value {
    let found = case.materials().into_iter().find(|spec| spec["code"] == material).unwrap();
    found["files"][0].clone()
}

fn on_disk(hall: &Hall) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&hall.data().join("files"))
}

tests::on_both_stores! {
    /// Clause B2-2: a material is a real file, stored as it came, with its digest.
    async fn a_file_comes_back_as_it_went_in(hall: Hall) {
        let case = received(&hall).await;
        let applicant = hall.applicant_of(&case);
        applicant.reads(&case).await.ok();
        applicant.attaches(&case, "application", "application/pdf", PDF).await.ok();
        let file = file_of(&case, "application");
        let digest: String = Sha256::digest(PDF).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&file["digest"], &file["media_type"]), (&json!(digest), &json!("application/pdf")));
        assert_eq!(file["bytes"], PDF.len());

        let path = case.path(&format!("files/{}", file["id"].as_str().unwrap()));
        for reader in [applicant, hall.clerk("rule-of-law"), hall.reviewer("justice")] {
            let answer = reader.get(&path).await.ok();
            assert_eq!(answer.bytes, PDF, "{reader:?}");
            assert_eq!(answer.header("content-type"), "application/pdf");
            assert_eq!(answer.header("content-disposition"), "attachment");
        }
        hall.manager().get(&path).await.denied(403, "role_not_allowed");
        hall.reviewer("commerce").get(&path).await.hidden();
    }

    /// Clause B2-2: what was checked is no longer what is there.
    async fn a_new_file_is_checked_anew(hall: Hall) {
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.checks_everything(&case).await;
        assert!(case.allows("accept"));
        clerk.attaches(&case, "application", "application/pdf", PDF).await.ok();
        clerk.accepts(&case).await.refused("not_in_order");
        clerk.finds_in_order(&case, "application").await.ok();
        clerk.accepts(&case).await.ok();
        clerk.attaches(&case, "application", "application/pdf", PDF).await.refused("not_left_open");
    }

    /// What a file is, its content says; what is not taken in leaves nothing behind.
    async fn a_file_that_is_not_what_it_says_is_not_stored(hall: Hall) {
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.attaches(&case, "application", "image/png", PDF).await.problem(422, "file_type_mismatch");
        clerk.attaches(&case, "application", "application/pdf", b"").await.problem(422, "empty_file");
        clerk.attaches(&case, "application", "text/html", b"<p>").await.problem(415, "unsupported_media_type");
        clerk.attaches(&case, "application", "application/pdf", b"MZ\x90\x00 no document").await
            .problem(422, "file_type_not_allowed");
        clerk.attaches(&case, "no-such-material", "application/pdf", PDF).await.refused("material_not_listed");
        let path = case.path("materials/application/files");
        clerk.post(&path).if_match("\"99\"").body("application/pdf", PDF).await.problem(412, "version_mismatch");
        assert_eq!(on_disk(&hall), 0, "nothing is left of what was refused");
        clerk.attaches(&case, "application", "application/pdf", PDF).await.ok();
        assert_eq!(on_disk(&hall), 1);
    }

    /// A file larger than the limit is refused however it is sent.
    async fn a_file_can_be_too_large(hall: Hall) {
        hall.restarts_with(|settings| settings.files.max_bytes = 1000).await;
        let case = received(&hall).await;
        let mut large = PDF.to_vec();
        large.resize(1001, b' ');
        hall.clerk("rule-of-law").attaches(&case, "application", "application/pdf", &large).await
            .problem(413, "file_too_large");
        assert_eq!(on_disk(&hall), 0);
        large.truncate(1000);
        hall.clerk("rule-of-law").attaches(&case, "application", "application/pdf", &large).await.ok();
    }

    /// The same upload under the same key is one file.
    async fn an_upload_is_repeated_without_harm(hall: Hall) {
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let path = case.path("materials/application/files");
        let send = || clerk.post(&path).if_match(&case.etag()).key("upload-1").body("application/pdf", PDF);
        let first = send().await.ok();
        let second = send().await.ok();
        assert_eq!(second.header("idempotency-replayed"), "true");
        assert_eq!(first.body, second.body);
        assert_eq!(on_disk(&hall), 1);
    }
}
