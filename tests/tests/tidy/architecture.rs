//! That the documents exist, and that what ARCHITECTURE.md points at does.

use super::workspace::{Problem, Workspace, problem};

const ARCHITECTURE: &str = "ARCHITECTURE.md";

pub(crate) fn missing_documents(workspace: &Workspace) -> Vec<Problem> {
    let documents = ["README.md", ARCHITECTURE, "CHANGELOG.md"].into_iter();
    documents
        .filter(|path| workspace.text(path).trim().is_empty())
        .map(|path| problem(path, 1, "missing or empty"))
        .collect()
}

/// Paths in the table "Where things are", the rooms it names beside them, and paths in the text.
pub(crate) fn missing_paths(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut rows = 0;
    for (index, line) in workspace.text(ARCHITECTURE).lines().enumerate() {
        let missing = |what: &str| problem(ARCHITECTURE, index + 1, &format!("`{what}` does not exist"));
        if let Some((paths, rooms)) = line.strip_prefix('|').and_then(|row| row.split_once('|')) {
            let paths: Vec<&str> = quoted(paths).collect();
            rows += usize::from(!paths.is_empty());
            problems.extend(paths.iter().filter(|path| !workspace.exists(path)).map(|path| missing(path)));
            let has = |room: &str| paths.iter().any(|path| is_room(workspace, path, room));
            problems.extend(quoted(rooms).filter(|room| !has(room)).map(missing));
        } else {
            let is_path = |word: &&str| word.contains('/') && !word.contains([' ', ':', '<']);
            let exists =
                |path: &str| workspace.exists(path) || workspace.exists(&format!("broker/src/{path}"));
            problems.extend(quoted(line).filter(is_path).filter(|path| !exists(path)).map(missing));
        }
    }
    if rows == 0 {
        problems.push(problem(ARCHITECTURE, 1, "has no table of paths"));
    }
    problems
}

/// Whether `room` is a file or module in the folder `path` or beside it.
fn is_room(workspace: &Workspace, path: &str, room: &str) -> bool {
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    [path, parent].iter().any(|folder| {
        workspace.exists(&format!("{folder}/{room}")) || workspace.exists(&format!("{folder}/{room}.rs"))
    })
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
