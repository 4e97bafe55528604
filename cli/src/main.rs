//! `fluxctl`: the command line for Kafka-protocol clusters, with a whole broker inside.
//!
//! In reading order: [`args`] says what can be typed, [`context`] what it means together with environment and profile,
//! `command` holds one module per command, [`output`] is the only one that prints, [`error`] decides exit codes.

mod args;
mod client_properties;
mod command;
mod completion;
mod confirm;
mod context;
mod error;
mod format;
mod grammar;
mod group;
mod output;
mod record;
mod signal;
mod stream;

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;

use clap_complete::env::CompleteEnv;

use crate::context::Context;
use crate::output::{Colour, Output};

fn main() -> ExitCode {
    // Does nothing unless `COMPLETE` is set by a shell that asks for completions.
    CompleteEnv::with_factory(args::command).complete();
    let environment: BTreeMap<String, String> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let words: Vec<_> = env::args_os().collect();
    Colour::decide(args::colour_flag(&words), &environment).apply();
    let arguments = match args::parse(&words) {
        Ok(arguments) => arguments,
        Err(stop) => return stop,
    };
    let output = Output::new(&arguments.global);
    let done = Context::new(arguments.global, environment, output)
        .and_then(|context| command::run(arguments.command, &context));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error::exit_code(error.kind))
        }
    }
}
