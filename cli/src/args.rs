//! What can be typed.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind as ClapErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use crate::command::Command;
use crate::completion;
use crate::error::{CommandError, ErrorKind, exit_code};
use crate::output::{self, ColourChoice, OutputFormat};

const EXAMPLES: &str = "\
Examples:
  fluxctl broker start                        a Kafka-compatible broker on 127.0.0.1:9092
  fluxctl topic create orders -p 3            a topic with three partitions
  fluxctl produce orders 'one value'          a record; without a value, one per line of input
  fluxctl consume orders --from-beginning     everything, then what comes
  fluxctl profile add prod broker-1:9092      another cluster; `profile switch prod` goes there

Exit codes:
  0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed, 5 no connection or timed out,
  6 exists already or in use, 10 damage found, 130 interrupted";

/// Produce, consume and look after Kafka-protocol clusters, and run one.
#[derive(Debug, Parser)]
#[command(name = "fluxctl", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags that every command knows.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct GlobalArgs {
    /// Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]
    #[arg(short = 'b', long, global = true, value_name = "HOST:PORT")]
    pub(crate) bootstrap_servers: Option<String>,
    /// Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all
    #[arg(short = 'X', global = true, value_name = "KEY=VALUE")]
    #[arg(add = ArgValueCandidates::new(completion::properties))]
    pub(crate) properties: Vec<String>,
    /// Profile to use [env: FLUXCTL_PROFILE]
    #[arg(short = 'P', long, global = true, value_name = "NAME")]
    #[arg(add = ArgValueCandidates::new(completion::profiles))]
    pub(crate) profile: Option<String>,
    /// Form of the output
    #[arg(short = 'O', long, global = true, value_enum, value_name = "FORM")]
    pub(crate) output: Option<OutputFormat>,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: ColourChoice,
    /// Leave out the heading of tables
    #[arg(long, global = true)]
    pub(crate) no_headers: bool,
    /// Say nothing beside data, warnings and errors
    #[arg(short = 'q', long, global = true)]
    pub(crate) quiet: bool,
    /// Do not ask before something is destroyed
    #[arg(short = 'y', long, global = true)]
    pub(crate) yes: bool,
    /// Confirm a change of a protected profile's cluster by the profile's name
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub(crate) confirm_profile: Option<String>,
    /// File of profiles [env: FLUXCTL_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// The whole command line, for parsing, completions and documentation.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

/// Understands the words that were typed; else says what is wrong, or what was asked for, and how to end.
pub(crate) fn parse(words: &[OsString]) -> Result<Arguments, ExitCode> {
    let command = command().color(output::clap_colour());
    let parsed =
        command.try_get_matches_from(words).and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| match error.kind() {
        ClapErrorKind::DisplayHelp | ClapErrorKind::DisplayVersion => {
            output::help(&error.render());
            ExitCode::SUCCESS
        }
        _ => {
            report(&error, words);
            ExitCode::from(exit_code(ErrorKind::Usage))
        }
    })
}

/// `--color` as typed, known before parsing because the parser's own errors have colours.
pub(crate) fn colour_flag(words: &[OsString]) -> ColourChoice {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let after =
        |flag: &str| words.iter().position(|word| *word == flag).and_then(|at| words.get(at + 1).copied());
    let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
    let value = joined.or_else(|| after("--color"));
    value.and_then(|value| ColourChoice::from_str(value, true).ok()).unwrap_or_default()
}

fn report(error: &clap::Error, words: &[OsString]) {
    let hint = broker_flag_hint(error, words);
    if wants_json(words) {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let mut refused = CommandError::usage(message);
        refused.hint = hint;
        output::json_error(&refused);
    } else {
        output::usage_error(&error.render(), hint.as_deref());
    }
}

/// Somebody who types `fluxctl --port 9092` wants a broker.
fn broker_flag_hint(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let typed = words.get(1)?.to_str()?;
    let flag = typed.strip_prefix("--")?.split('=').next()?;
    let command = command();
    let start = command.find_subcommand("broker")?.find_subcommand("start")?;
    let is_flag = start.get_arguments().any(|argument| argument.get_long() == Some(flag));
    if error.kind() != ClapErrorKind::UnknownArgument || !is_flag {
        return None;
    }
    let rest: Vec<_> = words.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    Some(format!("`fluxctl broker start {}` starts a broker", rest.join(" ")))
}

fn wants_json(words: &[OsString]) -> bool {
    let pairs = words.iter().zip(words.iter().skip(1));
    let is = |word: &OsStr, text: &str| word.to_str() == Some(text);
    let apart = pairs.into_iter().any(|(a, b)| (is(a, "-O") || is(a, "--output")) && is(b, "json"));
    apart || words.iter().any(|word| is(word, "-Ojson") || is(word, "--output=json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_whole_tree_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn a_broker_flag_without_a_command_names_the_command() {
        for (line, hint) in [
            ("fluxctl --port 9092", Some("`fluxctl broker start --port 9092` starts a broker")),
            ("fluxctl --memory --port=1", Some("`fluxctl broker start --memory --port=1` starts a broker")),
            ("fluxctl --prot 9092", None),
            ("fluxctl topic list --port 9092", None),
        ] {
            let error = command().try_get_matches_from(words(line)).unwrap_err();
            assert_eq!(broker_flag_hint(&error, &words(line)).as_deref(), hint, "{line}");
        }
    }

    #[test]
    fn colour_and_json_are_known_before_parsing() {
        assert_eq!(colour_flag(&words("fluxctl topic --color never")), ColourChoice::Never);
        assert_eq!(colour_flag(&words("fluxctl --color=always x")), ColourChoice::Always);
        assert_eq!(colour_flag(&words("fluxctl --color")), ColourChoice::Auto);
        assert!(wants_json(&words("fluxctl nonsense -O json")));
        assert!(!wants_json(&words("fluxctl produce json")));
    }

    #[test]
    fn every_command_with_an_example_says_so() {
        fn walk(command: &clap::Command, missing: &mut Vec<String>, path: &str) {
            let path = format!("{path} {}", command.get_name());
            let leaf = command.get_subcommands().count() == 0;
            let has_examples =
                command.get_after_help().is_some_and(|help| help.to_string().contains("Examples:"));
            if leaf && !has_examples && command.get_name() != "help" {
                missing.push(path.clone());
            }
            command.get_subcommands().for_each(|command| walk(command, missing, &path));
        }
        let mut missing = Vec::new();
        walk(&command(), &mut missing, "");
        assert_eq!(missing, Vec::<String>::new());
    }
}
