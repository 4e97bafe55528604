//! Words that have no place in the tree. Those of this file are put together, so that it needs no exception from itself.

use super::workspace::{Problem, Workspace, problem};

/// What says that something is not finished.
const POSTPONED: [&str; 5] = [
    concat!("to", "do!("),
    concat!("unim", "plemented!("),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("for", " now"),
];

/// Folders of one machine. A temporary folder is fine in tests, which make what they name.
const MACHINE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
const TEMPORARY: &str = concat!("/t", "mp/");

const REGISTRIES: [&str; 6] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("npm", "js"),
    concat!("maven", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("deb.debian", ".org"),
];

/// Words that stand where they stand on purpose: the file, the word, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "broker/src/config/broker.rs",
    TEMPORARY,
    "Kafka's own default of `log.dir`, which DescribeConfigs shows",
)];

pub(crate) fn postponed(workspace: &Workspace) -> Vec<Problem> {
    find(workspace, &POSTPONED, false)
}

pub(crate) fn machine_paths(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = find(workspace, &MACHINE, false);
    problems.extend(find(workspace, &[TEMPORARY], true));
    problems
}

/// `Cargo.lock` names its registry in each `source` field; that is cargo's own doing.
pub(crate) fn registry_hosts(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = find(workspace, &REGISTRIES, false);
    let lock: Vec<&str> = workspace.text("Cargo.lock").lines().collect();
    problems.retain(|problem| {
        let line = problem
            .strip_prefix("Cargo.lock:")
            .and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
        !line.and_then(|line| lock.get(line - 1)).is_some_and(|line| line.starts_with("source = "))
    });
    problems
}

/// Finds words in all text files, or in all but tests.
fn find(workspace: &Workspace, words: &[&str], tests_may: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in &workspace.texts {
        if tests_may && (path.starts_with("tests/") || workspace.is_test_file(path)) {
            continue;
        }
        let lines: Vec<(usize, &str)> = match workspace.rust.get(path) {
            Some(rust) if tests_may => rust.shipped_lines().collect(),
            _ => text.lines().enumerate().map(|(index, line)| (index + 1, line)).collect(),
        };
        for (number, line) in lines {
            let found = words.iter().filter(|word| holds(line, word) && !is_excepted(path, word));
            problems
                .extend(found.map(|word| problem(path, number, &format!("`{word}` in `{}`", line.trim()))));
        }
    }
    for (path, word, _) in EXCEPTIONS.iter().filter(|(_, word, _)| words.contains(word)) {
        if !holds(workspace.text(path), word) {
            problems.push(problem(
                path,
                1,
                &format!("its exception for `{word}` is no longer needed: take it from {}", file!()),
            ));
        }
    }
    problems
}

fn is_excepted(path: &str, word: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, excepted, _)| *file == path && *excepted == word)
}

/// Whether a text holds a word that is not part of a longer one: capitals as written, small letters in either case.
fn holds(text: &str, word: &str) -> bool {
    let is_constant = word.contains(|c: char| c.is_ascii_uppercase());
    let folded = if is_constant { text.to_owned() } else { text.to_ascii_lowercase() };
    folded.match_indices(word).any(|(at, _)| {
        let before = folded[..at].chars().next_back();
        let after = folded[at + word.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let is_path = word.starts_with('/');
        let goes_on = joins(before)
            || is_path && before.is_some_and(|c| matches!(c, '.' | '-' | '}' | ')' | '~' | '*'));
        !goes_on && (is_path || word.ends_with('(') || !joins(after))
    })
}

#[test]
fn words_are_whole_and_paths_begin_at_the_root() {
    assert!(holds(concat!("a For", " Now b"), POSTPONED[4]) && !holds("before nowhere", POSTPONED[4]));
    assert!(holds(POSTPONED[3], POSTPONED[3]) && !holds(&format!("{}X", POSTPONED[3]), POSTPONED[3]));
    assert!(
        holds(&format!("cd {}a", MACHINE[0]), MACHINE[0])
            && !holds(&format!("target{}a", MACHINE[0]), MACHINE[0])
    );
    assert!(holds(&format!("https://{}/a", REGISTRIES[1]), REGISTRIES[1]));
}
