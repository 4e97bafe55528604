//! What code does to the world outside: a library never prints, never ends the process, never reads the environment, and
//! the protocol does no I/O at all.

use super::scan::Rust;
use super::workspace::{LIBRARIES, Problem, WORKSPACE, Workspace, problem};

/// Macros that print.
const PRINTING: [&str; 5] = ["println", "eprintln", "print", "eprint", "dbg"];

/// What the protocol may use of `std::io`: the traits of codecs over bytes, and their errors.
const IO_OVER_BYTES: [&str; 11] = [
    "self",
    "Read",
    "Write",
    "BufRead",
    "Seek",
    "SeekFrom",
    "Cursor",
    "Error",
    "ErrorKind",
    "Result",
    "IoSlice",
];

pub(crate) fn io_in_the_protocol(workspace: &Workspace) -> Vec<Problem> {
    each_source(workspace, &["client/protocol"], |rust| {
        let mut found = paths(rust, &[&["std", "net"], &["std", "fs"], &["std", "process"], &["std", "os"]]);
        for mention in rust.shipped_mentions() {
            let path = mention.segments.join("::");
            match mention.segments[..] {
                ["tokio" | "mio" | "socket2" | "rustix", ..] | ["io", "stdin" | "stdout" | "stderr", ..] => {
                    found.push((mention.at, path));
                }
                ["std", "io", name, ..] if !IO_OVER_BYTES.contains(&name) => found.push((mention.at, path)),
                _ => {}
            }
        }
        found
    })
}

pub(crate) fn prints_in_libraries(workspace: &Workspace) -> Vec<Problem> {
    each_source(workspace, &LIBRARIES, prints)
}

pub(crate) fn prints_in_the_command_line(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = each_source(workspace, &["cli"], prints);
    problems.retain(|problem| {
        !problem.starts_with("cli/src/output/") && !problem.starts_with("cli/src/output.rs:")
    });
    problems
}

pub(crate) fn exits(workspace: &Workspace) -> Vec<Problem> {
    let packages: Vec<&str> = LIBRARIES.into_iter().chain(["cli"]).collect();
    let ends: [&[&str]; 2] = [&["process", "exit"], &["process", "abort"]];
    let mut problems = each_source(workspace, &packages, |rust| paths(rust, &ends));
    problems.retain(|problem| !problem.starts_with("cli/src/main.rs:"));
    problems
}

pub(crate) fn environment_in_libraries(workspace: &Workspace) -> Vec<Problem> {
    let reads: [&[&str]; 4] = [&["env", "var"], &["env", "vars"], &["env", "var_os"], &["env", "vars_os"]];
    each_source(workspace, &LIBRARIES, |rust| paths(rust, &reads))
}

/// Collects what `find` finds in the shipped sources of packages.
fn each_source(
    workspace: &Workspace,
    packages: &[&str],
    find: impl Fn(&Rust) -> Vec<(usize, String)>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in packages.iter().flat_map(|package| workspace.sources(package)) {
        problems.extend(
            find(rust).into_iter().map(|(at, what)| problem(path, rust.line(at), &format!("`{what}`"))),
        );
    }
    problems
}

/// Macros that print, and handles to standard output and error unless they are only asked whether a terminal listens.
fn prints(rust: &Rust) -> Vec<(usize, String)> {
    let tokens = rust.shipped_tokens();
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_macro = text(index + 1) == "!" && matches!(text(index + 2), "(" | "[" | "{");
        if is_macro && PRINTING.contains(&token.text) {
            found.push((token.at, format!("{}!", token.text)));
        }
        let is_handle = matches!(token.text, "stdout" | "stderr")
            && matches!((text(index + 1), text(index + 2)), ("(", ")"))
            && matches!(text(index.wrapping_sub(1)), "::" | "=" | "(" | "," | "{" | ";");
        if is_handle && !(text(index + 3) == "." && text(index + 4) == "is_terminal") {
            found.push((token.at, format!("{}()", token.text)));
        }
    }
    found
}

/// Mentions of paths that hold one of `banned`, segment by segment.
fn paths(rust: &Rust, banned: &[&[&str]]) -> Vec<(usize, String)> {
    let holds = |segments: &[&str]| {
        banned.iter().any(|banned| segments.windows(banned.len()).any(|window| window == *banned))
    };
    let mentions = rust.shipped_mentions().into_iter();
    mentions
        .filter(|mention| holds(&mention.segments))
        .map(|mention| (mention.at, mention.segments.join("::")))
        .collect()
}

#[test]
fn what_prints_is_found_and_what_only_looks_like_it_is_not() {
    let rust = Rust::parse(
        "//! println!(\"\")\nfn f() { print!(\"println!()\"); let print = 1 != print; io::stderr().write(b); }\n\
         fn g() { io::stdout().is_terminal() }\n#[cfg(test)]\nmod tests { fn h() { dbg!(1); } }",
    );
    let found: Vec<String> = prints(&rust).into_iter().map(|(_, what)| what).collect();
    assert_eq!(found, ["print!", "stderr()"]);
}

#[test]
fn paths_are_found_in_use_trees() {
    let rust = Rust::parse(
        "use std::{env::{self, var}, process as p};\nfn f() { env::var_os(\"A\"); env!(\"B\"); }",
    );
    let found: Vec<String> =
        paths(&rust, &[&["env", "var"], &["env", "var_os"]]).into_iter().map(|(_, what)| what).collect();
    assert_eq!(found, ["std::env::var", "env::var_os"]);
}

#[test]
fn every_library_has_sources() {
    for library in LIBRARIES {
        assert!(
            WORKSPACE.sources(library).next().is_some(),
            "no sources under {library}/src: the checks would be empty"
        );
    }
}
