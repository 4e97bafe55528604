//! Named connection profiles: where a cluster is, and how to get in.
//!
//! In reading order: [`Profile`] is what one name stands for, [`ProfileFile`] is everything a file holds, [`Store`]
//! reads and changes a file on disk without ever losing what a person wrote, and [`resolve`] weighs flags, environment,
//! project and profile against each other and says of each value where it came from. [`suggest`] finds the name that
//! was meant.
//!
//! The crate knows files, TOML and YAML, not Kafka. It prints nothing: what a person should know comes back as
//! [`Warning`]s.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("config.toml");
//! use fluxmq_profiles::{Profile, Store};
//!
//! let store = Store::open(&path);
//! store.add("prod", &Profile::new(["broker-1:9092"]))?;
//! store.switch("prod")?;
//!
//! let (name, profile) = fluxmq_profiles::load_current(&path)?;
//! assert_eq!((name.as_str(), profile.bootstrap_servers[0].as_str()), ("prod", "broker-1:9092"));
//! # Ok(())
//! # }
//! ```

mod document;
mod error;
mod name;
mod profile;
mod project;
mod read;
mod replace;
mod resolve;
mod secret;
mod store;
mod suggest;

use std::path::{Path, PathBuf};

pub use error::{ProfileError, Warning};
pub use name::check_name;
pub use profile::{Password, Profile, ProfileFile, Sasl, Tls};
pub use project::ProjectFile;
pub use resolve::{Origin, Resolved, Settings, Sources, environment_name, resolve};
pub use secret::Secret;
pub use store::{Changed, Store};
pub use suggest::suggest;

/// Where a profile without a file, and a person without a profile, is sent.
pub const DEFAULT_BOOTSTRAP_SERVER: &str = "127.0.0.1:9092";

/// The name of the profile that exists without a file.
pub const LOCAL: &str = "local";

/// The user's profile file, `$XDG_CONFIG_HOME/fluxctl/config.toml`, `~/.config` where that is not set. `None` for a
/// user without a home.
pub fn default_path() -> Option<PathBuf> {
    let directory =
        if cfg!(target_os = "linux") { dirs::config_dir() } else { Some(dirs::home_dir()?.join(".config")) };
    Some(directory?.join("fluxctl").join("config.toml"))
}

/// The current profile of the file at `path` with its name. Where there is no file, or none is current, that is
/// [`LOCAL`] at [`DEFAULT_BOOTSTRAP_SERVER`].
pub fn load_current(path: &Path) -> Result<(String, Profile), ProfileError> {
    let file = Store::open(path).load()?;
    match file.current_profile.as_deref() {
        Some(name) => Ok((name.to_owned(), file.profile(name, path)?.clone())),
        None => Ok((LOCAL.to_owned(), file.profiles.get(LOCAL).cloned().unwrap_or_default())),
    }
}

/// The profile `name` of the file at `path`.
pub fn profile(path: &Path, name: &str) -> Result<Profile, ProfileError> {
    Store::open(path).load()?.profile(name, path).cloned()
}
