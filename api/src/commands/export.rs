use std::{path::PathBuf, process::ExitCode, time::Duration};

use chrono::NaiveDate;
use exchange::Format;
use futures_util::TryStreamExt as _;
use kernel::StaffCode;
use persistence::{Shard, StoreError, exports};
use strum::VariantArray as _;

use super::folder::{Folder, Unwritten};
use crate::{
    blob::FileKey,
    bootstrap,
    console::{Exit, fail, say},
    desk::Desk,
    exports::{Order, order},
    problem::Error,
    server,
    settings::Settings,
    views::export::ExportView,
};

/// How long another process that is at work on the batch is left alone before it is asked again.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) receiver: StaffCode,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) format: Format,
    /// Personal data as it is.
    pub(crate) unmasked: bool,
    pub(crate) out: PathBuf,
}

/// Orders a batch, works it off, and lays its files and its entry in the ledger into a folder.
pub(crate) async fn run(settings: Settings, wanted: Wanted) -> ExitCode {
    if wanted.to < wanted.from {
        return fail(Exit::Usage, "--to 不能早于 --from（the period ends before it begins）");
    }
    let folder = match Folder::new(&wanted.out) {
        Ok(folder) => folder,
        Err(error) => return fail(Exit::Failure, error),
    };
    let centre = settings.centre;
    let desk = match server::open_desk(settings).await {
        Ok(desk) => desk,
        Err(error) => return fail(error.exit(), error),
    };
    let exported = export(&desk, &wanted, &folder).await;
    desk.close().await;
    match exported {
        Ok(view) => {
            say(format_args!(
                "中心 {centre} · 接收方 {} · 批次 {} · 版本 {}：检查{}件，有变化{}件",
                view.receiver, view.batch, view.version, view.examined, view.matched
            ));
            for file in &view.files {
                say(format_args!(
                    "  {}：{}行（新增{}，修改{}，删除{}）",
                    file.name, file.rows, file.inserted, file.updated, file.deleted
                ));
            }
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, format_args!("导出失败（{error}）")),
    }
}

async fn export(desk: &std::sync::Arc<Desk>, wanted: &Wanted, folder: &Folder) -> Result<ExportView, Error> {
    let centre = desk.centre();
    let now = desk.now(centre);
    let what = Order {
        receiver: wanted.receiver.clone(),
        from: wanted.from,
        to: wanted.to,
        tables: exchange::Table::VARIANTS.to_vec(),
        format: wanted.format,
        unmasked: wanted.unmasked,
    };
    let by = bootstrap::installer();
    let put = move |tx: &mut persistence::Tx<'_>| order(tx, centre, &what, &by, now);
    let id = desk.store.write(Shard::of("exports"), put).await?.id;
    let export = loop {
        desk.export_all().await?;
        let get = move |connection: &mut _| Ok::<_, StoreError>(exports::get(connection, centre, id)?);
        match desk.store.read(get).await? {
            Some(export) if export.finished_at.is_some() => break export,
            _ => tokio::time::sleep(PATIENCE).await,
        }
    };
    for file in &export.files {
        let name = export.name(file.table);
        let mut written = folder.file(&name).map_err(Error::internal)?;
        let mut bytes = Box::pin(desk.files.get(&FileKey::of_export(centre, id, &name)).await?);
        while let Some(chunk) = bytes.try_next().await? {
            written.write(&chunk).map_err(Error::internal)?;
        }
        written.finish().map_err(Error::internal)?;
    }
    let view = ExportView::of(export, Vec::new());
    let ledger = serde_json::to_vec_pretty(&view).map_err(Error::internal)?;
    let write = || -> Result<(), Unwritten> {
        let mut manifest = folder.file("manifest.json")?;
        manifest.write(&ledger)?;
        manifest.finish().map(drop)
    };
    write().map_err(Error::internal)?;
    Ok(view)
}
