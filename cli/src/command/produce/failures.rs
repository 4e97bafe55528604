//! Records that could not be read or written.

use crate::{error::CommandError, output::Output, stream::counted};

use super::args::OnError;

/// What went wrong, and whether it ends the command.
#[derive(Debug)]
pub(super) struct Failures {
    on_error: OnError,
    output: Output,
    count: u64,
    first: Option<CommandError>,
}

impl Failures {
    pub(super) fn new(on_error: OnError, output: Output) -> Self {
        Self { on_error, output, count: 0, first: None }
    }

    /// Takes one failure; says so at once where the command goes on.
    pub(super) fn add(&mut self, error: CommandError) {
        self.count += 1;
        if self.on_error == OnError::Skip {
            let chain: Vec<_> = error.source.chain().map(ToString::to_string).collect();
            self.output.warn(&chain.join(": "));
        }
        self.first.get_or_insert(error);
    }

    /// Whether nothing more should be done.
    pub(super) fn is_final(&self) -> bool {
        self.count > 0 && self.on_error == OnError::Stop
    }

    /// The number of records that were done, or what became of the others.
    pub(super) fn into_result(self, done: u64) -> Result<u64, CommandError> {
        match (self.first, self.on_error) {
            (None, _) => Ok(done),
            (Some(error), OnError::Stop) if error.hint.is_some() => Err(error),
            (Some(error), OnError::Stop) => Err(error.with_hint(format!(
                "{} went before it; `--on-error skip` goes on past one that cannot be written",
                counted(done, "record")
            ))),
            (Some(first), OnError::Skip) => {
                let mut summary = CommandError::failure(format!(
                    "{} not written, {done} written",
                    counted(self.count, "record")
                ));
                summary.code = first.code;
                Err(summary)
            }
        }
    }
}
