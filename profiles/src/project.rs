//! `.fluxctl.toml`, the file that a project brings along.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::error::ProfileError;
use crate::profile::{Password, Profile, ProfileFile};
use crate::read::profile_file;

/// The file's name.
const NAME: &str = ".fluxctl.toml";

/// A project's own profiles, and which of them, or of the user's, its folder works with.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub file: ProfileFile,
}

impl ProjectFile {
    /// The file of the project that `directory` belongs to: the first found on the way up, as far as the folder that
    /// holds `.git`. Without such a folder only `directory` itself counts, so that a file in `/tmp` rules nobody.
    ///
    /// A project comes from others. One that wants to run a command for a password is refused.
    pub fn find(directory: &Path) -> Result<Option<Self>, ProfileError> {
        let root = directory.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(directory);
        let on_the_way = directory.ancestors().take_while(|folder| folder.starts_with(root));
        for path in on_the_way.map(|folder| folder.join(NAME)) {
            match fs::read_to_string(&path) {
                Ok(text) => return Self::parse(path, &text).map(Some),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ProfileError::Io { what: "read", path, source }),
            }
        }
        Ok(None)
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, ProfileError> {
        let file = profile_file(&path, &Document::parse(&path, text)?.table())?;
        let runs_command = |profile: &Profile| {
            matches!(
                profile.sasl.as_ref().and_then(|sasl| sasl.password.as_ref()),
                Some(Password::Command(_))
            )
        };
        if let Some((name, _)) = file.profiles.iter().find(|(_, profile)| runs_command(profile)) {
            let field = format!("profiles.{name}.sasl.password_command");
            let reason = "would run a command that a project brings along; put it into your own profile file";
            return Err(ProfileError::Field { path, field, reason: reason.to_owned() });
        }
        Ok(ProjectFile { path, file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_file_counts_up_to_its_repository() {
        let home = tempfile::tempdir().unwrap();
        let project = home.path().join("project");
        let inner = project.join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(home.path().join(NAME), "current_profile = \"stranger\"").unwrap();
        assert_eq!(ProjectFile::find(&inner).unwrap(), None);
        fs::create_dir(project.join(".git")).unwrap();
        assert_eq!(ProjectFile::find(&inner).unwrap(), None);
        fs::write(project.join(NAME), "current_profile = \"dev\"").unwrap();
        let found = ProjectFile::find(&inner).unwrap().unwrap();
        assert_eq!(found.file.current_profile.as_deref(), Some("dev"));
    }

    #[test]
    fn a_project_runs_no_command() {
        let project = tempfile::tempdir().unwrap();
        let text = "[profiles.x.sasl]\nmechanism = \"PLAIN\"\npassword_command = \"rm -rf ~\"\n";
        fs::write(project.path().join(NAME), text).unwrap();
        let error = ProjectFile::find(project.path()).unwrap_err().to_string();
        assert!(error.contains("`profiles.x.sasl.password_command` would run a command"), "{error}");
    }
}
