//! What the manifests say: which package depends on which, and which files are test targets.

use super::workspace::{Problem, Workspace, problem};

/// Each package by folder, its name, and exactly those of ours that it depends on. `tests` sees everything and is no dependency.
const ARROWS: [(&str, &str, &[&str]); 5] = [
    ("client/protocol", "fluxmq-protocol", &[]),
    ("profiles", "fluxmq-profiles", &[]),
    ("client", "fluxmq-client", &["fluxmq-profiles", "fluxmq-protocol"]),
    ("broker", "fluxmq", &["fluxmq-protocol"]),
    ("cli", "fluxctl", &["fluxmq", "fluxmq-client", "fluxmq-profiles", "fluxmq-protocol"]),
];

/// What the protocol would do I/O with.
const IO_PACKAGES: [&str; 4] = ["tokio", "mio", "socket2", "rustix"];

/// A dependency as a manifest has it.
#[derive(Debug)]
struct Dependency {
    name: String,
    line: usize,
    for_tests: bool,
}

pub(crate) fn wrong_arrows(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (folder, name, wanted) in ARROWS {
        let path = format!("{folder}/Cargo.toml");
        let dependencies = dependencies(workspace.text(&path));
        for dependency in dependencies.iter().filter(|dependency| is_ours(&dependency.name)) {
            // A package may be its own dev-dependency, to test with more features.
            let own = dependency.for_tests && dependency.name == name;
            if !own && !wanted.contains(&dependency.name.as_str()) {
                let what = format!(
                    "`{name}` must not depend on `{}`: the arrow points up or sideways",
                    dependency.name
                );
                problems.push(problem(&path, dependency.line, &what));
            }
        }
        for wanted in wanted {
            if !dependencies.iter().any(|dependency| dependency.name == *wanted && !dependency.for_tests) {
                problems.push(problem(
                    &path,
                    1,
                    &format!("`{name}` stands on `{wanted}` but does not depend on it"),
                ));
            }
        }
        if folder == "client/protocol" {
            for dependency in
                dependencies.iter().filter(|dependency| IO_PACKAGES.contains(&dependency.name.as_str()))
            {
                problems.push(problem(&path, dependency.line, &format!("`{}` does I/O", dependency.name)));
            }
        }
    }
    for member in workspace.members.iter().filter(|member| *member != "tests") {
        if !ARROWS.iter().any(|(folder, ..)| folder == member) {
            problems.push(problem(
                "Cargo.toml",
                1,
                &format!("package `{member}` has no arrows in {}", file!()),
            ));
        }
    }
    problems
}

pub(crate) fn undeclared_test_targets(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for member in &workspace.members {
        let manifest_path = format!("{member}/Cargo.toml");
        let manifest = workspace.text(&manifest_path);
        let declared = declared_tests(manifest);
        for (line, path) in &declared {
            if !workspace.exists(&format!("{member}/{path}")) {
                problems.push(problem(
                    &manifest_path,
                    *line,
                    &format!("test target `{path}` does not exist"),
                ));
            }
        }
        if !manifest.lines().any(|line| line.replace(' ', "").starts_with("autotests=false")) {
            continue;
        }
        for path in workspace.rust.keys() {
            let Some(inside) = path.strip_prefix(&format!("{member}/")) else { continue };
            let is_direct = inside.strip_prefix("tests/").is_some_and(|name| !name.contains('/'));
            if is_direct && !declared.iter().any(|(_, declared)| declared == inside) {
                problems.push(problem(
                    path,
                    1,
                    &format!("not a `[[test]]` of {manifest_path}: it never runs"),
                ));
            }
        }
    }
    problems
}

fn is_ours(name: &str) -> bool {
    name == "fluxctl" || name.starts_with("fluxmq")
}

/// Each `[[test]]` of a manifest: its line and the path of its file.
fn declared_tests(manifest: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.starts_with("[[test]]");
            if inside {
                found.push((index + 1, String::new()));
            }
            continue;
        }
        let (Some((key, value)), Some((_, path)), true) = (line.split_once('='), found.last_mut(), inside)
        else {
            continue;
        };
        let value = value.split('"').nth(1).unwrap_or_default();
        match key.trim() {
            "name" if path.is_empty() => *path = format!("tests/{value}.rs"),
            "path" => value.clone_into(path),
            _ => {}
        }
    }
    found
}

fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut table = String::new();
    for (index, line) in manifest.lines().enumerate() {
        let line_number = index + 1;
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(header) = line.strip_prefix('[') {
            header.trim_matches(['[', ']']).clone_into(&mut table);
            // `[dependencies.name]`
            if let Some((_, name)) = table.split_once("dependencies.") {
                found.push(Dependency {
                    name: name.to_owned(),
                    line: line_number,
                    for_tests: table.contains("dev-"),
                });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if table.ends_with("dependencies") {
            let renamed = value.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
            let name = renamed.or(key.trim().split('.').next()).unwrap_or_default().to_owned();
            found.push(Dependency { name, line: line_number, for_tests: table.contains("dev-") });
        }
    }
    found
}

#[test]
fn dependencies_are_found_in_every_form() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\nc = { version = \"1\", package = \"d\" }\n\
                    [target.'cfg(unix)'.dependencies]\ne = \"1\"\n[dependencies.f]\npath = \"f\"\n[dev-dependencies]\ng = \"1\"\n";
    let found: Vec<_> =
        dependencies(manifest).into_iter().map(|found| (found.name, found.line, found.for_tests)).collect();
    let wanted = [("b", 4, false), ("d", 5, false), ("e", 7, false), ("f", 8, false), ("g", 11, true)];
    assert_eq!(found, wanted.map(|(name, line, for_tests)| (name.to_owned(), line, for_tests)));
}

#[test]
fn test_targets_are_named_or_have_a_path() {
    let manifest = "[[test]]\nname = \"a\"\nharness = false\n\n[[test]]\npath = \"tests/c/main.rs\"\nname = \"b\"\n[lints]\nname = \"d\"\n";
    assert_eq!(declared_tests(manifest), [(1, "tests/a.rs".to_owned()), (5, "tests/c/main.rs".to_owned())]);
}
