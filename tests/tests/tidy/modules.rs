//! The tree of `mod` declarations: which files it reaches, and which only for tests.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::{Rust, after_bracket, tokens};
use super::workspace::{Problem, Workspace, problem};

/// Rust files below `src`, `tests`, `benches` and `examples` that no target's tree reaches.
pub(crate) fn undeclared_files(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in &workspace.members {
        let reached = reached_files(workspace, package);
        let folders = ["src", "tests", "benches", "examples"].map(|folder| format!("{package}/{folder}/"));
        for path in workspace.rust.keys().filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        {
            if !reached.contains_key(path) {
                problems.push(problem(path, 1, "no `mod` declaration of its package leads here"));
            }
        }
    }
    problems
}

/// The files of modules that are declared under `#[cfg(test)]`.
pub(crate) fn test_files(workspace: &Workspace) -> BTreeSet<String> {
    let files = workspace.members.iter().flat_map(|package| reached_files(workspace, package));
    files.filter(|(_, test_only)| *test_only).map(|(path, _)| path).collect()
}

/// A `mod name;`, or a `mod name { .. }`, in which case `inside` is where its braces stand.
#[derive(Debug)]
pub(crate) struct Declaration {
    at: usize,
    name: String,
    path: Option<String>,
    inside: Option<std::ops::Range<usize>>,
}

/// How many inline modules stand around a byte position.
pub(crate) fn inline_depth(rust: &Rust, at: usize) -> usize {
    let around =
        |declared: &&Declaration| declared.inside.as_ref().is_some_and(|inside| inside.contains(&at));
    declarations(rust).iter().filter(around).count()
}

/// Every file of a package's targets, and whether it is compiled for tests alone.
fn reached_files(workspace: &Workspace, package: &str) -> BTreeMap<String, bool> {
    let mut reached = BTreeMap::new();
    for path in workspace.rust.keys().filter(|path| is_target(path, package)) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        walk(workspace, path, folder, false, &mut reached);
    }
    reached
}

/// What cargo finds as a target by itself.
fn is_target(path: &str, package: &str) -> bool {
    let Some(inside) = path.strip_prefix(package).and_then(|rest| rest.strip_prefix('/')) else {
        return false;
    };
    matches!(
        inside.split('/').collect::<Vec<_>>()[..],
        ["build.rs"]
            | ["src", "lib.rs" | "main.rs"]
            | ["src", "bin", _]
            | ["src", "bin", _, "main.rs"]
            | ["tests" | "benches" | "examples", _]
            | ["tests" | "benches" | "examples", _, "main.rs"]
    )
}

/// Follows the declarations of one file, whose child modules lie in `folder`.
fn walk(
    workspace: &Workspace,
    file: &str,
    folder: &str,
    test_only: bool,
    reached: &mut BTreeMap<String, bool>,
) {
    // A file that is declared twice ships if one of its declarations does.
    if reached.get(file).is_some_and(|known| !*known || test_only) {
        return;
    }
    reached.insert(file.to_owned(), test_only);
    let Some(rust) = workspace.rust.get(file) else { return };
    let all = declarations(rust);
    for declared in all.iter().filter(|declared| declared.inside.is_none()) {
        let around = all
            .iter()
            .filter(|outer| outer.inside.as_ref().is_some_and(|inside| inside.contains(&declared.at)));
        let folder = around.fold(folder.to_owned(), |folder, outer| format!("{folder}/{}", outer.name));
        let test_only = test_only || rust.is_test(declared.at);
        let parent = file.rsplit_once('/').map_or("", |(parent, _)| parent);
        let (flat, nested) = match &declared.path {
            Some(path) => (format!("{parent}/{path}"), String::new()),
            None => (format!("{folder}/{}.rs", declared.name), format!("{folder}/{}/mod.rs", declared.name)),
        };
        if workspace.rust.contains_key(&flat) {
            let beside = flat.strip_suffix("/mod.rs").or(flat.strip_suffix(".rs")).unwrap_or(&flat);
            let inside = if declared.path.is_some() {
                flat.rsplit_once('/').map_or("", |(folder, _)| folder)
            } else {
                beside
            };
            walk(workspace, &flat, inside, test_only, reached);
        } else if workspace.rust.contains_key(&nested) {
            walk(workspace, &nested, &format!("{folder}/{}", declared.name), test_only, reached);
        }
    }
}

fn declarations(rust: &Rust) -> Vec<Declaration> {
    let tokens = tokens(&rust.code);
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
    let mut found = Vec::new();
    let mut path = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "path" if text(index + 1) == "=" && text(index.wrapping_sub(1)) == "[" => {
                path = rust.text[token.at..].split('"').nth(1).map(str::to_owned);
            }
            "mod" if matches!(text(index + 2), ";" | "{") => {
                let inside = (text(index + 2) == "{").then(|| {
                    let end = after_bracket(&tokens, index + 2);
                    tokens[index + 2].at..tokens[end - 1].at
                });
                let name = text(index + 1).to_owned();
                found.push(Declaration { at: token.at, name, path: path.take(), inside });
            }
            ";" | "{" | "}" => path = None,
            _ => {}
        }
    }
    found
}
