use std::collections::BTreeMap;

use crate::{
    flaw::Flaw,
    hall::{Department, PostingRecord, Sector, Window, Zone},
    item::ItemContent,
};

/// A name that is taken, and what it stands for; None where its own row could not be read, so that one bad row is not
/// reported again by every row that refers to it.
type Known<'a, T> = BTreeMap<&'a str, Option<&'a T>>;

/// The hall as something to refer to: finds references to what is not there.
#[derive(Debug, Default)]
pub struct Hall<'a> {
    pub(crate) zones: Known<'a, Zone>,
    pub(crate) sectors: Known<'a, Sector>,
    pub(crate) departments: Known<'a, Department>,
    pub(crate) windows: Known<'a, Window>,
}

impl<'a> Hall<'a> {
    pub fn new(zones: &'a [Zone], sectors: &'a [Sector], departments: &'a [Department], windows: &'a [Window]) -> Self {
        Self {
            zones: zones.iter().map(|zone| (zone.code.as_str(), Some(zone))).collect(),
            sectors: sectors.iter().map(|sector| (sector.code.as_str(), Some(sector))).collect(),
            departments: departments.iter().map(|body| (body.code.as_str(), Some(body))).collect(),
            windows: windows.iter().map(|window| (window.code.as_str(), Some(window))).collect(),
        }
    }

    pub fn sector_flaws(&self, sector: &Sector) -> Vec<Flaw> {
        sector.lead.iter().filter_map(|lead| missing(&self.departments, lead.as_str(), "/lead", "牵头部门")).collect()
    }

    pub fn window_flaws(&self, window: &Window) -> Vec<Flaw> {
        let zone = missing(&self.zones, window.zone.as_str(), "/zone", "区");
        let sector = window.sector.as_ref().and_then(|it| missing(&self.sectors, it.as_str(), "/sector", "板块"));
        [zone, sector].into_iter().flatten().collect()
    }

    pub fn posting_flaws(&self, posting: &PostingRecord) -> Vec<Flaw> {
        let body = missing(&self.departments, posting.department.as_str(), "/department", "部门");
        let zone = posting.zone.as_ref().and_then(|it| missing(&self.zones, it.as_str(), "/zone", "区"));
        let window = posting.window.as_ref().and_then(|it| missing(&self.windows, it.as_str(), "/window", "窗口"));
        let stands_in = posting.window.as_ref().and_then(|it| find(&self.windows, it.as_str()));
        let elsewhere = stands_in
            .filter(|window| posting.zone.as_ref().is_some_and(|zone| *zone != window.zone))
            .map(|window| Flaw::new("/zone", format!("窗口“{}”不在该区", window.code)));
        [body, zone, window, elsewhere].into_iter().flatten().collect()
    }

    /// Beside what must exist: the window is one of the item's sector, and the implementation code is its department's.
    pub fn item_flaws(&self, item: &ItemContent) -> Vec<Flaw> {
        let sector = missing(&self.sectors, item.sector.as_str(), "/sector", "板块");
        let body = missing(&self.departments, item.department.as_str(), "/department", "部门");
        let window = missing(&self.windows, item.window.as_str(), "/window", "窗口");
        let other_sector = find(&self.windows, item.window.as_str())
            .filter(|window| window.sector.as_ref().is_some_and(|sector| *sector != item.sector))
            .map(|window| Flaw::new("/window", format!("窗口“{}”不属于该事项的板块", window.code)));
        let other_body = find(&self.departments, item.department.as_str())
            .filter(|body| body.uscc.as_str() != item.implementation_code.uscc())
            .map(|body| {
                Flaw::new("/implementation_code", format!("实施编码前18位不是{}的统一社会信用代码", body.name))
            });
        let participants = item.joint.iter().flat_map(|terms| &terms.participants).enumerate();
        let strangers = participants.filter_map(|(at, it)| {
            let pointer = format!("/joint/participants/{at}/department");
            missing(&self.departments, it.department.as_str(), &pointer, "参与部门")
        });
        [sector, body, window, other_sector, other_body].into_iter().flatten().chain(strangers).collect()
    }
}

fn find<'a, T>(known: &Known<'a, T>, code: &str) -> Option<&'a T> {
    known.get(code).copied().flatten()
}

fn missing<T>(known: &Known<'_, T>, code: &str, pointer: &str, noun: &str) -> Option<Flaw> {
    (!known.contains_key(code)).then(|| Flaw::new(pointer, format!("{noun}“{code}”不存在")))
}
