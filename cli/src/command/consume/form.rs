//! In which form records are shown.

use clap::ValueEnum;

use crate::{
    error::CommandError,
    format::{OutputFormat, escape},
    output::OutputFormat as Output,
    record::{RecordForm, json::ValueForm, table::TableLayout},
    stream::format_flag,
};

use super::args::ConsumeArgs;

/// The value and a line break.
const DEFAULT_FORMAT: &str = r"%v\n";

/// The form that `-f` and `-O` ask for; `output` is what `-O` says.
pub(super) fn from_args(
    args: &ConsumeArgs,
    output: Option<Output>,
    is_terminal: bool,
) -> Result<RecordForm, CommandError> {
    let values = if args.json_values { ValueForm::Json } else { ValueForm::Text };
    if args.format.is_some() && output.is_some() {
        return Err(CommandError::usage("`-f` and `-O` both say how records are shown")
            .with_hint("leave one of them out"));
    }
    Ok(match output {
        None => {
            let text = format_flag(args.format.as_deref().unwrap_or(DEFAULT_FORMAT))?;
            let mut format = OutputFormat::parse(&text)?;
            format.null_text = escape::bytes(&args.null_text)?;
            RecordForm::Format(format)
        }
        Some(Output::Raw) => RecordForm::Raw,
        Some(Output::Table | Output::Wide) => RecordForm::Table,
        Some(Output::Json) => RecordForm::Json { is_indented: is_terminal, values },
        Some(Output::Ndjson) => RecordForm::Ndjson { values },
        Some(Output::Yaml) => RecordForm::Yaml,
        Some(form @ (Output::Tsv | Output::Csv | Output::Name)) => {
            let name = form.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            return Err(CommandError::usage(format!("records cannot be shown as `{name}`"))
                .with_hint("table, json, ndjson, yaml and raw are possible here, and any text with `-f`"));
        }
    })
}

pub(super) fn layout(shows_topic: bool, shows_names: bool, is_terminal: bool) -> TableLayout {
    TableLayout {
        shows_topic,
        shows_names,
        width: is_terminal.then(|| comfy_table::Table::new().width().map(usize::from)).flatten(),
    }
}
