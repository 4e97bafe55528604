//! `fluxctl consume`: records of topics on standard output.

mod args;
mod assignment;
mod form;
mod group;
mod reader;
mod start;
mod tail;
mod watch;

use std::io::{self, IsTerminal};

use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Sink;
use crate::record::{RecordForm, RecordWriter};
use crate::stream::{Interrupt, topic};

pub(crate) use args::ConsumeArgs;
use assignment::{Assignment, topic_names};
use reader::{Ending, Reader};
use start::Start;

/// Runs the command.
pub(crate) fn run(args: &ConsumeArgs, context: &Context) -> Result<(), CommandError> {
    let start = Start::from_args(args, jiff::Timestamp::now().as_millisecond())?;
    let form = form::from_args(args, context.output.format, io::stdout().is_terminal())?;
    let first = topic::named_or_default(args.topics.first().map(String::as_str), context)?;
    topic::require(first.as_deref(), "consume")?;
    // A member takes partitions from others, and commits.
    if args.group.is_some() {
        confirm::writable(context)?;
    }
    context.block_on(async {
        let interrupt = Interrupt::listen()?;
        let command = consume(args, start, form, first, interrupt.clone(), context);
        interrupt.limit(Box::pin(command)).await
    })
}

async fn consume(
    args: &ConsumeArgs,
    start: Start,
    form: RecordForm,
    first: Option<String>,
    interrupt: Interrupt,
    context: &Context,
) -> Result<(), CommandError> {
    let client = context.client().await?;
    let mut topics = args.topics.clone();
    if topics.is_empty() {
        topics.push(match first {
            Some(topic) => topic,
            None => topic::pick(&client, "consume").await?,
        });
    }
    let layout = |topics: usize| form::layout(topics > 1, context.output.headers, io::stdout().is_terminal());
    if let Some(group) = &args.group {
        let (topics, consumer) = group::join(&client, group, topics, args, &start, context).await?;
        let sink = Sink::stdout(start.range.end.is_none())?;
        let writer = RecordWriter::new(form, layout(topics));
        let mut reader = Reader::new(writer, sink, interrupt, args);
        reader.begin().await?;
        let ending = reader.read_group(consumer, group, context.output).await;
        // What was begun as a list is to be one, whatever happened to the group.
        reader.end().await?;
        return outcome(ending?);
    }
    let assignment = Assignment::find(&client, &topics, args, &start).await?;
    context.output.note(&start.announcement(&topic_names(&assignment.topics)));

    let follows = if start.tail.is_some() { !start.exits } else { !assignment.is_bounded() };
    let sink = Sink::stdout(follows)?;
    let mut reader =
        Reader::new(RecordWriter::new(form, layout(assignment.topics.len())), sink, interrupt, args);
    reader.begin().await?;
    let ending = match start.tail {
        Some(count) => {
            let last = tail::last_records(&client, &assignment, count).await?;
            reader.show_all(&last).await?;
            if start.exits { Ending::Complete } else { reader.read(&client, &assignment.after_end()).await? }
        }
        None => reader.read(&client, &assignment).await?,
    };
    reader.end().await?;
    outcome(ending)
}

fn outcome(ending: Ending) -> Result<(), CommandError> {
    match ending {
        Ending::Complete => Ok(()),
        Ending::Interrupted => Err(CommandError::interrupted()),
    }
}
