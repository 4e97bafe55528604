//! What the commands that move records share: how they are interrupted, and which topic is meant
//! when none is named.

pub(crate) mod interrupt;
pub(crate) mod topic;

use std::fs;

use crate::{error::CommandError, grammar::SyntaxError};

pub(crate) use interrupt::Interrupt;

/// The format after `-f`: the text itself, or `@` and the name of a file that holds it. The line
/// break that editors put at a file's end is not part of the format.
pub(crate) fn format_flag(text: &str) -> Result<String, CommandError> {
    let Some(path) = text.strip_prefix('@') else { return Ok(text.to_owned()) };
    let mut format = fs::read_to_string(path)
        .map_err(|error| CommandError::usage(format!("the format file `{path}` cannot be read: {error}")))?;
    if format.ends_with('\n') {
        format.pop();
    }
    Ok(format)
}

/// A text that cannot be understood is a mistake on the command line.
impl From<SyntaxError> for CommandError {
    fn from(error: SyntaxError) -> Self {
        CommandError::usage(error.to_string())
    }
}

/// `1 record`, `2 records`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
