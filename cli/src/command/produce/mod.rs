//! `fluxctl produce`: records from lines, files, formats and JSON into a topic.

mod args;
mod config;
mod dry_run;
mod failures;
mod input;
mod report;
mod sender;
mod template;

use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering;

use fluxmq_client::ProducerConfig;

use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::format::OutputFormat;
use crate::output::{Progress, Sink};
use crate::stream::{Interrupt, counted, topic};

pub(crate) use args::ProduceArgs;
use dry_run::DryRun;
use failures::Failures;
use input::{Input, Reading};
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
    if !plan.input.names_topics() {
        topic::require(plan.topic.as_deref(), "produce")?;
    }
    context.block_on(async {
        let interrupt = Interrupt::listen()?;
        let command = produce(args, plan, interrupt.clone(), context);
        interrupt.limit(Box::pin(command)).await
    })
}

async fn produce(
    args: &ProduceArgs,
    plan: Plan,
    interrupt: Interrupt,
    context: &Context,
) -> Result<(), CommandError> {
    let client = context.client().await?;
    let topic = match plan.topic {
        None if !plan.input.names_topics() => Some(topic::pick(&client, "produce").await?),
        topic => topic,
    };
    let named = topic.as_slice();
    let topics = if args.auto_create { Vec::new() } else { topic::describe(&client, named).await? };
    for topic in &topics {
        args.partition.map_or(Ok(()), |partition| topic::check_partition(topic, partition))?;
    }
    let failures = Failures::new(args.on_error, context.output);
    // Reports are followed live: whoever wants them may wait for each.
    let sink = Sink::stdout(true)?;
    if plan.input.is_typed() {
        let to = topic.as_ref().map(|topic| format!(" to `{topic}`")).unwrap_or_default();
        context.output.note(&format!("writing{to}: one record a line, Ctrl-D ends"));
    }
    let reading = plan.input.start()?;
    if let (true, Some(format)) = (args.dry_run, plan.report.clone()) {
        let partitioner = plan.config.partitioner;
        let template = plan.template;
        let run =
            DryRun { client: &client, template, format, partitioner, topics, default_topic: topic, failures };
        let count = run.run(reading, sink).await?;
        context.output.note(&format!("{} would be written", counted(count, "record")));
        return Ok(());
    }
    let sender = Sender {
        producer: match &topic {
            Some(topic) => client.topic_producer(topic, plan.config)?,
            None => client.producer(plan.config)?,
        },
        client: client.clone(),
        template: plan.template,
        report: plan.report,
        sink,
        rate: args.rate,
        left: args.num,
        topics: topic.iter().cloned().collect(),
        has_default_topic: topic.is_some(),
        creates_topics: args.auto_create,
        account: Account::new(failures),
    };
    let progress = Progress::new(reading.size_bytes, context.output.quiet);
    let (stored, was_interrupted) = send_all(sender, reading, interrupt, &progress).await?;
    drop(progress);
    client.close();
    // Whoever asked for a report of each record needs no count.
    if io::stderr().is_terminal() && args.report_format.is_none() {
        context.output.note(&format!("{} written", counted(stored, "record")));
    }
    if was_interrupted { Err(CommandError::interrupted()) } else { Ok(()) }
}

/// Sends until the input ends, something fails, or the first Ctrl-C; then waits for what was sent.
async fn send_all(
    mut sender: Sender,
    mut reading: Reading,
    mut interrupt: Interrupt,
    progress: &Progress,
) -> Result<(u64, bool), CommandError> {
    let mut was_interrupted = false;
    while !sender.is_done() {
        let group = tokio::select! {
            biased;
            () = interrupt.first() => {
                was_interrupted = true;
                break;
            }
            group = reading.groups.recv() => group,
            // Whoever types a line, or follows a slow pipe, is told at once what became of it.
            settled = sender.settle_next() => {
                settled?;
                continue;
            }
        };
        let Some(group) = group else { break };
        tokio::select! {
            biased;
            () = interrupt.first() => {
                was_interrupted = true;
                break;
            }
            sent = sender.send_group(group) => sent?,
        }
        progress.update(sender.account.sent, reading.read_bytes.load(Ordering::Relaxed));
    }
    drop(reading);
    let stored = sender.finish().await?;
    // Ctrl-C ends a whole pipeline: the input may have ended a moment before the signal was seen here.
    Ok((stored, was_interrupted || interrupt.has_come()))
}
