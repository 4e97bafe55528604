//! The storeys of the broker: who may import whom, as the section "Storeys of the broker" of ARCHITECTURE.md draws it.

use std::collections::BTreeMap;

use super::modules::inline_depth;
use super::scan::{Mention, Rust};
use super::workspace::{Problem, Workspace, problem};

/// Imports that point up or sideways on purpose: the file, the module it reads, and why.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("broker/src/error.rs", "config", "the public error holds the configuration's own"),
    (
        "broker/src/config/topic_settings.rs",
        "storage",
        "it hands storage its rules as plain structs of storage",
    ),
    ("broker/src/storage/mod.rs", "engine", "the public path of the guide's storages"),
    (
        "broker/src/server.rs",
        "opening",
        "opening is the server's first half, in a file of its own for length",
    ),
];

/// The modules of the broker, highest storey first, and the cellar.
#[derive(Debug)]
struct Storeys {
    rooms: BTreeMap<String, usize>,
    cellar: Vec<String>,
}

pub(crate) fn imports_that_point_up(workspace: &Workspace) -> Vec<Problem> {
    let storeys = Storeys::read(workspace.text("ARCHITECTURE.md"));
    let exports = re_exports(workspace);
    let mut problems = Vec::new();
    let mut used = [false; EXCEPTIONS.len()];
    for (path, rust) in workspace.sources("broker") {
        let Some(room) = room(path) else { continue };
        for mention in rust.shipped_mentions() {
            let Some(name) = reached_from_root(path, rust, &mention) else { continue };
            let target = exports.get(name).map_or(name, String::as_str);
            let Some(what) = storeys.refuse(room, target) else { continue };
            match EXCEPTIONS.iter().position(|(file, module, _)| *file == path && *module == target) {
                Some(index) => used[index] = true,
                None => problems.push(problem(path, rust.line(mention.at), &what)),
            }
        }
    }
    for ((file, module, _), _) in EXCEPTIONS.iter().zip(used).filter(|(_, used)| !used) {
        problems.push(problem(
            file,
            1,
            &format!("its exception for `{module}` is no longer needed: take it from {}", file!()),
        ));
    }
    problems
}

pub(crate) fn unlisted_modules(workspace: &Workspace) -> Vec<Problem> {
    let storeys = Storeys::read(workspace.text("ARCHITECTURE.md"));
    let modules: Vec<_> =
        workspace.sources("broker").filter_map(|(path, _)| Some((path, room(path)?))).collect();
    let known =
        |room: &str| storeys.rooms.contains_key(room) || storeys.cellar.iter().any(|cellar| cellar == room);
    let unknown = modules.iter().filter(|(_, room)| !known(room));
    let mut problems: Vec<Problem> =
        unknown.map(|(path, room)| problem(path, 1, &format!("`{room}` is on no storey"))).collect();
    for listed in storeys.rooms.keys().chain(&storeys.cellar) {
        if !modules.iter().any(|(_, room)| room == listed) {
            problems.push(problem("ARCHITECTURE.md", 1, &format!("the broker has no module `{listed}`")));
        }
    }
    problems
}

impl Storeys {
    /// Reads ` 7  server, opening   the broker as one thing` and the sentence that ends `lie in the cellar`.
    fn read(architecture: &str) -> Storeys {
        let section = architecture.split_once("## Storeys of the broker").map_or("", |(_, rest)| rest);
        let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
        let lines: Vec<&str> = section.lines().collect();
        let mut rooms = BTreeMap::new();
        for (index, line) in lines.iter().enumerate() {
            let Some((number, rest)) = line.trim().split_once(char::is_whitespace) else { continue };
            if number.starts_with(|c: char| c.is_ascii_digit()) {
                let names = rest.trim().split("  ").next().unwrap_or_default();
                let height = lines.len() - index;
                rooms.extend(
                    names
                        .split([',', ' '])
                        .filter(|name| !name.is_empty())
                        .map(|name| (name.to_owned(), height)),
                );
            }
        }
        let sentence =
            lines.iter().find(|line| line.contains("lie in the cellar")).copied().unwrap_or_default();
        let sentence = sentence.split("lie in the cellar").next().unwrap_or_default();
        let cellar = sentence.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Storeys { rooms, cellar }
    }

    /// Why `from` may not read `to`, if it may not.
    fn refuse(&self, from: &str, to: &str) -> Option<String> {
        let in_cellar = |room: &str| self.cellar.iter().any(|cellar| cellar == room);
        if from == to {
            return None;
        }
        if in_cellar(from) {
            return Some(format!(
                "`{from}` lies in the cellar and reads nothing of the house, but reads `{to}`"
            ));
        }
        if in_cellar(to) {
            return None;
        }
        match (self.rooms.get(from), self.rooms.get(to)) {
            (Some(from_height), Some(to_height)) if from_height > to_height => None,
            (Some(from_height), Some(to_height)) if from_height == to_height => {
                Some(format!("`{from}` reads `{to}`, which is on the same storey"))
            }
            (Some(_), Some(_)) => Some(format!("`{from}` reads `{to}`, which is on a higher storey")),
            (None, _) => Some(format!("`{from}` is on no storey and reads `{to}`")),
            (_, None) => Some(format!("`{from}` reads `crate::{to}`, which is no module on any storey")),
        }
    }
}

/// The module of the crate's root that a file belongs to; the root itself belongs to none.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("broker/src/")?;
    let room = inside.split('/').next()?.trim_end_matches(".rs");
    (room != "lib").then_some(room)
}

/// The name below the crate's root that a path leads to, if it goes through the root: by `crate`, or by enough `super`.
fn reached_from_root<'a>(path: &str, rust: &Rust, mention: &Mention<'a>) -> Option<&'a str> {
    let segments: &[&str] = match mention.segments[..] {
        ["self", ref after @ ..] => after,
        ref all => all,
    };
    if let ["crate", name, ..] = segments {
        return Some(name);
    }
    let climbed = segments.iter().take_while(|segment| **segment == "super").count();
    let inside = path.strip_prefix("broker/src/")?.trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = inside.split('/').count() + inline_depth(rust, mention.at);
    if climbed > 0 && climbed == depth { segments.get(climbed).copied() } else { None }
}

/// Names that the crate's root gives on: `pub use server::BrokerServer` leads to `server`.
fn re_exports(workspace: &Workspace) -> BTreeMap<String, String> {
    let Some(root) = workspace.rust.get("broker/src/lib.rs") else { return BTreeMap::new() };
    let leaf = |mention: Mention<'_>| {
        let path: Vec<&str> =
            mention.segments.into_iter().filter(|segment| !matches!(*segment, "crate" | "self")).collect();
        Some(((*path.last()?).to_owned(), (*path.first()?).to_owned()))
    };
    root.shipped_mentions().into_iter().filter_map(leaf).collect()
}

#[test]
fn an_import_may_only_point_down() {
    let text = "## Storeys of the broker\n```text\n 2  roof, attic   what it is\n 1a half\n 1  floor\n```\n`a` and `b` lie in the cellar: `c`\n## Next\n 0  none";
    let storeys = Storeys::read(text);
    let allowed = |from, to| storeys.refuse(from, to).is_none();
    assert!(
        allowed("roof", "half")
            && allowed("half", "floor")
            && allowed("floor", "a")
            && allowed("roof", "roof")
    );
    assert!(!allowed("floor", "roof") && !allowed("floor", "half") && !allowed("roof", "attic"));
    assert!(
        !allowed("a", "floor") && !allowed("a", "b") && !allowed("roof", "none") && !allowed("c", "floor")
    );
}

#[test]
fn the_root_is_reached_by_crate_or_by_climbing() {
    let rust = Rust::parse(
        "use crate::a::b;\nuse super::super::c;\nuse super::d;\nmod e { use super::super::f; use super::super::super::g; }",
    );
    let mentions = rust.shipped_mentions();
    let found: Vec<_> = mentions
        .iter()
        .filter_map(|mention| reached_from_root("broker/src/net/peer.rs", &rust, mention))
        .collect();
    assert_eq!(found, ["a", "c", "g"]);
}
