//! Fetching the foreign clients through their own package managers, into `target/interop`.
//!
//! What was installed once is used from then on without any network, until a manifest or a program changes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use super::{old, rskafka};
use crate::{command, fluxctl};

const PATIENCE: Duration = Duration::from_secs(1800);

/// What a group of clients needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    Python,
    Node,
    Java,
    JavaOld,
    ApacheKafka,
    Go,
    Kcat,
    Rskafka,
}

/// Where everything is installed.
pub fn folder() -> PathBuf {
    fluxctl::target().join("interop")
}

/// Where the programs and manifests lie.
pub fn sources() -> PathBuf {
    fluxctl::workspace().join("tests/interop")
}

/// Whether an absent client is a failure, and not a case left out.
pub fn required() -> bool {
    std::env::var_os("FLUXMQ_REQUIRE_CLIENTS").is_some_and(|value| !value.is_empty() && value != "0")
}

impl Toolchain {
    pub fn name(self) -> &'static str {
        match self {
            Toolchain::Python => "python",
            Toolchain::Node => "node",
            Toolchain::Java => "java",
            Toolchain::JavaOld => "java_old",
            Toolchain::ApacheKafka => "apache_kafka",
            Toolchain::Go => "go",
            Toolchain::Kcat => "kcat",
            Toolchain::Rskafka => "rskafka",
        }
    }

    /// Whether the clients were installed by an earlier run.
    pub fn is_installed(self) -> bool {
        match self {
            Toolchain::Kcat => has_kcat(),
            _ => self.marker().exists(),
        }
    }

    /// Installs the clients unless this has been done, one toolchain at a time.
    pub fn ensure(self) -> Result<(), String> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if self == Toolchain::Kcat {
            return if has_kcat() { Ok(()) } else { install_kcat() };
        }
        let fingerprint = self.fingerprint();
        if fs::read(self.marker()).is_ok_and(|installed| installed == fingerprint) {
            return Ok(());
        }
        let into = folder().join(self.name());
        fs::create_dir_all(&into).map_err(|error| format!("`{}`: {error}", into.display()))?;
        match self {
            Toolchain::Python => python(&into),
            Toolchain::Node => node(&into),
            Toolchain::Java => java(&into),
            Toolchain::JavaOld => java_old(&into),
            Toolchain::ApacheKafka => java_program(
                &into,
                "apache_kafka",
                None,
                &["KafkaDir.java", "GroupTools.java", "WordCount.java"],
            ),
            Toolchain::Go => go(&into),
            Toolchain::Rskafka => rskafka::build(&into),
            Toolchain::Kcat => Ok(()),
        }?;
        fs::write(self.marker(), fingerprint).map_err(|error| error.to_string())
    }

    fn marker(self) -> PathBuf {
        folder().join(format!("{}.installed", self.name()))
    }

    /// Everything whose change asks for another installation.
    fn fingerprint(self) -> Vec<u8> {
        let files: &[&str] = match self {
            Toolchain::Python => &["requirements.txt"],
            Toolchain::Node => &["package.json", "package-lock.json"],
            Toolchain::Java => &["pom.xml", "Interop.java", "Member.java", "Assignors.java"],
            Toolchain::JavaOld => &["pom.xml", "OldProducer.java", "OldConsumer.java"],
            Toolchain::ApacheKafka => &["pom.xml", "KafkaDir.java", "GroupTools.java", "WordCount.java"],
            Toolchain::Go => &["go.mod", "go.sum", "main.go", "member.go"],
            Toolchain::Rskafka | Toolchain::Kcat => &[],
        };
        let folder = sources().join(self.name());
        let mut all = rskafka::VERSION.as_bytes().to_vec();
        for file in files {
            all.extend(fs::read(folder.join(file)).expect("a manifest of the tests can be read"));
        }
        all
    }
}

fn python(into: &Path) -> Result<(), String> {
    install(Command::new("python3").args(["-m", "venv", "--clear"]).arg(into))?;
    let mut pip = Command::new(into.join("bin/pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
        "--requirement",
    ]);
    install(pip.arg(sources().join("python/requirements.txt")))
}

fn node(into: &Path) -> Result<(), String> {
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources().join("node").join(file), into.join(file)).map_err(|error| error.to_string())?;
    }
    let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    install(Command::new("npm").args(npm).current_dir(into))
}

fn java(into: &Path) -> Result<(), String> {
    java_program(into, "java", None, &["Interop.java", "Member.java", "Assignors.java"])
}

/// Each version has a folder of its own.
fn java_old(into: &Path) -> Result<(), String> {
    for version in old::JAVA_VERSIONS {
        let into = into.join(version.number);
        fs::create_dir_all(&into).map_err(|error| error.to_string())?;
        let programs: &[&str] =
            if version.consumes { &["OldProducer.java", "OldConsumer.java"] } else { &["OldProducer.java"] };
        java_program(&into, "java_old", Some(version.number), programs)?;
    }
    Ok(())
}

/// Fetches what a manifest names, and compiles programs against it.
fn java_program(
    into: &Path,
    folder: &str,
    kafka_version: Option<&str>,
    programs: &[&str],
) -> Result<(), String> {
    let (jars, classes) = (into.join("lib"), into.join("classes"));
    for folder in [&jars, &classes] {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => {}
        }
    }
    let mut maven = Command::new("mvn");
    maven.args([
        "--quiet",
        "--batch-mode",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        "--file",
    ]);
    let sources = sources().join(folder);
    maven.arg(sources.join("pom.xml")).arg(format!("-DoutputDirectory={}", jars.display()));
    maven.args(kafka_version.map(|version| format!("-Dkafka.version={version}")));
    install(&mut maven)?;
    let mut javac = Command::new("javac");
    javac.arg("-d").arg(classes).arg("-cp").arg(jars.join("*"));
    install(javac.args(programs.iter().map(|program| sources.join(program))))
}

fn go(into: &Path) -> Result<(), String> {
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(into.join("franz-go")).arg(".").current_dir(sources().join("go"));
    install(&mut go)
}

fn has_kcat() -> bool {
    command::run(Command::new("kcat").arg("-V"), b"", PATIENCE).is_ok_and(|ended| ended.status.success())
}

/// kcat comes from the distribution; only its administrator can install it.
fn install_kcat() -> Result<(), String> {
    let apt = |arguments: &[&str]| {
        install(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let kcat = ["install", "--quiet", "--yes", "--no-install-recommends", "kcat"];
    apt(&kcat).or_else(|_| apt(&["update", "--quiet"]).and_then(|()| apt(&kcat)))
}

/// Runs one step of an installation with the whole environment: package managers find their caches through it.
pub fn install(step: &mut Command) -> Result<(), String> {
    command::succeed(step, b"", PATIENCE).map(drop)
}
