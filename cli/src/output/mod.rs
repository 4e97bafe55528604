//! The only module that prints. Data goes to standard output, everything else to standard error.

mod colour;
mod describe;
mod format;
mod live;
mod progress;
mod report;
mod sink;
mod table;
mod wait;

use std::io::{self, Write};

use serde::Serialize;

pub(crate) use colour::{Colour, ColourChoice, clap_colour};
pub(crate) use describe::Section;
pub(crate) use format::OutputFormat;
pub(crate) use live::Live;
pub(crate) use progress::Progress;
pub(crate) use report::{help, json_error, print_raw, usage_error};
pub(crate) use sink::{Sink, prompt};
pub(crate) use table::{Column, View};

use crate::args::GlobalArgs;
use crate::error::CommandError;

/// How this run of the program prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// `-O`, where it was given.
    pub(crate) format: Option<OutputFormat>,
    /// Whether tables have a heading.
    pub(crate) headers: bool,
    /// Whether remarks are left out.
    pub(crate) quiet: bool,
    /// Whether even warnings are left out, as in the middle of a shell's prompt.
    pub(crate) silent: bool,
}

impl Output {
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        Output { format: global.output, headers: !global.no_headers, quiet: global.quiet, silent: false }
    }

    /// Prints the rows of a list in the form that was asked for, a table by default.
    pub(crate) fn list<V: View>(self, rows: &[V]) -> Result<(), CommandError> {
        let text = match self.format.unwrap_or(OutputFormat::Table) {
            OutputFormat::Table => table::aligned(rows, false, self.headers),
            OutputFormat::Wide => table::aligned(rows, true, self.headers),
            OutputFormat::Tsv => table::tsv(rows, self.headers),
            OutputFormat::Csv => table::csv(rows, self.headers),
            OutputFormat::Name => lines(&rows.iter().map(View::name).collect::<Vec<_>>()),
            OutputFormat::Ndjson => ndjson(rows)?,
            OutputFormat::Json => json(rows)?,
            OutputFormat::Yaml => yaml(rows)?,
            OutputFormat::Raw => return Err(no_records("raw")),
        };
        print(&text)
    }

    /// Prints one thing: `sections` for people, the whole value for machines, and as a list of one `row` for the forms
    /// that know only rows.
    pub(crate) fn one<V: View>(self, value: &V, sections: &[Section]) -> Result<(), CommandError> {
        match self.format.unwrap_or(OutputFormat::Table) {
            OutputFormat::Table | OutputFormat::Wide => {
                print(&describe::text(sections, self.wide(), self.headers))
            }
            OutputFormat::Json => print(&json(value)?),
            OutputFormat::Yaml => print(&yaml(value)?),
            _ => self.list(std::slice::from_ref(value)),
        }
    }

    /// Prints one value for machines.
    pub(crate) fn value<T: Serialize>(self, value: &T) -> Result<(), CommandError> {
        print(&if self.format == Some(OutputFormat::Yaml) { yaml(value)? } else { json(value)? })
    }

    /// Prints several things in full: each by its `sections` for people, whole for machines, as `rows` for the forms
    /// that know only rows, as `names` for that which knows only names.
    pub(crate) fn described<T: Serialize, R: View>(
        self,
        values: &[T],
        sections: &[Vec<Section>],
        rows: &[R],
        names: &[&str],
    ) -> Result<(), CommandError> {
        match self.format.unwrap_or(OutputFormat::Table) {
            OutputFormat::Table | OutputFormat::Wide => {
                let texts: Vec<String> = sections
                    .iter()
                    .map(|sections| describe::text(sections, self.wide(), self.headers))
                    .collect();
                print(&texts.join("\n"))
            }
            OutputFormat::Json => print(&json(values)?),
            OutputFormat::Yaml => print(&yaml(values)?),
            OutputFormat::Ndjson => print(&ndjson(values)?),
            OutputFormat::Name => print(&lines(names)),
            _ => self.list(rows),
        }
    }

    /// The table of rows, for those who show it in their own way.
    pub(crate) fn table<V: View>(self, rows: &[V]) -> String {
        table::aligned(rows, self.wide(), self.headers)
    }

    /// Shows a person what is about to be done, before the question whether it should be.
    pub(crate) fn preview<V: View>(self, rows: &[V]) {
        report::to_stderr(&self.table(rows));
    }

    /// Prints what a changing command did: a remark for people, rows where a form was asked for.
    pub(crate) fn changed<V: View>(
        self,
        rows: &[V],
        sentence: impl Fn(&V) -> String,
    ) -> Result<(), CommandError> {
        if self.format.is_some() {
            return self.list(rows);
        }
        rows.iter().for_each(|row| self.note(&sentence(row)));
        Ok(())
    }

    fn wide(self) -> bool {
        self.format == Some(OutputFormat::Wide)
    }

    /// Awaits `future`; a person who waits longer than a moment is told for `what`.
    pub(crate) async fn patiently<T>(self, what: &str, future: impl Future<Output = T>) -> T {
        if self.quiet || self.silent { future.await } else { wait::patiently(what, future).await }
    }

    /// A remark for the person at the terminal.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            report::to_stderr(&format!("{text}\n"));
        }
    }

    /// Something that may be wrong.
    pub(crate) fn warn(self, text: &str) {
        if !self.silent {
            report::warning(text);
        }
    }

    /// Why the command failed. Nothing for a closed pipe, where nobody is left to read it.
    pub(crate) fn error(self, error: &CommandError) {
        match self.format {
            Some(OutputFormat::Json | OutputFormat::Ndjson) => json_error(error),
            _ => report::error(error),
        }
    }
}

/// Prints one line of data.
pub(crate) fn line(text: &str) -> Result<(), CommandError> {
    print(&format!("{text}\n"))
}

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// One value as JSON on one line, without its end.
pub(crate) fn json_line<T: Serialize + ?Sized>(value: &T) -> Result<String, CommandError> {
    serde_json::to_string(value).map_err(not_written)
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, CommandError> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(not_written)
}

fn ndjson<T: Serialize>(values: &[T]) -> Result<String, CommandError> {
    let documents: Result<Vec<_>, _> = values.iter().map(serde_json::to_string).collect();
    Ok(lines(&documents.map_err(not_written)?))
}

fn lines<T: AsRef<str>>(texts: &[T]) -> String {
    texts.iter().flat_map(|text| [text.as_ref(), "\n"]).collect()
}

fn yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, CommandError> {
    serde_yaml::to_string(value).map_err(not_written)
}

fn not_written(error: impl std::error::Error + Send + Sync + 'static) -> CommandError {
    CommandError::caused(crate::error::ErrorKind::Failure, "the result cannot be written in this form", error)
}

fn no_records(form: &str) -> CommandError {
    CommandError::usage(format!("`-O {form}` is a form of records, which this command does not print"))
        .with_hint("table, wide, json, ndjson, yaml, tsv, csv and name are possible here")
}
