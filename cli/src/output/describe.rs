//! One thing in full, for people: pairs of words and values, and tables below.

use super::table::{Column, aligned_cells};

/// A part of a description.
#[derive(Debug)]
pub(crate) enum Section {
    /// What it is called and what it is, one a line.
    Pairs(Vec<(&'static str, String)>),
    /// A table; its heading says what it is about.
    Table { columns: &'static [Column], rows: Vec<Vec<String>> },
}

/// The sections with an empty line between.
pub(super) fn text(sections: &[Section], wide: bool, headers: bool) -> String {
    let texts: Vec<String> = sections.iter().map(|section| section_text(section, wide, headers)).collect();
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

fn section_text(section: &Section, wide: bool, headers: bool) -> String {
    match section {
        Section::Pairs(pairs) => {
            let width = pairs.iter().map(|(word, _)| word.len()).max().unwrap_or(0) + 1;
            pairs.iter().fold(String::new(), |text, (word, value)| {
                let word = format!("{word}:");
                text + &format!(
                    "{word:width$} {value}
"
                )
            })
        }
        Section::Table { columns, rows } => aligned_cells(columns, rows.iter().cloned(), wide, headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_tables_stand_below_each_other() {
        const COLUMNS: &[Column] = &[Column::number("PARTITION"), Column::number("END")];
        let sections = [
            Section::Pairs(vec![("name", "orders".to_owned()), ("partitions", "1".to_owned())]),
            Section::Table { columns: COLUMNS, rows: vec![vec!["0".to_owned(), "17".to_owned()]] },
        ];
        assert_eq!(
            text(&sections, false, true),
            "name:       orders\npartitions: 1\n\nPARTITION  END\n        0   17\n"
        );
    }
}
