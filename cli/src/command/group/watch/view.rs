//! What is shown of a look at a group.

use fluxmq_client::admin::GroupState;
use serde::Serialize;

use super::history::{History, Rates};
use crate::format::time;
use crate::group::text::{number, span};
use crate::output::{Column, View};

/// A group at one moment, with what the looks before tell.
#[derive(Debug, Serialize)]
pub(super) struct TickView {
    /// Milliseconds since 1970.
    timestamp: i64,
    pub(super) group: String,
    state: GroupState,
    members: usize,
    /// The sum over the partitions of which it is known.
    lag: Option<i64>,
    /// Records a second that were written; `None` at the first look.
    in_per_second: Option<f64>,
    /// Records a second that were committed.
    out_per_second: Option<f64>,
    /// Milliseconds until nothing lies behind; `None` where that is never, or not known.
    eta_ms: Option<i64>,
    /// How many partitions have records waiting and do not move.
    stalled: usize,
    #[serde(skip)]
    trend: String,
    pub(super) partitions: Vec<PartitionRow>,
}

/// A partition of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PartitionRow {
    #[serde(skip)]
    timestamp: i64,
    #[serde(skip)]
    group: String,
    topic: String,
    partition: i32,
    committed_offset: Option<i64>,
    log_end_offset: Option<i64>,
    lag: Option<i64>,
    in_per_second: Option<f64>,
    out_per_second: Option<f64>,
    eta_ms: Option<i64>,
    /// For how long it has not moved although records wait, where that is long.
    stalled_ms: Option<i64>,
}

impl TickView {
    pub(super) fn new(group: &str, now_ms: i64, history: &History) -> Option<Self> {
        let sample = history.latest()?;
        let rates = history.rates();
        let lag = sample.lag();
        let partitions: Vec<PartitionRow> = sample
            .partitions
            .iter()
            .map(|(name, partition)| {
                let rates = history.partition_rates(name);
                PartitionRow {
                    timestamp: now_ms,
                    group: group.to_owned(),
                    topic: name.topic.clone(),
                    partition: name.partition,
                    committed_offset: partition.committed,
                    log_end_offset: partition.bounds.map(|bounds| bounds.end_offset),
                    lag: partition.lag(),
                    in_per_second: rates.map(|rates| tenths(rates.incoming)),
                    out_per_second: rates.map(|rates| tenths(rates.outgoing)),
                    eta_ms: eta(partition.lag(), rates),
                    stalled_ms: history.stalled_ms(name),
                }
            })
            .collect();
        Some(TickView {
            timestamp: now_ms,
            group: group.to_owned(),
            state: sample.state.clone(),
            members: sample.members,
            lag,
            in_per_second: rates.map(|rates| tenths(rates.incoming)),
            out_per_second: rates.map(|rates| tenths(rates.outgoing)),
            eta_ms: eta(lag, rates),
            stalled: partitions.iter().filter(|partition| partition.stalled_ms.is_some()).count(),
            trend: history.trend(),
            partitions,
        })
    }
}

fn eta(lag: Option<i64>, rates: Option<Rates>) -> Option<i64> {
    match (lag, rates) {
        (Some(0), _) => Some(0),
        (lag, rates) => rates?.time_left_ms(lag?),
    }
}

/// More digits would be noise.
fn tenths(rate: f64) -> f64 {
    (rate * 10.0).round() / 10.0
}

fn rate(rate: Option<f64>) -> String {
    number(rate.map(|rate| format!("{rate:.1}")))
}

impl View for TickView {
    const COLUMNS: &'static [Column] = &[
        Column::new("GROUP"),
        Column::new("STATE"),
        Column::number("MEMBERS"),
        Column::number("LAG"),
        Column::number("IN/S"),
        Column::number("OUT/S"),
        Column::number("ETA"),
        Column::number("STALLED"),
        Column::new("TREND"),
    ];

    fn name(&self) -> String {
        self.group.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.group.clone(),
            self.state.to_string(),
            self.members.to_string(),
            number(self.lag),
            rate(self.in_per_second),
            rate(self.out_per_second),
            span(self.eta_ms),
            self.stalled.to_string(),
            self.trend.clone(),
        ]
    }
}

impl View for PartitionRow {
    const COLUMNS: &'static [Column] = &[
        Column::new("TIME").wide(),
        Column::new("GROUP"),
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("COMMITTED"),
        Column::number("LOG END"),
        Column::number("LAG"),
        Column::number("IN/S"),
        Column::number("OUT/S"),
        Column::number("ETA"),
        Column::new("STALLED"),
    ];

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        vec![
            time::rfc3339(Some(self.timestamp)),
            self.group.clone(),
            self.topic.clone(),
            self.partition.to_string(),
            number(self.committed_offset),
            number(self.log_end_offset),
            number(self.lag),
            rate(self.in_per_second),
            rate(self.out_per_second),
            span(self.eta_ms),
            self.stalled_ms
                .map_or_else(String::new, |ms| format!("stalled {}", time::span(ms.unsigned_abs()))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::GroupSample;
    use super::*;

    #[test]
    fn a_look_says_how_long_it_will_take() {
        let mut history = History::default();
        let at = |committed| GroupSample::of(GroupState::Stable, 2, &[(Some(committed), 100), (None, 0)]);
        history.add(0, at(20));
        let first = TickView::new("g", 0, &history).unwrap();
        assert_eq!((first.lag, first.out_per_second, first.eta_ms), (Some(80), None, None));
        history.add(3000, at(80));
        let second = TickView::new("g", 3000, &history).unwrap();
        assert_eq!(second.cells(), ["g", "Stable", "2", "20", "0.0", "20.0", "1s", "0", "█▃"]);
        assert_eq!(second.partitions[0].cells()[4..], ["80", "100", "20", "0.0", "20.0", "1s", ""]);
        assert_eq!(second.partitions[1].cells()[4..], ["-", "0", "-", "0.0", "0.0", "-", ""]);
        let json = serde_json::to_value(&second).unwrap();
        assert_eq!(json["eta_ms"], 1000);
        assert_eq!(json["partitions"][0]["committed_offset"], 80);
    }
}
