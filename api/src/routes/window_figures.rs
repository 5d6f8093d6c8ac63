//! 窗口统计: what counts for and against each window, and of which cases it is made (clauses B2-4, B5-2, C3-2, G4).

use std::sync::Arc;

use actix_web::{
    get,
    web::{Data, Json},
};
use kernel::{
    CaseId, Instant, WindowCode,
    access::{Action, may},
};
use persistence::{StoreError, figures, hall};

use super::register::{BATCH, FiguresQuery, PeriodPageQuery, period_of_figures};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    views::{
        Page,
        window_figure::{WindowFigureLine, WindowFiguresView, WindowTally},
    },
};

#[utoipa::path(
    tag = "记录表", operation_id = "read_window_figures", summary = "窗口统计",
    description = "按窗口：收件、一次性告知、经准许的再次告知、视为受理、逾期审查的事项和工作日。套餐申请按一件计，同一事项的同一日只计一次。\
                   Clauses B2-4, B5-2, C3-2.",
    params(FiguresQuery), responses((status = 200, body = WindowFiguresView, description = "统计"))
)]
#[get("/v1/window-figures")]
pub async fn read(desk: Data<Desk>, caller: Caller, query: Query<FiguresQuery>) -> Answer<Json<WindowFiguresView>> {
    may(&caller, Action::ReadWindowFigures)?;
    let (period, centre) = (query.into_inner().period()?, caller.centre);
    let (days, last) = (period.from..=period.to, desk.now(centre).day().min(period.to));
    let at = Arc::clone(&desk);
    let look = move |connection: &mut _| {
        Ok::<_, StoreError>((at.calendar(connection, centre)?, hall::windows(connection, centre)?))
    };
    let (calendar, windows) = desk.store.read(look).await?;
    let (mut tally, mut after) = (WindowTally::default(), None);
    loop {
        let of_period = move |connection: &mut _| {
            Ok::<_, StoreError>(figures::cases_of(connection, centre, period, None, after, BATCH)?)
        };
        let batch = desk.store.read(of_period).await?;
        let Some(end) = batch.last() else { break };
        after = Some((end.ended_at, end.id));
        batch.iter().for_each(|case| tally.add(case, &case.window_count(&days, &calendar, last)));
    }
    Ok(Json(tally.view((period.from, period.to), desk.now(centre).min(period.end()), &windows)))
}

#[utoipa::path(
    tag = "记录表", operation_id = "list_cases_of_window_figures", summary = "窗口统计所含办件",
    description = "一个窗口的统计由哪些办件构成，各计多少。Clauses B2-4, C3-2.",
    params(("window" = String, Path, description = "窗口代码", max_length = 40), PeriodPageQuery),
    responses((status = 200, body = Page<WindowFigureLine>, description = "一页办件"))
)]
#[get("/v1/window-figures/{window}")]
pub async fn list(
    desk: Data<Desk>,
    caller: Caller,
    window: PathId<WindowCode>,
    query: Query<PeriodPageQuery>,
) -> Answer<Listed> {
    may(&caller, Action::ReadWindowFigures)?;
    let (mut query, window, centre) = (query.into_inner(), window.0, caller.centre);
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let period = period_of_figures(query.from, query.to)?;
    let (days, last) = (period.from..=period.to, desk.now(centre).day().min(period.to));
    let path = format!("/v1/window-figures/{window}");
    let paging = Paging::new(desk.secret(), path, caller.scope(), &query, limit)?;
    let mut after: Option<(Option<Instant>, CaseId)> = paging.place(cursor.as_deref())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let windows = hall::windows(connection, centre).map_err(StoreError::from)?;
            if windows.iter().all(|known| known.code != window) {
                return Err(Error::not_found());
            }
            let calendar = at.calendar(connection, centre)?;
            let wanted = usize::try_from(paging.rows()).map_err(Error::internal)?;
            let mut rows = Vec::new();
            while rows.len() < wanted {
                let batch = figures::cases_of(connection, centre, period, Some(&window), after, BATCH);
                let batch = batch.map_err(StoreError::from)?;
                let Some(end) = batch.last() else { break };
                after = Some((end.ended_at, end.id));
                let counted = batch.into_iter().map(|case| {
                    let count = case.window_count(&days, &calendar, last);
                    (case, count)
                });
                rows.extend(counted.filter(|(_, count)| !count.is_empty()));
            }
            rows.truncate(wanted);
            paging.page(rows, |(case, _)| (case.ended_at, case.id), |(case, count)| WindowFigureLine::of(&case, count))
        })
        .await
}
