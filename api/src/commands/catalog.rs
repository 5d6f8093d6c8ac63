use std::{path::PathBuf, process::ExitCode};

use kernel::Instant;
use persistence::Shard;

use crate::{
    bootstrap,
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
        Err(report) => {
            report
                .faults
                .iter()
                .for_each(|fault| complain(format_args!("{} {}：{}", fault.pointer, fault.row, fault.fault)));
            return fail(
                Exit::Failure,
                format_args!("目录有{}处错误，未导入（nothing imported）", report.faults.len()),
            );
        }
    };
    let store = match server::open_store(&settings).await {
        Ok(store) => store,
        Err(error) => return fail(Exit::Failure, error),
    };
    let installed = store.write(Shard::of("installation"), move |tx| bootstrap::install(tx, &catalog, now)).await;
    store.shutdown().await;
    match installed {
        Ok(installed) => {
            say(format_args!(
                "事项：新增{}，修订{}，未变{}；派驻：新增{}",
                installed.items_new, installed.items_revised, installed.items_unchanged, installed.postings_new
            ));
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, format_args!("导入失败（{error}）")),
    }
}
