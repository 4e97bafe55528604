//! `fluxctl produce`: records from lines, files, formats and JSON into a topic.

mod args;
mod config;
mod dry_run;
mod failures;
mod input;
mod progress;
mod report;
mod sender;
mod template;

use std::collections::HashSet;
use std::io::{self, IsTerminal};

use fluxmq_client::{Client, ProducerConfig};

use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::format::OutputFormat;
use crate::stream::{Interrupt, Sink, topic};

pub(crate) use args::ProduceArgs;
use dry_run::DryRun;
use failures::Failures;
use input::{Input, Reading};
use progress::Progress;
use sender::{Account, Sender};
use template::Template;

/// What the flags come to, before anybody is connected to.
struct Plan {
    template: Template,
    report: Option<OutputFormat>,
    config: ProducerConfig,
    input: Input,
    topic: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &ProduceArgs, context: &Context) -> Result<(), CommandError> {
    if !args.dry_run {
        confirm::writable(context)?;
    }
    let plan = Plan {
        template: Template::from_args(args, jiff::Timestamp::now().as_millisecond())?,
        report: report::format(args)?,
        config: config::config(args, context)?,
        topic: topic::named_or_default(args.topic.as_deref(), context)?,
        input: Input::open(args)?,
    };
    topic::require(plan.topic.as_deref(), "produce")?;
    context.block_on(produce(args, plan, context))
}

async fn produce(args: &ProduceArgs, plan: Plan, context: &Context) -> Result<(), CommandError> {
    let client = context.client().await?;
    let topic = match plan.topic {
        Some(topic) => topic,
        None => topic::pick(&client, "produce").await?,
    };
    let topics = if args.auto_create { Vec::new() } else { topic::describe(&client, &[topic.clone()]).await? };
    for topic in &topics {
        args.partition.map_or(Ok(()), |partition| topic::check_partition(topic, partition))?;
    }
    let failures = Failures::new(args.on_error, context.output);
    // Reports are followed live where each line is typed or waited for.
    let sink = Sink::new(io::stdout().lock(), true);
    let interrupt = Interrupt::listen()?;
    let reading = plan.input.start()?;
    if let (true, Some(format)) = (args.dry_run, plan.report.clone()) {
        let partitioner = plan.config.partitioner;
        let template = plan.template;
        let run = DryRun { client: &client, template, format, partitioner, topics, default_topic: topic, failures };
        let count = run.run(reading, sink).await?;
        context.output.note(&format!("{count} records would be written"));
        return Ok(());
    }
    let sender = Sender {
        producer: client.topic_producer(topic.clone(), plan.config)?,
        client: client.clone(),
        template: plan.template,
        report: plan.report,
        sink,
        rate: args.rate,
        left: args.num,
        topics: HashSet::from([topic.clone()]),
        creates_topics: args.auto_create,
        account: Account::new(failures),
    };
    let progress = Progress::new(&reading, context);
    let (stored, was_interrupted) = send_all(sender, reading, interrupt, &progress).await?;
    drop(progress);
    close(&client);
    if io::stderr().is_terminal() && plan_reports_count(args) {
        context.output.note(&format!("{stored} records written to `{topic}`"));
    }
    if was_interrupted { Err(CommandError::interrupted()) } else { Ok(()) }
}

/// Sends until the input ends, something fails, or the first Ctrl-C; then waits for what was sent.
async fn send_all<W: io::Write>(
    mut sender: Sender<W>,
    mut reading: Reading,
    mut interrupt: Interrupt,
    progress: &Progress,
) -> Result<(u64, bool), CommandError> {
    let mut was_interrupted = false;
    while !sender.is_done() {
        let next = tokio::select! {
            biased;
            () = interrupt.wait() => None,
            group = reading.groups.recv() => Some(group),
        };
        let Some(group) = next else {
            was_interrupted = true;
            break;
        };
        let Some(group) = group else { break };
        tokio::select! {
            biased;
            () = interrupt.wait() => {
                was_interrupted = true;
                break;
            }
            sent = sender.send_group(group) => sent?,
        }
        progress.update(sender.account.sent);
    }
    drop(reading);
    let stored = sender.finish().await?;
    Ok((stored, was_interrupted))
}

fn close(client: &Client) {
    client.close();
}

/// Whoever asked for a report of each record needs no count.
fn plan_reports_count(args: &ProduceArgs) -> bool {
    args.report_format.is_none()
}
