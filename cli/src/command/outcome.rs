//! Several things at once, where some fail.

use crate::context::Context;
use crate::error::CommandError;

/// Tells of each failure. One topic alone fails with its own kind; one of many makes the whole a failure.
pub(super) fn finish(
    context: &Context,
    asked: usize,
    mut failures: Vec<CommandError>,
    things: &str,
    what: &str,
) -> Result<(), CommandError> {
    if failures.is_empty() {
        return Ok(());
    }
    if asked == 1 {
        return Err(failures.remove(0));
    }
    failures.iter().for_each(|failure| context.output.error(failure));
    Err(CommandError::failure(format!("{} of {asked} {things} could not be {what}", failures.len())))
}
