//! `consume -g`: reading as a member of a group. What was printed is committed, and no more.

use fluxmq_client::{
    AssignmentStrategy, Client, EndOffset, GroupConfig, GroupConsumer, GroupProtocol, OffsetReset,
    RebalanceListener, StartOffset, TopicPartition, consumer::Rebalance,
};

use crate::{
    context::Context,
    error::{CommandError, ErrorKind},
    grammar::offset::Position,
    group::find,
    output::Output,
    stream::topic,
};

use super::{
    args::{Assignor, ConsumeArgs, Protocol},
    assignment::{matching, topic_names},
    reader::{Ending, Marks, Reader},
    start::Start,
};

/// Makes the member, and says where it reads from. How many topics it reads at the start.
pub(super) async fn join(
    client: &Client,
    group: &str,
    named: Vec<String>,
    args: &ConsumeArgs,
    start: &Start,
    context: &Context,
) -> Result<(usize, GroupConsumer), CommandError> {
    let config = config(group, &named, args, start)?;
    let topics = if args.regex { matching(client, &named).await? } else { named };
    topic::describe(client, &topics).await?;
    context.output.note(&start.group_announcement(&topic_names(&topics), group));
    let listener = Teller { output: context.output, group: group.to_owned(), flag: explicit(args) };
    Ok((topics.len(), client.group_consumer_with(config, listener)?))
}

fn config(
    group: &str,
    named: &[String],
    args: &ConsumeArgs,
    start: &Start,
) -> Result<GroupConfig, CommandError> {
    let mut config = if args.regex {
        let patterns: Vec<String> = named.iter().map(|pattern| format!("(?:{pattern})")).collect();
        GroupConfig::pattern(group, patterns.join("|"))
    } else {
        GroupConfig::new(group, named)
    };
    let from_beginning = start.range.start == Position::FromStart(0);
    config.auto_offset_reset = if from_beginning { OffsetReset::Beginning } else { OffsetReset::End };
    config.start = Some(start_offset(start.range.start)?);
    config.group_instance_id.clone_from(&args.group_instance_id);
    config.consumer.end = end_offset(start.range.end)?;
    config.consumer.isolation = args.isolation.into();
    config.consumer.control_records = args.control_records;
    config.consumer.rack.clone_from(&args.rack);
    match args.group_protocol {
        Protocol::Classic => {
            let strategies: Result<Vec<_>, _> = args.assignor.iter().copied().map(strategy).collect();
            let strategies = strategies?;
            if !strategies.is_empty() {
                config.assignors = strategies;
            }
        }
        Protocol::Consumer => {
            config.protocol = GroupProtocol::Consumer;
            config.server_assignor = server_assignor(&args.assignor)?;
        }
    }
    Ok(config)
}

fn strategy(assignor: Assignor) -> Result<AssignmentStrategy, CommandError> {
    match assignor {
        Assignor::Range => Ok(AssignmentStrategy::Range),
        Assignor::RoundRobin => Ok(AssignmentStrategy::RoundRobin),
        Assignor::Sticky => Ok(AssignmentStrategy::Sticky),
        Assignor::CooperativeSticky => Ok(AssignmentStrategy::CooperativeSticky),
        Assignor::Uniform => Err(CommandError::usage("`--assignor uniform` is the coordinator's")
            .with_hint("it goes with `--group-protocol consumer`")),
    }
}

fn server_assignor(assignors: &[Assignor]) -> Result<Option<String>, CommandError> {
    match assignors {
        [] => Ok(None),
        [Assignor::Range] => Ok(Some("range".to_owned())),
        [Assignor::Uniform] => Ok(Some("uniform".to_owned())),
        _ => Err(CommandError::usage(
            "with `--group-protocol consumer` the coordinator assigns the partitions",
        )
        .with_hint("it does so by `--assignor uniform` or `--assignor range`")),
    }
}

/// Where partitions without a committed offset are read from.
fn start_offset(start: Position) -> Result<StartOffset, CommandError> {
    Ok(match start {
        Position::FromStart(0) => StartOffset::Beginning,
        Position::FromStart(after) => StartOffset::FromBeginning(after),
        Position::FromEnd(0) => StartOffset::End,
        Position::FromEnd(after) if after < 0 => StartOffset::FromEnd(-after),
        Position::FromEnd(_) => return Err(beyond_the_end()),
        Position::Offset(offset) => StartOffset::Offset(offset),
        Position::Timestamp(ms) => StartOffset::Timestamp(ms),
    })
}

/// Where the reading of every partition stops.
fn end_offset(end: Option<Position>) -> Result<EndOffset, CommandError> {
    Ok(match end {
        None => EndOffset::Never,
        Some(Position::FromStart(after)) => EndOffset::FromBeginning(after),
        Some(Position::FromEnd(0)) => EndOffset::Current,
        Some(Position::FromEnd(after)) if after < 0 => EndOffset::FromEnd(-after),
        Some(Position::FromEnd(_)) => return Err(beyond_the_end()),
        Some(Position::Offset(offset)) => EndOffset::Offset(offset),
        Some(Position::Timestamp(ms)) => EndOffset::Timestamp(ms),
    })
}

fn beyond_the_end() -> CommandError {
    CommandError::usage("a group's member neither starts nor stops beyond the current end")
        .with_hint("`-n N` stops after so many records; without `-g` every offset can be named")
}

/// The flag that says where to start.
fn explicit(args: &ConsumeArgs) -> Option<&'static str> {
    let flags = [
        (args.offset.as_deref().is_some_and(|offset| !offset.starts_with(':')), "-o"),
        (args.from_beginning, "--from-beginning"),
        (args.head.is_some(), "--head"),
        (args.since.is_some(), "--since"),
    ];
    flags.into_iter().find(|(is_given, _)| *is_given).map(|(_, flag)| flag)
}

/// Tells a person that a flag does not mean what the group has committed, and why records come twice.
struct Teller {
    output: Output,
    group: String,
    flag: Option<&'static str>,
}

impl RebalanceListener for Teller {
    fn assigned(&mut self, partitions: &[TopicPartition], rebalance: &mut Rebalance) {
        let committed =
            partitions.iter().filter(|partition| rebalance.committed(partition).is_some()).count();
        if partitions.is_empty() {
            return;
        }
        // Later partitions have been read by other members, who commit.
        if let Some(flag) = self.flag.take().filter(|_| committed > 0) {
            let (group, total) = (&self.group, partitions.len());
            self.output.note(&format!(
                "group `{group}` has committed offsets in {committed} of {total} partitions, which win over `{flag}`"
            ));
        }
    }

    fn lost(&mut self, _: &[TopicPartition]) {
        self.output.warn(&format!(
            "group `{}` took this member for dead; it joins again, and what it had not committed comes again",
            self.group
        ));
    }
}

impl Reader {
    /// Reads as a member of a group until something says stop, then commits what was printed and leaves.
    pub(super) async fn read_group(
        &mut self,
        mut consumer: GroupConsumer,
        group: &str,
        output: Output,
    ) -> Result<Ending, CommandError> {
        let ending = self.read_member(&mut consumer).await;
        let closing = tokio::time::timeout(find::PATIENCE, consumer.close());
        let closed = output.patiently("committing what was printed; Ctrl-C leaves it", closing).await;
        let ending = ending?;
        let failed = match closed {
            Ok(Ok(())) => return Ok(ending),
            Ok(Err(error)) => CommandError::from(error),
            Err(_) => {
                let patience = find::PATIENCE.as_secs();
                let what = format!("the coordinator of group `{group}` did not answer within {patience} s");
                CommandError::new(ErrorKind::Unreachable, what)
            }
        };
        Err(failed.with_hint(format!(
            "what was printed last may not be committed, and then comes again; `fluxctl group peek {group}` shows what is next"
        )))
    }

    async fn read_member(&mut self, consumer: &mut GroupConsumer) -> Result<Ending, CommandError> {
        while !self.is_enough() && !self.sink.is_closed() {
            let was_assigned = consumer.is_assigned();
            let idle = async {
                match self.idle_timeout {
                    Some(timeout) => tokio::time::sleep(timeout).await,
                    None => std::future::pending().await,
                }
            };
            let records = tokio::select! {
                biased;
                () = self.interrupt.first() => return Ok(Ending::Interrupted),
                records = consumer.next_batch() => records,
                // Who had not been given partitions yet cannot have been idle.
                () = idle => if was_assigned { break } else { continue },
            };
            let Some(records) = records else { break };
            let records = records?;
            let Some(first) = records.first() else { continue };
            let marks = Marks::of(consumer.partition_offsets(&first.topic, first.partition));
            let done = self.show_batch(&records, marks, None);
            // Asking for more says that these are done, so they have to be out before that.
            let written = self.sink.flush().await;
            let done = if written.is_ok() && !self.sink.is_closed() { done } else { 0 };
            if let Some(next) = records.get(done) {
                consumer.seek(&next.topic, next.partition, next.offset)?;
            }
            written?;
        }
        Ok(Ending::Complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ConsumeArgs,
    }

    fn parsed(flags: &str) -> Result<GroupConfig, CommandError> {
        let line = ["consume"].into_iter().chain(flags.split_whitespace());
        let args = Line::try_parse_from(line).unwrap().args;
        let start = Start::from_args(&args, 0).unwrap();
        config("g", &args.topics, &args, &start)
    }

    #[test]
    fn the_start_flags_say_where_nothing_is_committed() {
        for (flags, reset, start, end) in [
            ("t -g g", OffsetReset::End, StartOffset::End, EndOffset::Never),
            ("t -g g -B", OffsetReset::Beginning, StartOffset::Beginning, EndOffset::Never),
            ("t -g g -e", OffsetReset::Beginning, StartOffset::Beginning, EndOffset::Current),
            ("t -g g -o -5", OffsetReset::End, StartOffset::FromEnd(5), EndOffset::Never),
            ("t -g g -o 3:9", OffsetReset::End, StartOffset::Offset(3), EndOffset::Offset(9)),
            ("t -g g -o +2:-1", OffsetReset::End, StartOffset::FromBeginning(2), EndOffset::FromEnd(1)),
        ] {
            let config = parsed(flags).unwrap();
            let found = (config.auto_offset_reset, config.start, config.consumer.end);
            assert_eq!(found, (reset, Some(start), end), "{flags}");
        }
        assert!(parsed("t -g g -o end:end+2").is_err());
        assert!(parsed("t -g g -o end+2").is_err());
    }

    #[test]
    fn assignors_go_with_their_protocol() {
        let classic = parsed("t -g g --assignor cooperative-sticky,range").unwrap();
        let wanted = [AssignmentStrategy::CooperativeSticky, AssignmentStrategy::Range];
        assert_eq!((classic.protocol, &classic.assignors[..]), (GroupProtocol::Classic, &wanted[..]));
        let newer = parsed("t -g g --group-protocol consumer --assignor uniform").unwrap();
        let wanted = (GroupProtocol::Consumer, Some("uniform"));
        assert_eq!((newer.protocol, newer.server_assignor.as_deref()), wanted);
        assert!(parsed("t -g g --assignor uniform").is_err());
        assert!(parsed("t -g g --group-protocol consumer --assignor sticky").is_err());
    }

    #[test]
    fn several_patterns_are_one() {
        let config = parsed("a.* b -r -g g").unwrap();
        assert_eq!(config.consumer.topic_pattern.as_deref(), Some("(?:a.*)|(?:b)"));
    }
}
