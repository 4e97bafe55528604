//! A profile file on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::document::{Document, is_yaml};
use crate::error::{ProfileError, Warning};
use crate::name::check_name;
use crate::profile::{Profile, ProfileFile};
use crate::read::profile_file;
use crate::replace::{FileLock, replace};

/// Reads and changes one file. Holds nothing of it: every call reads anew, every change happens under a lock, and a
/// file that cannot be read is never replaced.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    /// False for a rehearsal.
    writes: bool,
}

/// What a change of the file led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The profile that is current now.
    pub current_profile: Option<String>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

impl Store {
    /// The file at `path`, TOML, or YAML if its name ends in `.yaml` or `.yml`. Nothing is read yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Store { path: path.into(), writes: true }
    }

    /// The same store for a rehearsal: changes are checked and answered as ever, and nothing is written.
    #[must_use]
    pub fn dry_run(self, dry_run: bool) -> Self {
        Store { writes: !dry_run, ..self }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything the file holds; nothing at all where there is no file.
    pub fn load(&self) -> Result<ProfileFile, ProfileError> {
        self.read().map(|(_, file, _)| file)
    }

    /// All profiles by name.
    pub fn list(&self) -> Result<BTreeMap<String, Profile>, ProfileError> {
        Ok(self.load()?.profiles)
    }

    /// The name of the current profile.
    pub fn current(&self) -> Result<Option<String>, ProfileError> {
        Ok(self.load()?.current_profile)
    }

    /// The profile `name`.
    pub fn show(&self, name: &str) -> Result<Profile, ProfileError> {
        self.load()?.profile(name, &self.path).cloned()
    }

    /// Adds a profile; it becomes current if no profile is. A name that is taken is an error.
    pub fn add(&self, name: &str, profile: &Profile) -> Result<Changed, ProfileError> {
        check_name(name)?;
        self.change(|document, file| {
            if file.profiles.contains_key(name) {
                return Err(ProfileError::Exists { name: name.to_owned() });
            }
            document.add_profile(name, profile.to_table());
            if file.current_profile.is_none() {
                document.set("current_profile", Some(name));
            }
            Ok(())
        })
    }

    /// Sets the bootstrap servers of the profile `name`, which is added if there is none; everything else about it
    /// stays. It becomes current if no profile is.
    pub fn point(&self, name: &str, bootstrap_servers: &[String]) -> Result<Changed, ProfileError> {
        check_name(name)?;
        self.change(|document, file| {
            match file.profiles.get(name) {
                Some(profile) if profile.bootstrap_servers == bootstrap_servers => {}
                Some(_) => document.set_servers(name, bootstrap_servers),
                None => document.add_profile(name, Profile::new(bootstrap_servers).to_table()),
            }
            if file.current_profile.is_none() {
                document.set("current_profile", Some(name));
            }
            Ok(())
        })
    }

    /// Makes a profile the current one. `-` is the one that was current before.
    pub fn switch(&self, name: &str) -> Result<Changed, ProfileError> {
        self.change(|document, file| {
            let name = match (name, &file.previous_profile) {
                ("-", Some(previous)) => previous,
                ("-", None) => return Err(ProfileError::NoPrevious),
                (name, _) => name,
            };
            file.profile(name, &self.path)?;
            if file.current_profile.as_deref() != Some(name) {
                document.set("previous_profile", file.current_profile.as_deref());
                document.set("current_profile", Some(name));
            }
            Ok(())
        })
    }

    /// Gives a profile another name.
    pub fn rename(&self, from: &str, to: &str) -> Result<Changed, ProfileError> {
        check_name(to)?;
        self.change(|document, file| {
            file.profile(from, &self.path)?;
            if from == to {
                return Ok(());
            }
            if file.profiles.contains_key(to) {
                return Err(ProfileError::Exists { name: to.to_owned() });
            }
            document.rename_profile(from, to);
            for (key, value) in pointers(file) {
                if value == Some(from) {
                    document.set(key, Some(to));
                }
            }
            Ok(())
        })
    }

    /// Removes a profile. When it was current, none is afterwards.
    pub fn delete(&self, name: &str) -> Result<Changed, ProfileError> {
        self.change(|document, file| {
            file.profile(name, &self.path)?;
            document.remove_profile(name);
            for (key, value) in pointers(file) {
                if value == Some(name) {
                    document.set(key, None);
                }
            }
            Ok(())
        })
    }

    /// Reads, changes and writes under the lock. What would be written is read again before it is, so that no change
    /// can spoil a file.
    fn change(
        &self,
        edit: impl FnOnce(&mut Document, &ProfileFile) -> Result<(), ProfileError>,
    ) -> Result<Changed, ProfileError> {
        // Before a folder is made for the lock: a mistake in the file, or in the call, should leave no trace.
        self.load()?;
        let _lock = self.writes.then(|| FileLock::acquire(&self.path)).transpose()?;
        let (mut document, file, before) = self.read()?;
        edit(&mut document, &file)?;
        let text = document.render(&self.path)?;
        let mut after = profile_file(&self.path, &Document::parse(&self.path, &text)?.table())?;
        if self.writes && text != before {
            replace(&self.path, &text)?;
            if is_yaml(&self.path) && before.lines().any(|line| line.trim_start().starts_with('#')) {
                after.warnings.push(Warning::CommentsLost { path: self.path.clone() });
            }
        }
        Ok(Changed { current_profile: after.current_profile, warnings: after.warnings })
    }

    fn read(&self) -> Result<(Document, ProfileFile, String), ProfileError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Document::empty(&self.path), ProfileFile::default(), String::new()));
            }
            Err(source) => return Err(ProfileError::Io { what: "read", path: self.path.clone(), source }),
        };
        let document = Document::parse(&self.path, &text)?;
        let mut file = profile_file(&self.path, &document.table())?;
        file.warnings.extend(readable_by_others(&self.path, &file));
        Ok((document, file, text))
    }
}

/// The keys of the first level that name a profile.
fn pointers(file: &ProfileFile) -> [(&'static str, Option<&str>); 2] {
    [
        ("current_profile", file.current_profile.as_deref()),
        ("previous_profile", file.previous_profile.as_deref()),
    ]
}

#[cfg(unix)]
fn readable_by_others(path: &Path, file: &ProfileFile) -> Option<Warning> {
    use std::os::unix::fs::PermissionsExt;
    if !file.profiles.values().any(Profile::has_secret) {
        return None;
    }
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| Warning::Readable { path: path.to_owned(), mode })
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path, _file: &ProfileFile) -> Option<Warning> {
    None
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
