//! Which value counts, and where it came from.
//!
//! ```text
//! -b, -X key=value  >  FLUXCTL_<KEY>  >  the profile  >  defaults
//! the profile: --profile  >  FLUXCTL_PROFILE  >  the project's  >  the file's current one  >  `local`
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::error::ProfileError;
use crate::profile::{Profile, ProfileFile, Sasl, Tls};
use crate::project::ProjectFile;
use crate::{DEFAULT_BOOTSTRAP_SERVER, LOCAL};

/// What can set a value, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this command.
    Flag,
    /// The environment variable of this name.
    Environment(String),
    /// The profile of this name in the user's file.
    Profile(String),
    /// The project's file.
    Project,
    /// Nothing set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.write_str("flag"),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Profile(name) => write!(f, "profile {name}"),
            Origin::Project => f.write_str("project .fluxctl.toml"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A value, and what set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved<T> {
    /// What counts.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Everything beside the user's file that may set a value.
#[derive(Debug, Clone, Default)]
pub struct Sources<'a> {
    /// `--profile`.
    pub profile: Option<String>,
    /// `-b`: brokers with commas between.
    pub bootstrap_servers: Option<String>,
    /// `-X key=value`, by Kafka names.
    pub properties: BTreeMap<String, String>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Which properties the environment may set: `linger.ms` by `FLUXCTL_LINGER_MS`.
    pub known_properties: Vec<&'a str>,
    /// The project's file.
    pub project: Option<ProjectFile>,
}

/// All that counts for a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The profile's name. [`LOCAL`] from [`Origin::Default`] where no profile was chosen.
    pub profile: Resolved<String>,
    /// At least one.
    pub bootstrap_servers: Resolved<Vec<String>>,
    /// The topic of a command that names none.
    pub default_topic: Option<Resolved<String>>,
    /// How keys choose partitions, by name.
    pub partitioner: Option<Resolved<String>>,
    /// Whether destructive commands ask for more than a yes.
    pub protected: Resolved<bool>,
    /// Whether commands that change the cluster are refused.
    pub read_only: Resolved<bool>,
    /// Client properties by their Kafka names.
    pub properties: BTreeMap<String, Resolved<String>>,
    /// Encryption.
    pub tls: Option<Resolved<Tls>>,
    /// Authentication.
    pub sasl: Option<Resolved<Sasl>>,
}

/// The environment variable of a setting: `FLUXCTL_LINGER_MS` for `linger.ms`.
pub fn environment_name(key: &str) -> String {
    format!("FLUXCTL_{}", key.to_uppercase().replace(['.', '-'], "_"))
}

/// Weighs all sources. `file` is what `path` holds. Fails where a profile is named that does not exist.
pub fn resolve(file: &ProfileFile, path: &Path, sources: &Sources<'_>) -> Result<Settings, ProfileError> {
    let name = profile_name(file, sources);
    let (profile, origin) = find_profile(file, path, sources, &name)?;
    let from_profile = |value: String| Resolved { value, origin: origin.clone() };
    let flag_of =
        |value: bool| Resolved { value, origin: if value { origin.clone() } else { Origin::Default } };
    Ok(Settings {
        bootstrap_servers: bootstrap_servers(&profile, &origin, sources),
        default_topic: environment(sources, "default.topic").or(profile.default_topic.map(from_profile)),
        partitioner: environment(sources, "partitioner").or(profile.partitioner.map(from_profile)),
        protected: flag_of(profile.protected),
        read_only: flag_of(profile.read_only),
        properties: properties(profile.properties, &origin, sources),
        tls: profile.tls.map(|value| Resolved { value, origin: origin.clone() }),
        sasl: profile.sasl.map(|value| Resolved { value, origin: origin.clone() }),
        profile: name,
    })
}

fn profile_name(file: &ProfileFile, sources: &Sources<'_>) -> Resolved<String> {
    let flag = sources.profile.clone().map(|value| Resolved { value, origin: Origin::Flag });
    let of_project = || {
        let value = sources.project.as_ref()?.file.current_profile.clone()?;
        Some(Resolved { value, origin: Origin::Project })
    };
    let of_file = || {
        let value = file.current_profile.clone()?;
        Some(Resolved { origin: Origin::Profile(value.clone()), value })
    };
    flag.or_else(|| environment(sources, "profile"))
        .or_else(of_project)
        .or_else(of_file)
        .unwrap_or_else(|| Resolved { value: LOCAL.to_owned(), origin: Origin::Default })
}

/// The profile of that name: the user's own before the project's, so that a project cannot stand in for `prod`.
fn find_profile(
    file: &ProfileFile,
    path: &Path,
    sources: &Sources<'_>,
    name: &Resolved<String>,
) -> Result<(Profile, Origin), ProfileError> {
    if let Some(profile) = file.profiles.get(&name.value) {
        return Ok((profile.clone(), Origin::Profile(name.value.clone())));
    }
    if let Some(profile) = sources.project.as_ref().and_then(|project| project.file.profiles.get(&name.value))
    {
        return Ok((profile.clone(), Origin::Project));
    }
    // `local` needs no file.
    if name.value == LOCAL {
        return Ok((Profile::default(), Origin::Default));
    }
    file.profile(&name.value, path).map(|profile| (profile.clone(), name.origin.clone()))
}

fn bootstrap_servers(profile: &Profile, origin: &Origin, sources: &Sources<'_>) -> Resolved<Vec<String>> {
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned).collect()
    };
    let flag = sources.bootstrap_servers.as_ref().or_else(|| sources.properties.get("bootstrap.servers"));
    if let Some(text) = flag {
        return Resolved { value: list(text), origin: Origin::Flag };
    }
    if let Some(text) = environment(sources, "bootstrap.servers") {
        return Resolved { value: list(&text.value), origin: text.origin };
    }
    if !profile.bootstrap_servers.is_empty() {
        return Resolved { value: profile.bootstrap_servers.clone(), origin: origin.clone() };
    }
    Resolved { value: vec![DEFAULT_BOOTSTRAP_SERVER.to_owned()], origin: Origin::Default }
}

fn properties(
    of_profile: BTreeMap<String, String>,
    origin: &Origin,
    sources: &Sources<'_>,
) -> BTreeMap<String, Resolved<String>> {
    let mut properties: BTreeMap<_, _> = of_profile
        .into_iter()
        .map(|(key, value)| (key, Resolved { value, origin: origin.clone() }))
        .collect();
    for key in &sources.known_properties {
        if let Some(resolved) = environment(sources, key) {
            properties.insert((*key).to_owned(), resolved);
        }
    }
    for (key, value) in &sources.properties {
        properties.insert(key.clone(), Resolved { value: value.clone(), origin: Origin::Flag });
    }
    // It has a place of its own.
    properties.remove("bootstrap.servers");
    properties
}

/// A variable that is set to nothing counts as not set, as everywhere in a shell's world.
fn environment(sources: &Sources<'_>, key: &str) -> Option<Resolved<String>> {
    let name = environment_name(key);
    let value = sources.environment.get(&name).filter(|value| !value.is_empty())?.clone();
    Some(Resolved { value, origin: Origin::Environment(name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> ProfileFile {
        let mut file = ProfileFile { current_profile: Some("dev".to_owned()), ..ProfileFile::default() };
        let mut dev = Profile::new(["dev:9092"]);
        dev.properties.insert("linger.ms".to_owned(), "5".to_owned());
        dev.protected = true;
        file.profiles.insert("dev".to_owned(), dev);
        file.profiles.insert("prod".to_owned(), Profile::new(["prod-1:9092", "prod-2:9092"]));
        file
    }

    fn settings(sources: &Sources<'_>) -> Settings {
        resolve(&file(), Path::new("config.toml"), sources).unwrap()
    }

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_current_profile_counts_where_nothing_else_speaks() {
        let settings = settings(&Sources::default());
        assert_eq!(settings.profile.value, "dev");
        assert_eq!(settings.bootstrap_servers.value, ["dev:9092"]);
        assert_eq!(settings.bootstrap_servers.origin, Origin::Profile("dev".to_owned()));
        assert_eq!(settings.properties["linger.ms"].value, "5");
        assert_eq!(settings.protected.origin, Origin::Profile("dev".to_owned()));
        assert_eq!(settings.read_only.origin, Origin::Default);
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_profile() {
        let mut sources = Sources {
            environment: variables(&[
                ("FLUXCTL_BOOTSTRAP_SERVERS", "env:1"),
                ("FLUXCTL_LINGER_MS", "7"),
                ("FLUXCTL_PROFILE", "prod"),
                ("FLUXCTL_ACKS", ""),
            ]),
            known_properties: vec!["linger.ms", "acks"],
            ..Sources::default()
        };
        let by_environment = settings(&sources);
        assert_eq!(by_environment.profile.value, "prod");
        assert_eq!(by_environment.bootstrap_servers.value, ["env:1"]);
        assert_eq!(by_environment.properties["linger.ms"].value, "7");
        assert_eq!(by_environment.properties.get("acks"), None);
        sources.bootstrap_servers = Some("flag:1, flag:2".to_owned());
        sources.profile = Some("dev".to_owned());
        sources.properties.insert("linger.ms".to_owned(), "9".to_owned());
        let by_flag = settings(&sources);
        assert_eq!(by_flag.bootstrap_servers.value, ["flag:1", "flag:2"]);
        assert_eq!((by_flag.profile.value.as_str(), &by_flag.profile.origin), ("dev", &Origin::Flag));
        assert_eq!(by_flag.properties["linger.ms"], Resolved { value: "9".to_owned(), origin: Origin::Flag });
    }

    #[test]
    fn a_project_names_a_profile_and_cannot_replace_one() {
        let mut project = ProfileFile { current_profile: Some("prod".to_owned()), ..ProfileFile::default() };
        project.profiles.insert("prod".to_owned(), Profile::new(["evil:9092"]));
        project.profiles.insert("test".to_owned(), Profile::new(["test:9092"]));
        let project = Some(ProjectFile { path: ".fluxctl.toml".into(), file: project });
        let mut sources = Sources { project, ..Sources::default() };
        let named = settings(&sources);
        assert_eq!((named.profile.value.as_str(), &named.profile.origin), ("prod", &Origin::Project));
        assert_eq!(named.bootstrap_servers.value, ["prod-1:9092", "prod-2:9092"]);
        sources.profile = Some("test".to_owned());
        assert_eq!(settings(&sources).bootstrap_servers.origin, Origin::Project);
    }

    #[test]
    fn without_a_file_there_is_local_and_other_names_are_errors() {
        let nothing = ProfileFile::default();
        let settings = resolve(&nothing, Path::new("c.toml"), &Sources::default()).unwrap();
        assert_eq!(settings.bootstrap_servers.value, [DEFAULT_BOOTSTRAP_SERVER]);
        assert_eq!(settings.profile, Resolved { value: LOCAL.to_owned(), origin: Origin::Default });
        let sources = Sources { profile: Some("prdo".to_owned()), ..Sources::default() };
        match resolve(&file(), Path::new("c.toml"), &sources) {
            Err(ProfileError::NotFound { suggestion, known, .. }) => {
                assert_eq!((suggestion.as_deref(), known.len()), (Some("prod"), 2));
            }
            other => panic!("{other:?}"),
        }
    }
}
