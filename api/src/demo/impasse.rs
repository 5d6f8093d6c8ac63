//! 办不成事: twelve impasses through every level and every channel, with the hotline as a real peer, on the clock of a
//! sandbox. What is claimed at the end is read back from the server.

mod account;
mod affair;
mod assemblies;
mod entrance;
mod figures;
mod handling;
mod learning;
mod peer;
mod stage;
mod wire;

use std::sync::Arc;

use chrono::Datelike;
use escalation::Level;

use super::{
    client::{Client, Trouble},
    hall::Hall,
};
use crate::{console::say, settings::Settings};
use account::Account;
use affair::{Affairs, Key};
use figures::Figures;
use learning::Learnt;
use peer::Peer;
use stage::Stage;

/// The levels that the first session gives; what is not among them is left over to the second.
const LEVELS: [(Key, Level); 11] = [
    (Key::OnTheSpot, Level::General),
    (Key::Returned, Level::General),
    (Key::Disputed, Level::General),
    (Key::Dissatisfied, Level::General),
    (Key::Hotline, Level::General),
    (Key::HotlineMeeting, Level::Difficult),
    (Key::Extended, Level::Difficult),
    (Key::Jointly, Level::Difficult),
    (Key::Government, Level::Exceptional),
    (Key::NotAllowed, Level::General),
    (Key::MissingItem, Level::General),
];

/// What was held, sent and written: names by which it can be asked for again.
#[derive(Clone, Debug, Default)]
struct Claims {
    weeks: Vec<String>,
    months: Vec<String>,
    meeting: String,
    learnt: Learnt,
}

/// Plays them all. How much is not as it should be, or in one sentence why nothing could be played.
pub async fn play(settings: &Settings, client: Client, hall: &Hall) -> Result<usize, String> {
    let client = Arc::new(client);
    let mut on = Stage::set(&client, hall).await?;
    let peer = Peer::start(settings, &client).await?;
    on.head();
    let (mut affairs, mut claims) = (Affairs::default(), Claims::default());
    let mut wrong = 0;
    if let Err(trouble) = perform(&mut on, &peer, &mut affairs, &mut claims).await {
        say(format_args!("失败  {trouble}"));
        wrong += 1;
    }
    match Account::of(&on, &peer, &affairs, &claims).await {
        Ok(found) => wrong += found,
        Err(trouble) => {
            say(format_args!("无法核对  {trouble}"));
            wrong += 1;
        }
    }
    peer.hotline.goes_down().await;
    let figures = Figures::read(&on, &affairs).await.map_err(|trouble| format!("无法读取办不成事清单（{trouble}）"))?;
    say(figures);
    Ok(wrong + usize::from(figures != Figures::EXPECTED))
}

async fn perform(on: &mut Stage<'_>, peer: &Peer, affairs: &mut Affairs, claims: &mut Claims) -> Result<(), Trouble> {
    on.next_morning().await?;
    entrance::register_all(on, peer, affairs).await?;

    on.next_morning().await?;
    for affair in affairs.all_mut() {
        affair.file(on).await?;
    }
    claims.weeks.push(assemblies::triage(on, affairs, &LEVELS).await?);
    let week = on.today().iso_week();
    handling::on_the_spot(on, affairs).await?;

    on.next_morning().await?;
    handling::the_centre_orders(on, affairs).await?;
    handling::refused(on, affairs).await?;
    handling::carried(on, affairs).await?;

    on.next_morning().await?;
    handling::redone(on, affairs).await?;
    handling::the_centres_orders_are_done(on, peer, affairs).await?;

    // A new week: the month's packet is frozen first, and what the session makes exceptional afterwards has missed it.
    on.first_morning(|day| day.iso_week() > week).await?;
    let month = assemblies::freeze(on).await?;
    claims.months.push(month.clone());
    let second = assemblies::triage(on, affairs, &[(Key::MissedTheFreeze, Level::Exceptional)]).await?;
    claims.weeks.push(second);
    assemblies::send(on, &month).await?;
    let agenda: Vec<String> = handling::AT_THE_MEETING.iter().map(|key| affairs.id(*key)).collect::<Result<_, _>>()?;
    let day = on.following().await?;
    claims.meeting = assemblies::call(on, &agenda, &handling::INVITED, day).await?;

    on.next_morning().await?;
    handling::the_meeting(on, affairs, &claims.meeting).await?;
    handling::the_meetings_orders_begin(on, affairs).await?;
    assemblies::decide(on, affairs, Key::Government, &month, "natural-resources").await?;

    on.next_morning().await?;
    handling::the_meetings_orders_are_done(on, peer, affairs).await?;
    handling::what_the_government_decided(on, affairs, Key::Government).await?;
    on.next_morning().await?;
    handling::the_extended_order_is_done(on, affairs).await?;

    // Not in the first three days, which are New Year's holidays in a year whose notice is not there yet.
    let this_month = (on.today().year(), on.today().month());
    on.first_morning(|day| (day.year(), day.month()) > this_month && day.day() > 3).await?;
    let month = assemblies::freeze(on).await?;
    claims.months.push(month.clone());
    assemblies::send(on, &month).await?;
    handling::still_carried(on, affairs).await?;

    on.next_morning().await?;
    assemblies::decide(on, affairs, Key::MissedTheFreeze, &month, "economy-information").await?;
    on.next_morning().await?;
    handling::what_the_government_decided(on, affairs, Key::MissedTheFreeze).await?;
    claims.learnt = learning::learn(on, affairs).await?;
    learning::follow_up(on, affairs).await?;
    peer.hears_everything(on).await
}
