//! What a command works with: flags, environment and profile weighed against each other. No connection yet.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::env;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use fluxmq_client::{Client, ClientError};
use fluxmq_profiles::{ProjectFile, Settings, Sources, Store, default_path, resolve};

use crate::args::GlobalArgs;
use crate::client_properties::{self, Properties};
use crate::error::{CommandError, ErrorKind};
use crate::output::Output;

/// A dead broker is known to be one after this time, whatever name servers and firewalls do.
const CONNECT_MAX: Duration = Duration::from_millis(4500);

/// Everything around a command.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) output: Output,
    /// `-X`, by key.
    properties: BTreeMap<String, String>,
    /// Made when first asked for: `version` must work beside a broken file.
    settings: OnceCell<Settings>,
}

impl Context {
    /// Fails on a `-X` that nothing would come of.
    pub(crate) fn new(
        global: GlobalArgs,
        environment: BTreeMap<String, String>,
        output: Output,
    ) -> Result<Self, CommandError> {
        let properties = client_properties::parse_flags(&global.properties)?;
        Ok(Context { global, environment, output, properties, settings: OnceCell::new() })
    }

    /// The value of an environment variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `-X` as typed, by key.
    pub(crate) fn flag_properties(&self) -> &BTreeMap<String, String> {
        &self.properties
    }

    /// The file of profiles: `--config`, `FLUXCTL_CONFIG`, the user's own.
    pub(crate) fn store(&self) -> Result<Store, CommandError> {
        let flag = self.global.config.clone();
        self.store_at(flag)
    }

    /// As [`Self::store`] for a command to which `--config` means something else.
    pub(crate) fn store_without_flag(&self) -> Result<Store, CommandError> {
        self.store_at(None)
    }

    fn store_at(&self, flag: Option<PathBuf>) -> Result<Store, CommandError> {
        flag.or_else(|| self.variable("FLUXCTL_CONFIG").map(PathBuf::from))
            .or_else(default_path)
            .map(Store::open)
            .ok_or_else(|| {
                CommandError::failure("there is no home directory for a file of profiles")
                    .with_hint("`--config FILE` or FLUXCTL_CONFIG names one")
            })
    }

    /// All that counts, and where it comes from.
    pub(crate) fn settings(&self) -> Result<&Settings, CommandError> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = self.settings_of(self.global.profile.clone())?;
        client_properties::check(&settings)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// As if `-P profile` had been given.
    pub(crate) fn settings_of(&self, profile: Option<String>) -> Result<Settings, CommandError> {
        let store = self.store()?;
        let file = store.load()?;
        for warning in &file.warnings {
            self.output.warn(&warning.to_string());
        }
        let project = match env::current_dir() {
            Ok(directory) => ProjectFile::find(&directory)?,
            Err(_) => None,
        };
        let sources = Sources {
            profile,
            bootstrap_servers: self.global.bootstrap_servers.clone(),
            properties: self.properties.clone(),
            environment: self.environment.clone(),
            known_properties: client_properties::names().collect(),
            project,
        };
        Ok(resolve(&file, store.path(), &sources)?)
    }

    /// Client properties with their types.
    pub(crate) fn properties(&self) -> Result<Properties<'_>, CommandError> {
        Ok(Properties::new(&self.settings()?.properties))
    }

    /// Connects to the cluster. Fails within five seconds when nobody is there.
    pub(crate) async fn client(&self) -> Result<Client, CommandError> {
        let settings = self.settings()?;
        refuse_security(settings)?;
        let builder = self
            .properties()?
            .client_builder()
            .bootstrap(settings.bootstrap_servers.value.join(","))
            .default_topic(settings.default_topic.as_ref().map(|topic| topic.value.clone()));
        let servers = &settings.bootstrap_servers.value;
        let connecting = tokio::time::timeout(CONNECT_MAX, builder.build());
        match self.output.patiently(&format!("connecting to {}", servers.join(", ")), connecting).await {
            Ok(client) => Ok(client?),
            Err(_) => Err(no_answer(servers)),
        }
    }

    /// Runs what a command awaits. One thread is enough for every command but the broker.
    #[expect(clippy::unused_self, reason = "a command needs nothing beside its context")]
    pub(crate) fn block_on<T>(
        &self,
        future: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let done = runtime.block_on(future);
        // A blocked read of the terminal or of a name server must not hold up the end.
        runtime.shutdown_background();
        done
    }
}

fn no_answer(servers: &[String]) -> CommandError {
    let attempts = servers.iter().map(|address| fluxmq_client::ConnectAttempt {
        address: address.clone(),
        reason: format!("no answer within {} ms", CONNECT_MAX.as_millis()),
    });
    ClientError::Connect { attempts: attempts.collect() }.into()
}

/// Encryption and authentication that a profile asks for are never left out silently.
fn refuse_security(settings: &Settings) -> Result<(), CommandError> {
    let section = match (&settings.tls, &settings.sasl) {
        (Some(tls), _) if tls.value.enabled => "tls",
        (_, Some(_)) => "sasl",
        _ => return Ok(()),
    };
    Err(CommandError::new(
        ErrorKind::NotAllowed,
        format!(
            "profile `{}` asks for `{section}`, which this version does not have: no connection was made",
            settings.profile.value
        ),
    )
    .with_hint("`-P` names a profile of a plaintext listener"))
}
