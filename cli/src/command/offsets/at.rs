//! `fluxctl offsets at`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::{IsolationLevel, OffsetSpec};
use serde::Serialize;

use crate::completion;
use crate::context::Context;
use crate::error::CommandError;
use crate::format::time;
use crate::grammar::Target;
use crate::group::positions;
use crate::group::{find, text};
use crate::output::{Column, View};
use crate::stream::topic;

const EXAMPLES: &str = "\
Examples:
  fluxctl offsets at orders @-1h
  fluxctl offsets at orders payments @2024-02-14T10:30:00Z
  fluxctl offsets at orders @1700000000000 -O csv

The offset is that of the first record at or after the time; the log's end where there is none.";

/// Show the offsets at a time, and the time that was really found
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AtArgs {
    /// Names of the topics
    #[arg(required = true, value_name = "TOPIC")]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<String>,
    /// The time: @-1h, @2024-02-14, @2024-02-14T10:30:00Z, @1700000000000
    #[arg(required = true, value_name = "@TIME")]
    time: String,
}

#[derive(Debug, Serialize)]
struct AtView {
    topic: String,
    partition: i32,
    /// The first record at or after the time; the log's end where there is none.
    offset: Option<i64>,
    /// The time of that record, milliseconds since 1970.
    timestamp: Option<i64>,
    log_start_offset: Option<i64>,
    log_end_offset: Option<i64>,
}

impl View for AtView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("OFFSET"),
        Column::new("TIMESTAMP"),
        Column::number("LOG START").wide(),
        Column::number("LOG END").wide(),
    ];

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.topic.clone(),
            self.partition.to_string(),
            text::number(self.offset),
            time::rfc3339(self.timestamp),
            text::number(self.log_start_offset),
            text::number(self.log_end_offset),
        ]
    }
}

pub(super) fn run(args: &AtArgs, context: &Context) -> Result<(), CommandError> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let timestamp_ms = moment(&args.time, now_ms)?;
    if timestamp_ms > now_ms {
        context.output.warn(&text::in_the_future(&args.time, timestamp_ms));
    }
    let views = context.block_on(offsets_at(args, timestamp_ms, context))?;
    context.output.list(&views)
}

/// The time in milliseconds since 1970.
fn moment(typed: &str, now_ms: i64) -> Result<i64, CommandError> {
    let wrong = || {
        CommandError::usage(format!("the last word, `{typed}`, is no time"))
            .with_hint("write `@` and a time, as in `fluxctl offsets at orders @-1h`")
    };
    if !typed.starts_with('@') {
        return Err(wrong());
    }
    if matches!(typed, "@now" | "@end") {
        return Ok(now_ms);
    }
    Target::parse(typed, now_ms)?.timestamp_ms().ok_or_else(wrong)
}

async fn offsets_at(
    args: &AtArgs,
    timestamp_ms: i64,
    context: &Context,
) -> Result<Vec<AtView>, CommandError> {
    let admin = find::admin(context).await?;
    topic::describe(admin.client(), &args.topics).await?;
    let partitions = positions::partitions_of(&admin, args.topics.iter().map(String::as_str)).await?;
    let logs = positions::logs(&admin, &partitions).await?;
    let queries: Vec<_> =
        partitions.iter().map(|name| (name.clone(), OffsetSpec::Timestamp(timestamp_ms))).collect();
    let answers = admin.list_offsets(&queries, IsolationLevel::ReadUncommitted).await;
    let mut views = Vec::new();
    for (partition, answer) in answers {
        let answer = answer?;
        let bounds = logs.get(&partition).map(|log| log.bounds);
        views.push(AtView {
            topic: partition.topic,
            partition: partition.partition,
            offset: answer.offset.or(bounds.map(|bounds| bounds.end_offset)),
            timestamp: answer.offset.and(answer.timestamp),
            log_start_offset: bounds.map(|bounds| bounds.log_start_offset),
            log_end_offset: bounds.map(|bounds| bounds.end_offset),
        });
    }
    Ok(views)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_time_will_do() {
        let now_ms = 1_700_000_000_000;
        assert_eq!(moment("@-1h", now_ms).unwrap(), now_ms - 3_600_000);
        assert_eq!(moment("@now", now_ms).unwrap(), now_ms);
        assert_eq!(
            moment("payments", now_ms).unwrap_err().source.to_string(),
            "the last word, `payments`, is no time"
        );
        assert!(moment("@1:2", now_ms).is_err());
        assert!(moment("@yesterday", now_ms).is_err());
    }
}
