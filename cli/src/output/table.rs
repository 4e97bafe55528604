//! Rows: aligned for people, separated for programs.

use colored::Colorize;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use super::colour::Colour;

/// A row of a list: what JSON and YAML show of it is its serialized form, what tables show are its cells.
pub(crate) trait View: Serialize {
    /// All columns, those of `-O wide` included.
    const COLUMNS: &'static [Column];

    /// What `-O name` prints.
    fn name(&self) -> String;

    /// One text per column.
    fn cells(&self) -> Vec<String>;
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    is_wide: bool,
    is_number: bool,
}

impl Column {
    /// A column of texts.
    pub(crate) const fn new(title: &'static str) -> Self {
        Column { title, is_wide: false, is_number: false }
    }

    /// A column of numbers, which stand to the right.
    pub(crate) const fn number(title: &'static str) -> Self {
        Column { title, is_wide: false, is_number: true }
    }

    /// A column that only `-O wide` and the forms for programs show.
    pub(crate) const fn wide(self) -> Self {
        Column { is_wide: true, ..self }
    }
}

/// Columns side by side, two blanks between them.
pub(super) fn aligned<V: View>(rows: &[V], wide: bool, headers: bool) -> String {
    aligned_cells(V::COLUMNS, rows.iter().map(View::cells), wide, headers)
}

/// The same for cells without rows behind them.
pub(super) fn aligned_cells(
    columns: &[Column],
    rows: impl Iterator<Item = Vec<String>>,
    wide: bool,
    headers: bool,
) -> String {
    let shown: Vec<bool> = columns.iter().map(|column| wide || !column.is_wide).collect();
    let columns: Vec<Column> = keep(columns.iter().copied(), &shown);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    if headers {
        table.set_header(columns.iter().map(|column| column.title));
    }
    let align = |column: &Column| if column.is_number { CellAlignment::Right } else { CellAlignment::Left };
    for row in rows {
        // A line break within a cell would tear the row apart.
        let cells =
            keep(row.into_iter(), &shown).into_iter().map(|cell| cell.replace(['\n', '\r', '\t'], " "));
        table.add_row(cells.zip(&columns).map(|(cell, column)| Cell::new(cell).set_alignment(align(column))));
    }
    for (index, column) in columns.iter().enumerate() {
        if let Some(laid_out) = table.column_mut(index) {
            laid_out.set_padding((0, 2));
            laid_out.set_cell_alignment(align(column));
        }
    }
    let mut text = String::new();
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        if headers && index == 0 && Colour::decided().stdout {
            text += &line.bold().to_string();
        } else {
            text += line;
        }
        text.push('\n');
    }
    if table.row_count() == 0 && !headers { String::new() } else { text }
}

/// Values with tabs between; tabs, line breaks and backslashes within are escaped.
pub(super) fn tsv<V: View>(rows: &[V], headers: bool) -> String {
    let escape = |cell: &str| {
        cell.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
    };
    separated(rows, headers, "\t", escape)
}

/// Values with commas between, quoted where they have to be (RFC 4180).
pub(super) fn csv<V: View>(rows: &[V], headers: bool) -> String {
    let quote = |cell: &str| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    separated(rows, headers, ",", quote)
}

fn separated<V: View>(rows: &[V], headers: bool, separator: &str, escape: impl Fn(&str) -> String) -> String {
    let titles = headers.then(|| V::COLUMNS.iter().map(|column| column.title.to_owned()).collect::<Vec<_>>());
    titles.into_iter().chain(rows.iter().map(View::cells)).fold(String::new(), |text, cells| {
        let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
        text + &cells.join(separator) + "\n"
    })
}

fn keep<T>(values: impl Iterator<Item = T>, shown: &[bool]) -> Vec<T> {
    values.zip(shown).filter(|(_, shown)| **shown).map(|(value, _)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Row(&'static str, u32, &'static str);

    impl View for Row {
        const COLUMNS: &'static [Column] =
            &[Column::new("NAME"), Column::number("COUNT"), Column::new("NOTE").wide()];

        fn name(&self) -> String {
            self.0.to_owned()
        }

        fn cells(&self) -> Vec<String> {
            vec![self.0.to_owned(), self.1.to_string(), self.2.to_owned()]
        }
    }

    const ROWS: [Row; 2] = [Row("a", 1, "x\ty"), Row("größer", 1200, "say \"hi\", twice")];

    #[test]
    fn people_see_aligned_columns() {
        assert_eq!(aligned(&ROWS, false, true), "NAME    COUNT\na           1\ngrößer   1200\n");
        assert_eq!(aligned(&ROWS, false, false), "a          1\ngrößer  1200\n");
        assert_eq!(
            aligned(&ROWS, true, true),
            "NAME    COUNT  NOTE\na           1  x y\ngrößer   1200  say \"hi\", twice\n"
        );
        assert_eq!(aligned::<Row>(&[], false, true), "NAME  COUNT\n");
        assert_eq!(aligned::<Row>(&[], false, false), "");
    }

    #[test]
    fn programs_see_escaped_values() {
        assert_eq!(tsv(&ROWS, true), "NAME\tCOUNT\tNOTE\na\t1\tx\\ty\ngrößer\t1200\tsay \"hi\", twice\n");
        assert_eq!(csv(&ROWS, false), "a,1,x\ty\ngrößer,1200,\"say \"\"hi\"\", twice\"\n");
    }
}
