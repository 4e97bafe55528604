//! How looks are printed one after the other: drawn anew on a terminal, a block or a line each elsewhere.

use super::view::{PartitionRow, TickView};
use crate::error::CommandError;
use crate::output::{self, Live, Output, OutputFormat};

/// Where looks go.
#[derive(Debug)]
pub(super) struct Printer {
    output: Output,
    live: Live,
    /// How many groups have been written as elements of a JSON array.
    written: usize,
    is_first: bool,
}

impl Printer {
    pub(super) fn new(output: Output, is_dumb: bool) -> Self {
        Printer { output, live: Live::stdout(!is_dumb), written: 0, is_first: true }
    }

    /// What stands before the first look.
    pub(super) fn begin(&self) -> Result<(), CommandError> {
        match self.output.format {
            Some(OutputFormat::Json) => output::print("["),
            // Refused before anything is asked of the cluster.
            Some(OutputFormat::Raw) => self.output.list::<TickView>(&[]),
            _ => Ok(()),
        }
    }

    /// One look at all groups. `heading` tells when it was, and what is waited for.
    pub(super) fn look(&mut self, views: &[TickView], heading: &str) -> Result<(), CommandError> {
        let rows = || views.iter().flat_map(|view| view.partitions.clone()).collect::<Vec<PartitionRow>>();
        match self.output.format {
            None | Some(OutputFormat::Table | OutputFormat::Wide) => {
                let mut text = format!("{heading}\n{}", self.output.table(views));
                let rows = rows();
                if !rows.is_empty() {
                    text = text + "\n" + &self.output.table(&rows);
                }
                self.live.show(&text)?;
            }
            Some(OutputFormat::Json) => {
                for view in views {
                    let separator = if self.written == 0 { "\n" } else { ",\n" };
                    self.written += 1;
                    output::print(&format!("{separator}{}", output::json_line(view)?))?;
                }
            }
            Some(OutputFormat::Tsv | OutputFormat::Csv) => {
                let headers = self.output.headers && self.is_first;
                Output { headers, ..self.output }.list(&rows())?;
            }
            Some(_) => self.output.list(views)?,
        }
        self.is_first = false;
        Ok(())
    }

    /// What stands after the last look.
    pub(super) fn end(&self) -> Result<(), CommandError> {
        match self.output.format {
            Some(OutputFormat::Json) if self.written == 0 => output::print("]\n"),
            Some(OutputFormat::Json) => output::print("\n]\n"),
            _ => Ok(()),
        }
    }
}
