//! 依法办理: the rules of the law of the case, each at work on a case or two, on the clock of a sandbox. Every date that the
//! server answers is counted again here, working day by working day.

mod calendar;
mod commitment;
mod joint;
mod limits;
mod matter;
mod rehearsal;
mod window;
mod wire;

use super::{
    client::{Client, Trouble},
    hall::Hall,
};
use crate::console::say;
use rehearsal::Rehearsal;

/// What is shown, in this order.
const RULES: [(&str, &str); 13] = [
    ("L1", "期限以工作日计，不含法定节假日，调休上班的计入；跨年期限暂定，放假安排公布后重算"),
    ("L2", "受理之日起二十个工作日内决定，经本行政机关负责人批准可以延长一次，不超过十个工作日"),
    ("L3", "联合办理四十五个工作日，经本级人民政府负责人批准可以延长十五个工作日"),
    ("L4", "作出决定之日起十个工作日内送达"),
    ("L5", "听证、检测、专家评审等特别程序不计入期限，其他暂停照常计时，重叠的只扣一次"),
    ("L6", "五个工作日内未一次性告知的，自收到材料之日起视为受理"),
    ("L7", "一次性告知限期补正；逾期视为撤回，补正后仍不符合的不予受理，不得再次告知"),
    ("L8", "仅缺可容缺材料的先予受理；补齐之前不出件，逾期未补齐撤销受理"),
    ("L9", "受理的出具受理通知书，当场办结的不必出具"),
    ("L10", "并联事项同日受理同日起算，串联事项自前一部门书面办结起算，逾期未反馈视为同意"),
    ("L11", "已有材料不重复提交，接受电子材料的不得要求纸质材料"),
    ("L12", "承诺期限短于法定期限的，以承诺期限为准"),
    ("L13", "告知承诺先决定后核查；不一致的限期整改，仍不一致的撤销许可，不再适用告知承诺"),
];

/// Shows every rule. How many did not hold, or in one sentence why none could be shown.
pub async fn rehearse(client: &Client, hall: &Hall) -> Result<usize, String> {
    let mut rehearsal = Rehearsal::begin(client, hall).await?;
    let mut broken = 0;
    for (rule, words) in RULES {
        say(format_args!("{rule}  {words}"));
        let shown = show(rule, &mut rehearsal).await;
        if !rehearsal.is_shown(shown) {
            broken += 1;
        }
    }
    say(format_args!("{} rules shown, {broken} broken", RULES.len()));
    Ok(broken)
}

/// Each begins in the morning of a new working day.
async fn show(rule: &str, on: &mut Rehearsal<'_>) -> Result<(), Trouble> {
    on.next_morning().await?;
    match rule {
        "L1" => calendar::working_days(on).await,
        "L2" => limits::twenty_days_and_ten_more(on).await,
        "L3" => limits::forty_five_days_together(on).await,
        "L4" => limits::ten_days_to_deliver(on).await,
        "L5" => limits::what_stops_the_clock(on).await,
        "L6" => window::deemed_accepted(on).await,
        "L7" => window::told_once(on).await,
        "L8" => window::accepted_on_condition(on).await,
        "L9" => window::the_voucher(on).await,
        "L10" => joint::one_after_another(on).await,
        "L11" => window::handed_in_once(on).await,
        "L12" => limits::the_shorter_one_binds(on).await,
        _ => commitment::taken_at_their_word(on).await,
    }
}
