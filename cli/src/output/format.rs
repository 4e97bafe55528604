//! The forms of output.

use clap::ValueEnum;

/// `-O`: in which form data is printed. Records know no wide, tsv, csv and name; everything else knows no raw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    // Columns for people
    Table,
    // More columns
    Wide,
    // One JSON document
    Json,
    // One JSON document per line
    Ndjson,
    // YAML
    Yaml,
    // Tab-separated values
    Tsv,
    // Comma-separated values
    Csv,
    // Names alone
    Name,
    // Values of records as they are
    Raw,
}
