//! `fluxctl group watch`.

mod history;
mod printer;
mod until;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::admin::{Group, GroupState};
use fluxmq_client::{Admin, ErrorCode, TopicPartition};
use tokio::time::{Instant, MissedTickBehavior};

use crate::completion;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::format::time;
use crate::grammar::duration;
use crate::group::{find, positions};
use crate::stream::Interrupt;
use history::{GroupSample, History, PartitionSample};
use printer::Printer;
use until::Until;
use view::TickView;

const EXAMPLES: &str = "\
Examples:
  fluxctl group watch orders-app                           until Ctrl-C
  fluxctl group watch orders-app --until lag=0 --timeout 5m && deploy
  fluxctl group watch -r 'orders-.*' --interval 10s
  fluxctl group watch orders-app -n 1 -O json              one look
  fluxctl group watch orders-app -O ndjson | jq .lag

Rates are records a second over the last looks: IN written to the log, OUT committed by the group. ETA is the time until
nothing lies behind, if both rates stay. A partition is stalled when records wait and nothing was committed for 10 s.
With `--until`, the lag of every partition has to be known; ends with 10 when `--timeout` comes first.";

/// Looks may fail for so long, as while a broker restarts, before the watch does.
const OUTAGE_MAX: Duration = Duration::from_secs(30);

/// Watch how far behind groups are, and how fast they catch up
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WatchArgs {
    /// Names of the groups
    #[arg(required = true, value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    groups: Vec<String>,
    /// Take each GROUP as a regular expression that must match the whole name
    #[arg(long, short = 'r')]
    regex: bool,
    /// How long to wait between two looks
    #[arg(long, short = 'i', value_name = "DURATION", value_parser = interval, default_value = "2s")]
    interval: Duration,
    /// Stop when all groups have come so far: lag=0, lag<=N, state=empty
    #[arg(long, value_name = "CONDITION", value_parser = Until::parse, conflicts_with = "num")]
    until: Option<Until>,
    /// Give up when `--until` has not come for so long, and end with 10
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, requires = "until")]
    timeout: Option<Duration>,
    /// Stop after N looks
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    num: Option<u32>,
}

fn interval(text: &str) -> Result<Duration, String> {
    let parsed = duration::parse(text).map_err(|error| error.to_string())?;
    if parsed < Duration::from_millis(100) { Err("the shortest is 100ms".to_owned()) } else { Ok(parsed) }
}

/// Why watching stopped.
enum Ending {
    /// It was met, or there were enough looks.
    Done,
    /// The time was over.
    TimedOut,
    Interrupted,
}

pub(super) fn run(args: &WatchArgs, context: &Context) -> Result<(), CommandError> {
    let is_dumb = context.variable("TERM") == Some("dumb");
    let mut printer = Printer::new(context.output, is_dumb);
    context.block_on(async {
        let interrupt = Interrupt::listen()?;
        let watch = watch(args, &mut printer, interrupt.clone(), context);
        interrupt.limit(Box::pin(watch)).await
    })
}

async fn watch(
    args: &WatchArgs,
    printer: &mut Printer,
    mut interrupt: Interrupt,
    context: &Context,
) -> Result<(), CommandError> {
    let admin = find::admin(context).await?;
    let names = find::named(&admin, &args.groups, args.regex).await?;
    let mut watch = Watch { args, admin, names, histories: BTreeMap::new(), failing_since: None };
    printer.begin()?;
    let ending = tokio::select! {
        biased;
        () = interrupt.first() => Ok(Ending::Interrupted),
        () = timeout(args.timeout) => Ok(Ending::TimedOut),
        done = watch.looks(printer, context) => done.map(|()| Ending::Done),
    };
    printer.end()?;
    match ending? {
        Ending::Done => Ok(()),
        Ending::Interrupted => Err(CommandError::interrupted()),
        Ending::TimedOut => Err(watch.not_met()),
    }
}

async fn timeout(after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep_until(Instant::now() + after).await,
        None => std::future::pending().await,
    }
}

struct Watch<'a> {
    args: &'a WatchArgs,
    admin: Admin,
    names: Vec<String>,
    /// The looks so far, by group.
    histories: BTreeMap<String, History>,
    /// Since when every look has failed.
    failing_since: Option<Instant>,
}

impl Watch<'_> {
    /// Looks until there is no more to wait for.
    async fn looks(&mut self, printer: &mut Printer, context: &Context) -> Result<(), CommandError> {
        let mut ticks = tokio::time::interval(self.args.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut count = 0;
        loop {
            ticks.tick().await;
            let now_ms = jiff::Timestamp::now().as_millisecond();
            match self.look(now_ms).await {
                Ok(()) => self.failing_since = None,
                Err(error) if self.may_go_on(&error) => {
                    context.output.warn(&format!("{}; trying again", error.source));
                    continue;
                }
                Err(error) => return Err(error),
            }
            let histories = self.histories.iter();
            let views: Vec<TickView> =
                histories.filter_map(|(name, history)| TickView::new(name, now_ms, history)).collect();
            printer.look(&views, &self.heading(now_ms))?;
            count += 1;
            if self.is_met() || self.args.num == Some(count) {
                return Ok(());
            }
        }
    }

    /// A broker that is not there for a moment ends no watch that has begun.
    fn may_go_on(&mut self, error: &CommandError) -> bool {
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        let passes = error.kind == ErrorKind::Unreachable || error.code.is_some_and(ErrorCode::is_retriable);
        passes && !self.histories.is_empty() && since.elapsed() < OUTAGE_MAX
    }

    async fn look(&mut self, now_ms: i64) -> Result<(), CommandError> {
        let (groups, mut failures) = find::describe(&self.admin, &self.names).await;
        // A group that goes while it is watched is as empty as can be; one that never was is a slip of the pen.
        let is_gone = |error: &CommandError| error.kind == ErrorKind::NotFound;
        let waits_for_state = matches!(self.args.until, Some(Until::State(_)));
        failures.retain(|error| self.histories.is_empty() || !waits_for_state || !is_gone(error));
        if !failures.is_empty() {
            return Err(failures.remove(0));
        }
        let samples = self.samples(groups).await?;
        for (name, sample) in samples {
            self.histories.entry(name).or_default().add(now_ms, sample);
        }
        Ok(())
    }

    async fn samples(&self, groups: Vec<Group>) -> Result<BTreeMap<String, GroupSample>, CommandError> {
        let gone = || GroupSample { state: GroupState::Dead, members: 0, partitions: BTreeMap::new() };
        let mut samples: BTreeMap<String, GroupSample> =
            self.names.iter().map(|name| (name.clone(), gone())).collect();
        let known: Vec<&str> = groups.iter().map(|group| group.spec.name.as_str()).collect();
        let mut committed = BTreeMap::new();
        for (name, offsets) in self.admin.committed_offsets_of_groups(&known).await {
            committed.insert(name, offsets?);
        }
        let mut partitions: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
        for group in &groups {
            let own = partitions.entry(&group.spec.name).or_default();
            own.extend(group.status.members.iter().flat_map(|member| member.assignment.iter().cloned()));
            own.extend(
                committed.get(&group.spec.name).into_iter().flat_map(|offsets| offsets.keys().cloned()),
            );
        }
        let logs = positions::logs(&self.admin, partitions.values().flatten()).await?;
        for group in &groups {
            let name = &group.spec.name;
            let offset = |partition: &TopicPartition| Some(committed.get(name)?.get(partition)?.offset);
            let sample = |partition: &TopicPartition| PartitionSample {
                committed: offset(partition),
                bounds: logs.get(partition).map(|log| log.bounds),
            };
            let own = partitions.get(name.as_str()).into_iter().flatten();
            let sample = GroupSample {
                state: group.status.state.clone(),
                members: group.status.members.len(),
                partitions: own.map(|partition| (partition.clone(), sample(partition))).collect(),
            };
            samples.insert(name.clone(), sample);
        }
        Ok(samples)
    }

    fn is_met(&self) -> bool {
        let Some(until) = &self.args.until else { return false };
        self.histories.values().all(|history| history.latest().is_some_and(|sample| until.is_met(sample)))
    }

    fn heading(&self, now_ms: i64) -> String {
        let every = time::span(self.args.interval.as_millis() as u64);
        let until = match &self.args.until {
            Some(Until::LagAtMost(count)) => format!(", until lag<={count}"),
            Some(Until::State(state)) => format!(", until state={state}"),
            None => String::new(),
        };
        format!("{}, every {every}{until}", time::rfc3339(Some(now_ms)))
    }

    /// The error of a condition that did not come in time.
    fn not_met(&self) -> CommandError {
        let after = time::span(self.args.timeout.unwrap_or_default().as_millis() as u64);
        let open = self.histories.iter().filter_map(|(name, history)| {
            let (until, sample) = (self.args.until.as_ref()?, history.latest()?);
            let what = match until {
                Until::LagAtMost(_) => {
                    sample.whole_lag().map_or("lag unknown".to_owned(), |lag| format!("lag {lag}"))
                }
                Until::State(_) => format!("state {}", sample.state),
            };
            (!until.is_met(sample)).then(|| format!("group `{name}` has {what}"))
        });
        let open: Vec<String> = open.collect();
        let what = if open.is_empty() { "no look was finished".to_owned() } else { open.join(", ") };
        CommandError::new(ErrorKind::Different, format!("not met within {after}: {what}"))
            .with_hint("`fluxctl group describe GROUP` shows who reads what, and how far behind")
    }
}
