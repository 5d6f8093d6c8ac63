//! 事件流的读者: reads on from where it stopped, and knows what it has read.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::{
    super::client::{Request, Trouble},
    Happened,
    system::System,
};

#[derive(Debug, Default)]
pub struct Consumer {
    /// All that it has of the feed while it is stopped.
    place: String,
    events: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Batch {
    data: Vec<Value>,
    next: String,
    more: bool,
}

impl Consumer {
    /// Reads a batch of so many, and is stopped.
    pub async fn reads_some(&mut self, by: &System, most: usize) -> Result<(), Trouble> {
        self.reads(by, most, 5).await.map(drop)
    }

    /// Reads until there is nothing more.
    pub async fn reads_on(&mut self, by: &System) -> Result<(), Trouble> {
        while self.reads(by, 3, 1).await? {}
        Ok(())
    }

    /// One batch. Whether it was not the last.
    async fn reads(&mut self, by: &System, most: usize, wait: u32) -> Result<bool, Trouble> {
        let after = if self.place.is_empty() { String::new() } else { format!("&after={}", self.place) };
        let path = format!("/v1/events?limit={most}&wait={wait}{after}");
        let batch = by.send::<Batch>(Request::get(path)).await?.value;
        let is_last = batch.data.is_empty() && !batch.more;
        self.events.extend(batch.data);
        self.place = batch.next;
        Ok(!is_last)
    }

    pub fn read(&self) -> usize {
        self.events.len()
    }

    /// What it has read of cases.
    pub fn seen(&self) -> BTreeSet<Happened> {
        self.events.iter().filter_map(happened).collect()
    }

    /// How many it has read more than once.
    pub fn twice(&self) -> usize {
        let ids: BTreeSet<&str> = self.events.iter().filter_map(|event| event["id"].as_str()).collect();
        self.events.len() - ids.len()
    }
}

/// What an event says that happened to a case.
pub fn happened(event: &Value) -> Option<Happened> {
    let of_a_case = event["type"].as_str()?.contains(".case.");
    of_a_case.then_some((event["subject"].as_str()?.to_owned(), event["data"]["version"].as_u64()?))
}
