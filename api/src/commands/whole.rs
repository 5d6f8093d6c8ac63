//! 整库: dump, restore, move and verify.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use futures_util::TryStreamExt as _;
use persistence::{
    BadUrl, DatabaseUrl, migrate,
    whole::{self, Summary, Whole, WholeError},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::folder::{Folder, Unwritten};
use crate::{
    blob::{BadStorage, FileKey, Files},
    console::{Exit, complain, fail, say},
    problem::Error,
    sandbox, server,
    settings::Settings,
};

/// The table that only a sandbox has rows in.
const SANDBOX_CLOCKS: &str = "sandbox_clocks";

/// 清单: what a dump holds; written last, so that a dump without one is not whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    program: String,
    /// The versions of the schema, oldest first.
    schema: Vec<String>,
    tables: Vec<Summary>,
    /// Uploaded and exported files, by their keys.
    files: Vec<Kept>,
    /// The installation's keys, without which codes and digests are not those of before.
    keys: Vec<Kept>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    name: String,
    bytes: u64,
    sha256: String,
}

const MANIFEST: &str = "manifest.json";

/// Why it was not done, in one sentence.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error("{0}")]
    Url(#[from] BadUrl),
    #[error("{0}")]
    Whole(#[from] WholeError),
    #[error("{0}")]
    Open(#[from] persistence::OpenError),
    #[error("{0}")]
    Start(#[from] server::StartError),
    #[error("{0}")]
    Storage(#[from] BadStorage),
    #[error("{0}")]
    Unwritten(#[from] Unwritten),
    #[error("无法读取 {0}（{1}）")]
    Unread(PathBuf, std::io::Error),
    #[error("文件存储出错（{0}）")]
    Files(Error),
    #[error("{0}")]
    Wrong(String),
}

impl Undone {
    fn exit(&self) -> Exit {
        match self {
            Self::Url(_) => Exit::Config,
            Self::Start(error) => error.exit(),
            _ => Exit::Failure,
        }
    }
}

fn done(outcome: Result<(), Undone>) -> ExitCode {
    match outcome {
        Ok(()) => Exit::Ok.into(),
        Err(undone) => fail(undone.exit(), undone),
    }
}

fn report(summaries: &[Summary]) {
    for Summary { table, rows, sha256 } in summaries {
        say(format_args!("  {table:<28} {rows:>9} 行  {sha256}"));
    }
    let rows: u64 = summaries.iter().map(|summary| summary.rows).sum();
    say(format_args!("共{}张表，{rows}行", summaries.len()));
}

/// Everything there is into a new folder: every table, every file, and the keys.
pub(crate) async fn dump(settings: Settings, out: PathBuf) -> ExitCode {
    done(dump_into(&settings, &out).await)
}

async fn dump_into(settings: &Settings, out: &Path) -> Result<(), Undone> {
    let url: DatabaseUrl = settings.database_url().parse()?;
    let folder = Folder::new(out)?;
    let mut source = Whole::read(&url)?;
    let mut tables = Vec::new();
    for table in source.tables().to_vec() {
        let mut file = folder.file(&format!("tables/{}.ndjson", table.name()))?;
        let line = |line: &str| {
            let written = file.write(line.as_bytes()).and_then(|()| file.write(b"\n"));
            written.map_err(|error| WholeError::Io(std::io::Error::other(error)))
        };
        tables.push(source.each(&table, line)?);
        file.finish()?;
    }
    drop(source);
    let store = Files::open(&settings.files, &settings.data)?;
    let mut files = Vec::new();
    for key in store.all().await.map_err(Undone::Files)? {
        let mut file = folder.file(&format!("files/{key}"))?;
        let mut bytes = Box::pin(store.get(&key).await.map_err(Undone::Files)?);
        while let Some(chunk) = bytes.try_next().await.map_err(Undone::Files)? {
            file.write(&chunk)?;
        }
        let (bytes, sha256) = file.finish()?;
        files.push(Kept { name: key.to_string(), bytes, sha256 });
    }
    let mut keys = Vec::new();
    for name in names_in(&settings.keys())? {
        let mut file = folder.file(&format!("keys/{name}"))?;
        let path = settings.keys().join(&name);
        file.write(&std::fs::read(&path).map_err(|error| Undone::Unread(path, error))?)?;
        let (bytes, sha256) = file.finish()?;
        keys.push(Kept { name, bytes, sha256 });
    }
    report(&tables);
    say(format_args!("文件{}个，密钥文件{}个", files.len(), keys.len()));
    let schema = migrate::status(&url)?.applied;
    let manifest = Manifest { program: env!("CARGO_PKG_VERSION").to_owned(), schema, tables, files, keys };
    let mut file = folder.file(MANIFEST)?;
    file.write(&serde_json::to_vec_pretty(&manifest).map_err(|error| Undone::Wrong(error.to_string()))?)?;
    file.finish()?;
    Ok(())
}

/// Files right in a folder; none where there is no folder.
fn names_in(folder: &Path) -> Result<Vec<String>, Undone> {
    let unread = |error| Undone::Unread(folder.to_owned(), error);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in folder.read_dir().map_err(unread)? {
        let entry = entry.map_err(unread)?;
        if entry.file_type().map_err(unread)?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A dump into an empty database and a data folder without keys; all of the database or nothing.
pub(crate) async fn restore(settings: Settings, from: PathBuf) -> ExitCode {
    done(restore_from(&settings, &from).await)
}

async fn restore_from(settings: &Settings, from: &Path) -> Result<(), Undone> {
    let url: DatabaseUrl = settings.database_url().parse()?;
    let path = from.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|error| Undone::Unread(path.clone(), error))?;
    let wrong = |error| Undone::Wrong(format!("{} 有误（{error}）", path.display()));
    let manifest: Manifest = serde_json::from_slice(&text).map_err(wrong)?;
    if !names_in(&settings.keys())?.is_empty() {
        let folder = settings.keys();
        return Err(Undone::Wrong(format!("{} 已有密钥，请恢复到新的数据目录", folder.display())));
    }
    server::create_data_folder(settings)?;
    let mut target = Whole::empty(&url)?;
    let filled = fill(&mut target, &manifest, from)?;
    if let Some(groundless) = whole::closed_without_ground(target.connection())?.first() {
        return Err(Undone::Wrong(format!("事项 {groundless} 的销号没有记录可依，未恢复（nothing restored）")));
    }
    let store = Files::open(&settings.files, &settings.data)?;
    for kept in &manifest.files {
        let bytes = read_kept(&from.join("files"), kept)?;
        store.write(&FileKey::named(&kept.name), bytes).await.map_err(Undone::Files)?;
    }
    let folder = Folder::new(&settings.keys())?;
    for kept in &manifest.keys {
        let mut file = folder.file(&kept.name)?;
        file.write(&read_kept(&from.join("keys"), kept)?)?;
        file.finish()?;
    }
    if filled.iter().any(|table| table.table == SANDBOX_CLOCKS && table.rows > 0) {
        let unwritten = |error| Undone::Wrong(format!("{} 无法写入（{error}）", settings.data.display()));
        sandbox::mark_restored(settings).map_err(unwritten)?;
    }
    target.keep()?;
    report(&filled);
    say(format_args!("文件{}个，密钥文件{}个；逐表核对一致", manifest.files.len(), manifest.keys.len()));
    number(&url)
}

/// Every table of this program's schema from its file, as the manifest says, and no other.
fn fill(target: &mut Whole, manifest: &Manifest, from: &Path) -> Result<Vec<Summary>, Undone> {
    let tables = target.tables().to_vec();
    if let Some(other) = manifest.tables.iter().find(|it| !tables.iter().any(|table| table.name() == it.table)) {
        return Err(Undone::Wrong(format!("本程序没有表 {}，请用同一版本恢复", other.table)));
    }
    let mut filled = Vec::new();
    for table in tables {
        let Some(expected) = manifest.tables.iter().find(|it| it.table == table.name()) else {
            return Err(Undone::Wrong(format!("备份没有表 {}，请用同一版本恢复", table.name())));
        };
        let path = from.join("tables").join(format!("{}.ndjson", table.name()));
        let file = File::open(&path).map_err(|error| Undone::Unread(path.clone(), error))?;
        let lines = BufReader::new(file).lines().map(|line| line.map_err(WholeError::Io));
        let found = target.fill(table.name(), lines)?;
        if found != *expected {
            return Err(Undone::Wrong(format!("{} 与清单不符", path.display())));
        }
        filled.push(found);
    }
    Ok(filled)
}

fn read_kept(folder: &Path, kept: &Kept) -> Result<Vec<u8>, Undone> {
    if kept.name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Undone::Wrong(format!("清单中的文件名 {} 有误", kept.name)));
    }
    let path = folder.join(&kept.name);
    let unread = |error| Undone::Unread(path.clone(), error);
    let (mut bytes, mut file) = (Vec::new(), File::open(&path).map_err(unread)?);
    file.read_to_end(&mut bytes).map_err(unread)?;
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if (bytes.len() as u64, &sha256) == (kept.bytes, &kept.sha256) {
        return Ok(bytes);
    }
    Err(Undone::Wrong(format!("{} 与清单不符", path.display())))
}

/// 搬迁: everything in the database into an empty one, and what came of it. The data folder with its files and keys stays
/// where it is.
pub(crate) fn move_to(settings: &Settings, to: &str) -> ExitCode {
    done(move_into(settings, to))
}

fn move_into(settings: &Settings, to: &str) -> Result<(), Undone> {
    let (from, to): (DatabaseUrl, DatabaseUrl) = (settings.database_url().parse()?, to.parse()?);
    let moved = whole::copy(&from, &to)?;
    report(&moved);
    say(format_args!("{from} → {to}：逐表核对一致（every table equal）"));
    number(&to)?;
    check(&to)
}

/// What PostgreSQL had not given its place in the feed yet gets it where there is one writer.
fn number(url: &DatabaseUrl) -> Result<(), Undone> {
    let numbered = whole::number(url)?;
    if numbered > 0 {
        say(format_args!("事件流补编{numbered}条"));
    }
    Ok(())
}

/// 校验: counts and digests of every table, every chain of the record, and that it adds up to what is stored.
pub(crate) fn verify(settings: &Settings) -> ExitCode {
    done(verify_it(settings))
}

fn verify_it(settings: &Settings) -> Result<(), Undone> {
    let url: DatabaseUrl = settings.database_url().parse()?;
    let mut source = Whole::read(&url)?;
    let mut summaries = Vec::new();
    for table in source.tables().to_vec() {
        summaries.push(source.each(&table, |_| Ok(()))?);
    }
    drop(source);
    report(&summaries);
    check(&url)
}

fn check(url: &DatabaseUrl) -> Result<(), Undone> {
    let checked = whole::check(Whole::read(url)?.connection())?;
    checked.faults.iter().for_each(complain);
    say(format_args!(
        "记录{}条，{}个记录流，哈希链{}；办件{}件、办不成事{}件、咨询{}件，记录与现状{}",
        checked.events,
        checked.streams,
        if checked.faults.is_empty() { "完整" } else { "有误" },
        checked.cases,
        checked.impasses,
        checked.consultations,
        if checked.faults.is_empty() { "一致" } else { "有误" },
    ));
    if checked.faults.is_empty() {
        return Ok(());
    }
    Err(Undone::Wrong(format!("发现{}处不符（faults found）", checked.faults.len())))
}
