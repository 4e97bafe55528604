//! What can be wrong with a profile, its name or its file.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why profiles could not be read or changed. After any of these the file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The file is neither TOML nor YAML, whichever its name says.
    #[error("`{}` cannot be read: line {line}, column {column}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser said.
        reason: String,
    },
    /// A value of a wrong kind.
    #[error("`{}` cannot be used: `{field}` {reason}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// The path of keys, as in `profiles.prod.protected`.
        field: String,
        /// What it should be.
        reason: String,
    },
    /// Written by a later release.
    #[error("`{}` has version {found}, this program knows versions up to {known}", path.display())]
    FutureVersion {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// No profile has that name.
    #[error("no profile is called `{name}` in `{}`", path.display())]
    NotFound {
        /// The name asked for.
        name: String,
        /// The file.
        path: PathBuf,
        /// The name that was probably meant.
        suggestion: Option<String>,
        /// All names there are.
        known: Vec<String>,
    },
    /// The name is taken.
    #[error("a profile called `{name}` exists already")]
    Exists {
        /// The name.
        name: String,
    },
    /// Not a name for a profile.
    #[error("`{name}` cannot name a profile: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody has switched before.
    #[error("there is no profile to switch back to")]
    NoPrevious,
    /// Another program holds the lock.
    #[error("`{}` is being changed by another program", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("`{}` cannot be {what}", path.display())]
    Io {
        /// What was tried: `read`, `written`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}

/// Something that a person should know and that stopped nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A key that means nothing; it is kept.
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The path of keys, as in `profiles.prod.colour`.
        key: String,
        /// The key that was probably meant.
        suggestion: Option<String>,
    },
    /// A file with a password in it that others can read.
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Comments cannot be kept when YAML is changed.
    CommentsLost {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::UnknownKey { path, key, suggestion } => {
                write!(f, "`{}` has an unknown key `{key}`, which is kept and not used", path.display())?;
                suggestion.as_ref().map_or(Ok(()), |meant| write!(f, "; did you mean `{meant}`?"))
            }
            Warning::Readable { path, mode } => write!(
                f,
                "`{path}` holds a password and others may read it (mode {mode:04o}); `chmod 600 {path}` closes it",
                path = path.display()
            ),
            Warning::CommentsLost { path } => {
                write!(f, "the comments of `{}` are gone: a TOML file would keep them", path.display())
            }
        }
    }
}
