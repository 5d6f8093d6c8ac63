//! 文件存储: materials in an S3-compatible store instead of the data folder.

use tests::*;

/// More than one part of a multipart upload.
const LARGE: usize = 12 * 1024 * 1024;

async fn received(hall: &Hall) -> Case {
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await
}

async fn keeps_files_in(hall: &Hall, store: &ObjectStore) {
    hall.restarts_with(|settings| settings.files.s3 = Some(store.settings())).await;
}

/// Where the first file of the material can be read.
fn path_of(case: &Case, material: &str) -> String {
    let found = case.materials().into_iter().find(|spec| spec["code"] == material).unwrap();
    case.path(&format!("files/{}", found["files"][0]["id"].as_str().unwrap()))
}

tests::on_both_stores! {
    /// Clause B2-2: a material is stored as it came, small or in several parts, and outlives the process.
    async fn a_file_comes_back_from_the_store(hall: Hall) {
        let store = ObjectStore::start().await;
        keeps_files_in(&hall, &store).await;
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let mut large = PDF.to_vec();
        large.resize(LARGE, b' ');
        for bytes in [PDF, &large] {
            clerk.attaches(&case, "application", "application/pdf", bytes).await.ok();
            clerk.reads(&case).await.ok();
        }
        let files = case.materials().into_iter().find(|spec| spec["code"] == "application").unwrap();
        let read = async |file: &Value| {
            let path = case.path(&format!("files/{}", file["id"].as_str().unwrap()));
            clerk.get(&path).await.ok().bytes
        };
        keeps_files_in(&hall, &store).await;
        let sizes: Vec<u64> = files["files"].as_array().unwrap().iter().map(|file| file["bytes"].as_u64().unwrap()).collect();
        assert_eq!(sizes, [PDF.len() as u64, LARGE as u64]);
        assert_eq!(read(&files["files"][0]).await, PDF);
        assert!(read(&files["files"][1]).await == large, "the large file comes back as it went in");
        assert!(!hall.data().join("files").join(hall.centre().to_string()).exists(), "nothing lies in the data folder");
    }

    /// What is not taken in is not kept there either, and what was never there is not found.
    async fn a_refused_file_is_not_kept_in_the_store(hall: Hall) {
        let store = ObjectStore::start().await;
        keeps_files_in(&hall, &store).await;
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.attaches(&case, "application", "image/png", PDF).await.problem(422, "file_type_mismatch");
        clerk.attaches(&case, "application", "application/pdf", PDF).await.ok();
        clerk.reads(&case).await.ok();
        let path = path_of(&case, "application");
        clerk.get(&path).await.ok();
        hall.restarts().await;
        clerk.get(&path).await.hidden();
    }

    /// A store that does not answer is told in time, as something that passes; the case is as it was.
    async fn a_store_that_is_down_takes_nothing(hall: Hall) {
        let mut store = ObjectStore::start().await;
        keeps_files_in(&hall, &store).await;
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.attaches(&case, "application", "application/pdf", PDF).await.ok();
        clerk.reads(&case).await.ok();
        let path = path_of(&case, "application");
        store.stop();
        let before = case.etag();
        let answer = clerk.attaches(&case, "application", "application/pdf", PDF).await.problem(503, "unavailable");
        assert_eq!((answer.header("retry-after"), &answer.body["retryable"]), ("2", &json!(true)));
        clerk.get(&path).await.problem(503, "unavailable");
        clerk.reads(&case).await.ok();
        assert_eq!(case.etag(), before);
        let again = ObjectStore::start().await;
        keeps_files_in(&hall, &again).await;
        clerk.attaches(&case, "application", "application/pdf", PDF).await.ok();
    }
}
