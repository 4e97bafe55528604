//! What happened to the members of a group, in their own words.

use std::collections::BTreeMap;

use serde_json::Value;

/// A topic-partition.
pub type Place = (String, i32);

/// A time of the wall clock in microseconds; all members run on one machine.
pub type Time = u64;

/// Something that a member said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Time,
    pub what: What,
}

/// What a member can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// These partitions came to those that it has.
    Assigned(Vec<Place>),
    /// It gave them up of its own accord.
    Revoked(Vec<Place>),
    /// It learnt that they had been taken from it.
    Lost(Vec<Place>),
    Record {
        place: Place,
        offset: i64,
        value: String,
    },
    /// Offsets are on their way; what came of it follows.
    Committing(BTreeMap<Place, i64>),
    Committed,
    CommitFailed(String),
    /// The generation of the group, for which it was asked.
    Generation(i64),
    Error(String),
    Left,
}

/// What one member went through.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub name: String,
    pub events: Vec<Event>,
    /// When the harness kept it from working for longer than the group waits: from when to when.
    pub absences: Vec<(Time, Time)>,
    /// When the harness told it to leave.
    pub leaving: Option<Time>,
    /// When the harness killed it.
    pub crashed: Option<Time>,
}

impl Event {
    /// An event as a member prints it.
    pub fn from_json(line: &Value) -> Result<Event, String> {
        let missing = |what: &str| format!("an event without its {what}: {line}");
        let at = line["at"].as_u64().ok_or_else(|| missing("time"))?;
        let text = |name: &str| line[name].as_str().map(str::to_owned).ok_or_else(|| missing(name));
        let number = |name: &str| line[name].as_i64().ok_or_else(|| missing(name));
        let what = match text("event")?.as_str() {
            "assigned" => What::Assigned(places(line)?),
            "revoked" => What::Revoked(places(line)?),
            "lost" => What::Lost(places(line)?),
            "record" => {
                let place = place(&Value::from(vec![line["topic"].clone(), line["partition"].clone()]))?;
                What::Record { place, offset: number("offset")?, value: text("value")? }
            }
            "committing" => What::Committing(offsets(line)?),
            "committed" => What::Committed,
            "commit_failed" => What::CommitFailed(text("error")?),
            "generation" => What::Generation(number("generation")?),
            "error" => What::Error(text("error")?),
            "left" => What::Left,
            other => return Err(format!("an unknown event `{other}`")),
        };
        Ok(Event { at, what })
    }
}

impl History {
    /// What the member has by its own account.
    pub fn owned(&self) -> Vec<Place> {
        let mut owned = Vec::new();
        for event in &self.events {
            match &event.what {
                What::Assigned(places) => owned.extend(places.iter().cloned()),
                What::Revoked(places) | What::Lost(places) => owned.retain(|place| !places.contains(place)),
                What::Left => owned.clear(),
                _ => {}
            }
        }
        owned
    }

    /// Whether it was kept from working at some time between `from` and `to`.
    pub fn was_absent(&self, from: Time, to: Time) -> bool {
        self.absences.iter().any(|&(begin, end)| begin < to && from < end)
    }
}

fn places(line: &Value) -> Result<Vec<Place>, String> {
    line["partitions"].as_array().ok_or("an event without partitions")?.iter().map(place).collect()
}

fn place(pair: &Value) -> Result<Place, String> {
    let parts = (pair[0].as_str(), pair[1].as_i64().and_then(|number| i32::try_from(number).ok()));
    match parts {
        (Some(topic), Some(partition)) => Ok((topic.to_owned(), partition)),
        _ => Err(format!("{pair} is no topic-partition")),
    }
}

fn offsets(line: &Value) -> Result<BTreeMap<Place, i64>, String> {
    let one = |triple: &Value| {
        let offset = triple[2].as_i64().ok_or_else(|| format!("{triple} is no offset of a partition"))?;
        Ok((place(triple)?, offset))
    };
    line["offsets"].as_array().ok_or("an event without offsets")?.iter().map(one).collect()
}
