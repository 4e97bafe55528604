//! Errors, warnings and help.

use std::io::{self, Write};

use clap::builder::StyledStr;
use colored::{ColoredString, Colorize};
use serde_json::{Value, json};

use super::colour::Colour;
use crate::error::{CommandError, ErrorKind};

/// An error with its causes and what to do next.
pub(super) fn error(error: &CommandError) {
    if error.kind == ErrorKind::OutputClosed {
        return;
    }
    let mut text = format!("{} {}\n", paint("error:".red().bold()), error.source);
    let causes = error.source.chain().skip(1);
    text.extend(causes.map(|cause| format!("  {} {cause}\n", paint("caused by:".red()))));
    if let Some(hint) = &error.hint {
        text += &hint_line(hint);
    }
    to_stderr(&text);
}

/// An error for a program. Still on standard error: what is on standard output is always data.
pub(crate) fn json_error(error: &CommandError) {
    if error.kind == ErrorKind::OutputClosed {
        return;
    }
    let causes: Vec<Value> = error.source.chain().skip(1).map(|cause| json!(cause.to_string())).collect();
    let report = json!({
        "error": {
            "kind": error.kind.name(),
            "code": error.code.map(fluxmq_client::ErrorCode::name),
            "message": error.source.to_string(),
            "causes": causes,
            "hint": error.hint,
            "exit_code": crate::error::exit_code(error.kind),
        }
    });
    to_stderr(&format!("{report}\n"));
}

/// What the parser has to say about a command line.
pub(crate) fn usage_error(rendered: &StyledStr, hint: Option<&str>) {
    let colour = Colour::decided().stderr;
    let mut text = if colour { rendered.ansi().to_string() } else { rendered.to_string() };
    if let Some(hint) = hint {
        text += &hint_line(hint);
    }
    to_stderr(&text);
}

/// Help that was asked for is data. Nobody to read it is no failure.
pub(crate) fn help(rendered: &StyledStr) {
    let colour = Colour::decided().stdout;
    let text = if colour { rendered.ansi().to_string() } else { rendered.to_string() };
    let _ = super::print(&text);
}

/// Writes bytes to standard output as they are.
pub(crate) fn print_raw(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

pub(super) fn warning(text: &str) {
    to_stderr(&format!("{} {text}\n", paint("warning:".yellow().bold())));
}

/// A standard error that is closed leaves nobody to tell.
pub(super) fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn hint_line(hint: &str) -> String {
    format!("{} {hint}\n", paint("hint:".cyan().bold()))
}

/// Colour for standard error, if it has any.
fn paint(text: ColoredString) -> String {
    if Colour::decided().stderr { text.to_string() } else { text.input }
}
