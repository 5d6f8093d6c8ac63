use std::{path::PathBuf, process::ExitCode};

use catalog::Report;
use kernel::{Centre, Instant};
use persistence::{Connection, Shard, StoreError, hall, items};
use serde_json::{Value, json};

use crate::{
    bootstrap::{self, NotImported},
    console::{Exit, complain, fail, say},
    server,
    settings::Settings,
};

/// Imports a catalogue, with a report per row; all of it or nothing.
pub(crate) async fn import(settings: Settings, file: PathBuf) -> ExitCode {
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => return fail(Exit::Failure, format_args!("无法读取 {}（{error}）", file.display())),
    };
    let now = Instant::new(chrono::Utc::now());
    let catalog = match catalog::read(&text, now.day()) {
        Ok(catalog) => catalog,
        Err(report) => return refuse(&report),
    };
    let store = match server::open_store(&settings).await {
        Ok(store) => store,
        Err(error) => return fail(error.exit(), error),
    };
    let imported = store.write(Shard::of("installation"), move |tx| bootstrap::import(tx, &catalog, now)).await;
    store.shutdown().await;
    match imported {
        Ok(imported) => {
            imported.rows.iter().for_each(say);
            say(&imported);
            Exit::Ok.into()
        }
        Err(NotImported::Refused(report)) => refuse(&report),
        Err(NotImported::Store(error)) => fail(Exit::Failure, format_args!("导入失败（{error}）")),
    }
}

fn refuse(report: &Report) -> ExitCode {
    report.faults.iter().for_each(|fault| complain(format_args!("{} {}：{}", fault.pointer, fault.row, fault.fault)));
    fail(Exit::Failure, format_args!("目录有{}处错误，未导入（nothing imported）", report.faults.len()))
}

/// Writes the catalogue as an import reads it: the hall, who is posted where, and of every item the newest version that is
/// published and not over.
pub(crate) async fn export(settings: Settings, file: PathBuf) -> ExitCode {
    let (centre, today) = (settings.centre, Instant::new(chrono::Utc::now()).day());
    let store = match server::open_store(&settings).await {
        Ok(store) => store,
        Err(error) => return fail(error.exit(), error),
    };
    let read = store.read(move |connection| document(connection, centre, today)).await;
    store.shutdown().await;
    let text = match read.map(|document| serde_json::to_string_pretty(&document)) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return fail(Exit::Failure, error),
        Err(error) => return fail(Exit::Failure, format_args!("导出失败（{error}）")),
    };
    // What could not be read again is no catalogue.
    let catalog = match catalog::read(&text, today) {
        Ok(catalog) => catalog,
        Err(report) => {
            let fault = report.faults.first().map(|it| format!("{} {}：{}", it.pointer, it.row, it.fault));
            return fail(Exit::Failure, format_args!("目录不能再导入：{}", fault.unwrap_or_default()));
        }
    };
    if let Err(error) = std::fs::write(&file, text) {
        return fail(Exit::Failure, format_args!("无法写入 {}（{error}）", file.display()));
    }
    say(format_args!("事项{}，派驻{}，已写入 {}", catalog.items.len(), catalog.postings.len(), file.display()));
    Exit::Ok.into()
}

fn document(connection: &mut Connection, centre: Centre, today: chrono::NaiveDate) -> Result<Value, StoreError> {
    let mut listed = Vec::new();
    for version in items::published(connection, centre)? {
        if version.valid_until.is_some_and(|until| until < today) {
            continue;
        }
        let mut item = json!(version.content());
        if let Some(fields) = item.as_object_mut() {
            fields.insert("code".to_owned(), json!(version.item));
            fields.insert("valid_from".to_owned(), json!(version.valid_from));
            fields.insert("valid_until".to_owned(), json!(version.valid_until));
        }
        listed.push(item);
    }
    Ok(json!({
        "centre": centre,
        "zones": hall::zones(connection, centre)?,
        "sectors": hall::sectors(connection, centre)?,
        "departments": hall::departments(connection, centre)?,
        "windows": hall::windows(connection, centre)?,
        "postings": hall::all_postings(connection, centre)?,
        "items": listed,
    }))
}
