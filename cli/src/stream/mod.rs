//! What the commands that move records share: how they are interrupted, where their output goes,
//! and which topic is meant when none is named.

pub(crate) mod interrupt;
pub(crate) mod sink;
pub(crate) mod topic;

use std::fs;

use crate::{error::CommandError, grammar::SyntaxError};

pub(crate) use interrupt::Interrupt;
pub(crate) use sink::Sink;

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
