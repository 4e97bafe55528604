//! The workspace's files as they lie on disk, what `.gitignore` names left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;
use std::{fs, io};

use super::modules;
use super::scan::Rust;

/// Read once, for all checks.
pub(crate) static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Workspace::read(&root).unwrap_or_else(|error| panic!("the workspace could not be read: {error}"))
});

/// The libraries, by folder.
pub(crate) const LIBRARIES: [&str; 4] = ["broker", "client", "client/protocol", "profiles"];

/// A place where a rule is broken, and how, in one line: `path:line: what`.
pub(crate) type Problem = String;

pub(crate) fn problem(path: &str, line: usize, what: &str) -> Problem {
    format!("{path}:{line}: {what}")
}

/// Fails with all places at once.
#[track_caller]
pub(crate) fn report(rule: &str, mut problems: Vec<Problem>) {
    problems.sort();
    problems.dedup();
    assert!(problems.is_empty(), "{rule}: {} to mend\n  {}\n", problems.len(), problems.join("\n  "));
}

/// Every text file of the workspace, by its path from the root.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) rust: BTreeMap<String, Rust>,
    /// The folders of the packages: `members` of the root manifest.
    pub(crate) members: Vec<String>,
    /// Files of modules that are compiled for tests alone.
    test_files: BTreeSet<String>,
}

impl Workspace {
    fn read(root: &Path) -> io::Result<Workspace> {
        let ignored = Ignored::read(root)?;
        let mut texts = BTreeMap::new();
        read_folder(root, "", &ignored, &mut texts)?;
        Ok(Workspace::of(texts))
    }

    fn of(texts: BTreeMap<String, String>) -> Workspace {
        let rust = texts
            .iter()
            .filter(|(path, _)| Path::new(path).extension().is_some_and(|extension| extension == "rs"))
            .map(|(path, text)| (path.clone(), Rust::parse(text)))
            .collect();
        let members = texts.get("Cargo.toml").map(|manifest| members(manifest)).unwrap_or_default();
        let mut workspace = Workspace { texts, rust, members, test_files: BTreeSet::new() };
        workspace.test_files = modules::test_files(&workspace);
        workspace
    }

    /// Whether there is such a file, or a folder with files; an empty folder does not survive a checkout.
    pub(crate) fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.texts.contains_key(path) || self.texts.keys().any(|file| file.starts_with(&folder))
    }

    /// The text of a file, or nothing: that the file exists is a check of its own.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.texts.get(path).map_or("", String::as_str)
    }

    /// What a package is built from: the files under its `src`, those of test modules left out.
    pub(crate) fn sources<'a>(
        &'a self,
        package: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Rust)> + use<'a> {
        let folder = format!("{package}/src/");
        self.rust
            .iter()
            .filter(move |(path, _)| path.starts_with(&folder) && !self.is_test_file(path))
            .map(|(path, rust)| (path.as_str(), rust))
    }

    pub(crate) fn is_test_file(&self, path: &str) -> bool {
        let beside =
            path.split('/').rev().skip(1).any(|folder| matches!(folder, "tests" | "benches" | "examples"));
        beside || self.test_files.contains(path)
    }
}

fn read_folder(
    root: &Path,
    folder: &str,
    ignored: &Ignored,
    texts: &mut BTreeMap<String, String>,
) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if name == ".git" || ignored.has(&path, &name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_folder(root, &path, ignored, texts)?;
        } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
            texts.insert(path, text);
        }
    }
    Ok(())
}

/// The root's `.gitignore`, which knows three forms: `/path`, `*suffix` and `name`.
#[derive(Debug)]
struct Ignored(Vec<String>);

impl Ignored {
    fn read(root: &Path) -> io::Result<Ignored> {
        let text = fs::read_to_string(root.join(".gitignore"))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(Ignored(lines.map(|line| line.trim_end_matches('/').to_owned()).collect()))
    }

    fn has(&self, path: &str, name: &str) -> bool {
        self.0.iter().any(|pattern| match (pattern.strip_prefix('/'), pattern.strip_prefix('*')) {
            (Some(anchored), _) => path == anchored,
            (_, Some(suffix)) => name.ends_with(suffix),
            _ => name == pattern,
        })
    }
}

fn members(manifest: &str) -> Vec<String> {
    let list = manifest.split_once("members = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
