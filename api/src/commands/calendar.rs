use std::{path::PathBuf, process::ExitCode};

use kernel::Calendar;
use persistence::{Shard, Tx, sandbox};

use crate::{
    bootstrap,
    clock::Clock,
    console::{Exit, complain, fail, say},
    editions, server,
    settings::Settings,
};

/// Imports an edition of the calendar; all of it or nothing.
pub(crate) async fn import(settings: Settings, file: PathBuf) -> ExitCode {
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => return fail(Exit::Failure, format_args!("无法读取 {}（{error}）", file.display())),
    };
    let edition = match Calendar::parse(&text) {
        Ok(edition) => edition,
        Err(faults) => {
            faults.iter().for_each(complain);
            return fail(Exit::Failure, format_args!("安排有{}处错误，未导入（nothing imported）", faults.len()));
        }
    };
    let store = match server::open_store(&settings).await {
        Ok(store) => store,
        Err(error) => return fail(error.exit(), error),
    };
    let centre = settings.centre;
    let import = move |tx: &mut Tx<'_>| {
        // By the centre's own clock, or in a sandbox that is ahead nothing would have been there before.
        let ahead = sandbox::clocks(tx.read())?;
        let clock = if ahead.is_empty() { Clock::real() } else { Clock::of_a_sandbox(ahead) };
        editions::import(tx, centre, &edition, &bootstrap::installer(), clock.now(centre))
    };
    let imported = store.write(Shard::of("calendar"), import).await;
    store.shutdown().await;
    match imported {
        Ok(imported) => {
            imported.rows.iter().for_each(say);
            say(format_args!(
                "已导入{}日，其中{}日有变化；已公布至{}",
                imported.days, imported.changed, imported.published_through
            ));
            Exit::Ok.into()
        }
        Err(error) => fail(Exit::Failure, format_args!("导入失败（{error}）")),
    }
}
