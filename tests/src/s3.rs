use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use api::settings::{Hidden, S3};
use uuid::Uuid;

const PROGRAM: &str = "YICHUANG_TEST_S3";
const BUCKET: &str = "yichuang";

/// S3 兼容存储: a store of one test's own, in memory, gone when this is dropped.
#[derive(Debug)]
pub struct ObjectStore {
    child: Child,
    endpoint: String,
    prefix: String,
}

impl ObjectStore {
    /// Starts it on a free port and makes the bucket.
    pub async fn start() -> Self {
        let program = std::env::var(PROGRAM).unwrap_or_else(|_| {
            panic!(
                "{PROGRAM} is not set: it must hold the path of moto_server, which `scripts/test` puts into .venv/bin"
            )
        });
        let mut child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let endpoint = lines.find_map(|line| Some(line.split_once("Running on ")?.1.trim().to_owned()));
        let endpoint = endpoint.expect("the store says where it listens");
        // It goes on writing a line for each request.
        std::thread::spawn(move || lines.for_each(drop));
        let made = reqwest::Client::new().put(format!("{endpoint}/{BUCKET}")).send().await.unwrap();
        assert!(made.status().is_success(), "{made:?}");
        Self { child, endpoint, prefix: Uuid::now_v7().to_string() }
    }

    /// The settings of a server that keeps its files there.
    pub fn settings(&self) -> S3 {
        S3 {
            bucket: BUCKET.to_owned(),
            endpoint: Some(self.endpoint.clone()),
            region: "us-east-1".to_owned(),
            prefix: self.prefix.clone(),
            access_key_id: Some("id".to_owned()),
            secret_access_key: Some(Hidden("secret".to_owned())),
            allow_http: true,
        }
    }

    /// From now on nobody answers there.
    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
