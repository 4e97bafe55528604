//! The binary under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use crate::command;

/// The path of `fluxctl`: what `FLUXMQ_FLUXCTL` names, or else this build's, built first when it is older than its sources.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os("FLUXMQ_FLUXCTL") {
        Some(path) => path.into(),
        None => built(),
    })
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
        .to_owned()
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    profile_folder().parent().expect("a profile's folder lies in the target folder").to_owned()
}

/// Another binary of this package, which is built together with its tests.
pub fn beside(name: &str) -> PathBuf {
    profile_folder().join(name)
}

/// `target/debug` of `target/debug/deps/interop-0123`.
fn profile_folder() -> PathBuf {
    let own = std::env::current_exe().expect("a running program has a path");
    own.ancestors().nth(2).expect("a test binary lies in `deps`").to_owned()
}

fn built() -> PathBuf {
    let folder = profile_folder();
    let binary = folder.join("fluxctl");
    if !is_fresh(&binary) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--package", "fluxctl"]).current_dir(workspace());
        cargo.arg("--target-dir").arg(target());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        command::succeed(&mut cargo, b"", Duration::from_secs(1800)).expect("fluxctl can be built");
    }
    binary
}

fn is_fresh(binary: &Path) -> bool {
    let Ok(built) = fs::metadata(binary).and_then(|about| about.modified()) else { return false };
    let root = workspace();
    ["broker", "cli", "client", "profiles", "Cargo.lock"].iter().all(|part| newest(&root.join(part)) <= built)
}

/// When the youngest of the Rust sources and manifests below `path` was changed.
fn newest(path: &Path) -> SystemTime {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    };
    let source = |path: &Path| {
        path.is_dir() || path.extension().is_some_and(|extension| extension == "rs" || extension == "toml")
    };
    let children = entries.flatten().map(|entry| entry.path()).filter(|path| source(path));
    children.map(|path| newest(&path)).max().unwrap_or(SystemTime::UNIX_EPOCH)
}
