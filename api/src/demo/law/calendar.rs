//! Rule L1: working days, and limits that reach into a year whose holidays are not published yet.

use chrono::{Datelike, Days, NaiveDate};
use kernel::ledger::LimitKind;

use super::{
    super::{
        client::{Request, Trouble},
        wire::Page,
    },
    matter::Matter,
    rehearsal::{Rehearsal, day, make_up_saturday},
    wire::{Moved, Recomputation},
};

/// 30 working days by law.
const ITEM: &str = "project-environment-report";

pub async fn working_days(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    national_day(on).await?;

    let next_year = on.today().year() + 1;
    let mut matter = Matter::accepted(on, ITEM).await?;
    let days = matter.case.clock(LimitKind::Statutory).map_or(0, |clock| clock.working_days);
    let before = on.in_days(days).await?;
    on.date(&matter, &format!("受理，法定期限{days}个工作日至"), matter.case.due(LimitKind::Statutory), before);
    let provisional = is_provisional(&matter);
    on.check(&matter, provisional, format_args!("{next_year}年放假安排尚未公布，到期日为暂定"));

    let (id, recomputation) = on.publish(next_year).await?;
    let Recomputation { examined, moved, .. } = recomputation;
    let after = on.in_days(days).await?;
    let words = format!("导入{next_year}年放假安排（演练用），重算{examined}件，变动{moved}件");
    on.check(&matter, before != after && moved > 0, words);
    matter.look(on).await?;
    on.date(&matter, "重算后法定期限至", matter.case.due(LimitKind::Statutory), after);
    let provisional = is_provisional(&matter);
    on.check(&matter, !provisional, "不再是暂定");
    let listed = moves(on, &id)
        .await?
        .into_iter()
        .find(|it| it.case.as_ref() == Some(&matter.case.id) && it.limit == LimitKind::Statutory);
    let (from, to) = listed.map(|it| (it.due_before, it.due_after)).unzip();
    let words = format!("变动清单列明由{}改为{}", shown(from), shown(to));
    on.check(&matter, (from, to) == (Some(before), Some(after)), words);
    explained(on, &matter, next_year).await
}

/// 2026 年国庆节: 10 October, a Saturday, is worked.
async fn national_day(on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    let (start, due) = (day(2026, 9, 28)?, day(2026, 10, 10)?);
    let answered = on.calculate(start, 5).await?.due;
    let words = format!("公开试算：{start}起5个工作日，扣除国庆假期，计入调休上班的周六，至{answered}");
    on.check_number("—", answered == due, words);
    Ok(())
}

/// Every day of the limit says why it counts or does not.
async fn explained(on: &mut Rehearsal<'_>, matter: &Matter, year: i32) -> Result<(), Trouble> {
    let lines = matter.explained(on, LimitKind::Statutory).await?.days;
    for (date, counts) in [(day(year, 1, 1)?, false), (make_up_saturday(year)?, true)] {
        let Some(line) = lines.iter().find(|line| line.date == date) else {
            on.check(matter, false, format_args!("逐日说明缺{date}"));
            continue;
        };
        on.check(matter, line.counted == counts, format_args!("{date} {}（{}）", line.reason, line.article));
    }
    let mut wrong = None;
    for line in lines.iter().skip(1) {
        let eve = line.date - Days::new(1);
        let works = on.next_working_day(eve).await? == line.date;
        if works != line.counted {
            wrong.get_or_insert(line.date);
        }
    }
    match wrong {
        None => on.check(matter, true, format_args!("逐日说明共{}日，逐日与日历一致", lines.len())),
        Some(date) => on.check(matter, false, format_args!("逐日说明{date}与日历不一致")),
    }
    Ok(())
}

async fn moves(on: &Rehearsal<'_>, recomputation: &str) -> Result<Vec<Moved>, Trouble> {
    let path = format!("/v1/calendar/recomputations/{recomputation}/moves?limit=200");
    Ok(on.client.send::<Page<Moved>>(Request::get(path).by(on.admin())).await?.value.data)
}

fn is_provisional(matter: &Matter) -> bool {
    matter.case.clock(LimitKind::Statutory).is_some_and(|clock| clock.provisional)
}

fn shown(date: Option<NaiveDate>) -> String {
    date.map_or_else(|| "（没有）".to_owned(), |date| date.to_string())
}
