//! What is played: the items on offer, sector after sector, each in the next of a few variants.

use std::collections::BTreeMap;

use approval::Outcome;
use casework::Channel;
use catalog::DeliveryMethod::{self, Courier, Electronic, PickUp};
use issuance::TrackingState;
use kernel::Role;

use super::{Player, wire::Item};

/// A way that a case can take. What an item does not offer, or its kind has no place for, is left out.
#[derive(Debug)]
pub struct Variant {
    pub filed: Filed,
    /// As first asked for.
    pub delivery: DeliveryMethod,
    /// As asked for once the case is accepted.
    pub delivery_after_all: Option<DeliveryMethod>,
    /// Who puts the case on the reviewer's desk: the approver, or the reviewer.
    pub assigned_by: Role,
    pub hand_over: HandOver,
    /// 准予 or 不予, where a department decides; what is done on the spot is granted.
    pub outcome: Outcome,
    /// What becomes of each parcel that is sent; the last one is signed for.
    pub parcels: &'static [&'static [TrackingState]],
    /// Whether materials come in that nobody has to hand in.
    pub hands_in_optional: bool,
}

/// How the application comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// 窗口收件
    AtTheCounter,
    /// 网上申请, through a platform.
    Through(Channel),
    /// By an applicant whom the centre knows, without help; through the platform where it knows none yet.
    InPerson,
}

/// 移交
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOver {
    None,
    Accepted,
    /// 退回, and accepted when offered again.
    DeclinedFirst,
}

use TrackingState::{Collected, InTransit, OutForDelivery, Returned, Signed};

const STRAIGHT: &[&[TrackingState]] = &[&[Collected, InTransit, OutForDelivery, Signed]];
const RETURNED_ONCE: &[&[TrackingState]] =
    &[&[Collected, InTransit, OutForDelivery, Returned], &[Collected, OutForDelivery, Signed]];

const USUAL: Variant = Variant {
    filed: Filed::AtTheCounter,
    delivery: PickUp,
    delivery_after_all: None,
    assigned_by: Role::Approver,
    hand_over: HandOver::None,
    outcome: Outcome::Grant,
    parcels: STRAIGHT,
    hands_in_optional: false,
};

/// Seven of them, so that with eight sectors the same item does not always meet the same variant.
const VARIANTS: [Variant; 7] = [
    USUAL,
    Variant {
        filed: Filed::Through(Channel::Web),
        delivery: Courier,
        hand_over: HandOver::Accepted,
        hands_in_optional: true,
        ..USUAL
    },
    Variant { filed: Filed::Through(Channel::Mobile), delivery: Electronic, assigned_by: Role::Reviewer, ..USUAL },
    Variant { delivery: Courier, parcels: RETURNED_ONCE, assigned_by: Role::Reviewer, ..USUAL },
    Variant { filed: Filed::InPerson, delivery: PickUp, delivery_after_all: Some(Courier), ..USUAL },
    Variant {
        filed: Filed::Through(Channel::Kiosk),
        hand_over: HandOver::DeclinedFirst,
        outcome: Outcome::Refuse,
        ..USUAL
    },
    Variant {
        delivery: Electronic,
        assigned_by: Role::Reviewer,
        hand_over: HandOver::Accepted,
        hands_in_optional: true,
        ..USUAL
    },
];

/// The channels that a platform files through.
pub const CHANNELS: [Channel; 3] = [Channel::Web, Channel::Mobile, Channel::Kiosk];

/// The system behind a channel.
pub fn system_of(channel: Channel) -> Player {
    let code = match channel {
        Channel::Mobile => "zheliban",
        Channel::Kiosk => "kiosk",
        Channel::Web | Channel::Counter => "zjzwfw",
    };
    Player::new(Role::Adapter, code)
}

/// One case of the play.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub item: &'a Item,
    pub variant: &'static Variant,
}

impl Part<'_> {
    /// A way of delivery that the item offers, the wanted one if it can be.
    pub fn offered(&self, wanted: DeliveryMethod) -> DeliveryMethod {
        let offered = &self.item.content.delivery;
        if offered.contains(&wanted) { wanted } else { offered.first().copied().unwrap_or(wanted) }
    }
}

/// So many parts: every sector in turn, in each its items in turn.
pub fn of(items: &[Item], parts: usize) -> Vec<Part<'_>> {
    let mut sectors: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in items {
        sectors.entry(&item.content.sector).or_default().push(item);
    }
    let mut sectors: Vec<Vec<&Item>> = sectors.into_values().collect();
    sectors.iter_mut().for_each(|items| items.sort_by(|a, b| a.item.cmp(&b.item)));
    if sectors.is_empty() {
        return Vec::new();
    }
    let part = |index: usize| {
        let (round, place) = (index / sectors.len(), index % sectors.len());
        // Beginning at another place in each sector mixes the kinds within a round.
        let item = sectors[place][(round + place) % sectors[place].len()];
        Part { item, variant: &VARIANTS[index % VARIANTS.len()] }
    };
    (0..parts).map(part).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use catalog::{ItemKind, WENLING};
    use chrono::NaiveDate;

    use super::*;
    use crate::views::item::ItemVersionView;

    fn wenling() -> Vec<Item> {
        let catalog = catalog::read(WENLING, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).unwrap();
        let shown = catalog.items.iter().map(|item| serde_json::to_value(ItemVersionView::from(item)).unwrap());
        shown.map(|item| serde_json::from_value(item).unwrap()).collect()
    }

    #[test]
    fn twenty_parts_show_everything() {
        let items = wenling();
        let parts = of(&items, 20);
        let of_kind = |kind| parts.iter().filter(|part| part.item.content.kind == kind).count();
        assert!(of_kind(ItemKind::OnTheSpot) >= 5 && of_kind(ItemKind::PromisedTime) >= 5);
        assert_eq!(parts.iter().map(|part| part.item.content.sector.as_str()).collect::<BTreeSet<_>>().len(), 8);
        assert_eq!(parts.iter().map(|part| &part.item.item).collect::<BTreeSet<_>>().len(), 20, "no item twice");
        let deliveries: BTreeSet<_> = parts.iter().map(|part| part.offered(part.variant.delivery)).collect();
        assert_eq!(deliveries.len(), 3);
        let promised = || parts.iter().filter(|part| part.item.content.kind == ItemKind::PromisedTime);
        for hand_over in [HandOver::None, HandOver::Accepted, HandOver::DeclinedFirst] {
            assert!(promised().any(|part| part.variant.hand_over == hand_over), "{hand_over:?}");
        }
        for outcome in [Outcome::Grant, Outcome::Refuse] {
            assert!(promised().any(|part| part.variant.outcome == outcome), "{outcome:?}");
        }
        for filed in [Filed::AtTheCounter, Filed::InPerson, Filed::Through(Channel::Kiosk)] {
            assert!(parts.iter().any(|part| part.variant.filed == filed), "{filed:?}");
        }
    }

    #[test]
    fn every_item_is_played_and_none_is_asked_for_what_it_does_not_offer() {
        let items = wenling();
        let parts = of(&items, 1000);
        assert_eq!(parts.len(), 1000);
        assert_eq!(parts.iter().map(|part| &part.item.item).collect::<BTreeSet<_>>().len(), items.len());
        assert!(parts.iter().all(|part| part.item.content.delivery.contains(&part.offered(part.variant.delivery))));
    }

    #[test]
    fn every_last_parcel_is_signed_for() {
        let last = |variant: &Variant| variant.parcels.last().and_then(|states| states.last());
        assert!(VARIANTS.iter().all(|variant| last(variant) == Some(&Signed)));
    }

    #[test]
    fn an_empty_catalogue_has_no_play() {
        assert!(of(&[], 20).is_empty());
    }
}
