//! The shape of files: how long they are, and how the files of APIs open.

use super::scan::tokens;
use super::workspace::{Problem, Workspace, problem};

/// The most lines of a source file, those of its tests not counted.
const LINES_MAX: usize = 400;

/// Files that are longer on purpose, each with its reason. Only a table may be: anything else is split.
const TABLES: [(&str, &str); 0] = [];

pub(crate) fn long_files(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut long = Vec::new();
    for (path, rust) in workspace.members.iter().flat_map(|member| workspace.sources(member)) {
        let count = rust.shipped_lines().count();
        if count > LINES_MAX {
            long.push(path);
            if !TABLES.iter().any(|(table, _)| *table == path) {
                problems.push(problem(
                    path,
                    LINES_MAX + 1,
                    &format!("{count} lines without tests: split it"),
                ));
            }
        }
    }
    for (table, _) in TABLES.iter().filter(|(table, _)| !long.contains(table)) {
        problems.push(problem(
            table,
            1,
            &format!("it is no longer too long: take its exception from {}", file!()),
        ));
    }
    problems
}

/// Handlers whose first line is not `//! Name low-high`, with the versions of the table in `broker/src/api/mod.rs`.
pub(crate) fn apis_without_versions(workspace: &Workspace) -> Vec<Problem> {
    let table = "broker/src/api/mod.rs";
    let served = workspace.rust.get(table).map(|rust| served(&rust.code)).unwrap_or_default();
    let mut problems = Vec::new();
    if served.is_empty() {
        problems.push(problem(table, 1, "no table of APIs found: lines of the form `Name 0..=1`"));
    }
    for (name, low, high) in served {
        let module = snake_case(&name);
        let candidates = [format!("broker/src/api/{module}.rs"), format!("broker/src/api/{module}/mod.rs")];
        let Some(path) = candidates.iter().find(|path| workspace.exists(path)) else {
            problems.push(problem(
                table,
                1,
                &format!("`{name}` is served, but {} does not exist", candidates[0]),
            ));
            continue;
        };
        let header =
            if low == high { format!("//! {name} {low}") } else { format!("//! {name} {low}-{high}") };
        let first = workspace.text(path).lines().next().unwrap_or_default();
        let goes_on = first
            .strip_prefix(&header)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
        if !goes_on {
            problems.push(problem(
                path,
                1,
                &format!("does not open with `{header}`, the versions that the table serves"),
            ));
        }
    }
    problems
}

/// Each `Name low..=high` of the table.
fn served(code: &str) -> Vec<(String, u16, u16)> {
    let tokens = tokens(code);
    let entry = |window: &[super::scan::Token<'_>]| match window
        .iter()
        .map(|token| token.text)
        .collect::<Vec<_>>()[..]
    {
        [name, low, ".", ".", "=", high] if name.starts_with(|c: char| c.is_ascii_uppercase()) => {
            Some((name.to_owned(), low.parse().ok()?, high.parse().ok()?))
        }
        _ => None,
    };
    tokens.windows(6).filter_map(entry).collect()
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[test]
fn the_table_of_apis_is_read() {
    let code = "own { Produce 0..=13; }\nhandled { ListOffsets 0..=11 => list_offsets::handle; $low:literal..=$high }";
    assert_eq!(served(code), [("Produce".to_owned(), 0, 13), ("ListOffsets".to_owned(), 0, 11)]);
    assert_eq!(snake_case("InitProducerId"), "init_producer_id");
}
