//! From flags, environment and file to the broker's configuration.

use std::env;
use std::path::PathBuf;

use fluxmq::{BrokerConfig, ConfigError};

use super::start::{Durability, StartArgs};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// How many connections a broker of a person's own allows.
const MAX_CONNECTIONS: usize = 10_000;

/// Our defaults for a person's own broker, the file, the environment, `-c`, the other flags: the last one counts.
pub(super) fn broker_config(args: &StartArgs, context: &Context) -> Result<BrokerConfig, CommandError> {
    let mut config = BrokerConfig {
        host: "127.0.0.1".to_owned(),
        max_connections: MAX_CONNECTIONS,
        enable_consumer_groups: true,
        ..BrokerConfig::default()
    };
    if let Some(file) = &args.config {
        config.apply_file(file).map_err(refused)?;
    }
    config.apply_environment(context.environment.clone()).map_err(refused)?;
    for text in &args.keys {
        let Some((key, value)) = text.split_once('=') else {
            return Err(CommandError::usage(format!("`-c {text}` is not of the form KEY=VALUE"))
                .with_hint("write the key as Kafka does, as in `-c num.partitions=6`"));
        };
        config.set(key.trim(), value).map_err(refused)?;
    }
    flags(args, &mut config)?;
    if config.data_dir.is_none() && !args.memory {
        config.data_dir = Some(default_data_dir()?);
    }
    // A directory that is named from here must be found by `stop` from elsewhere.
    if let Some(dir) = config.data_dir.take() {
        config.data_dir = Some(std::path::absolute(dir)?);
    }
    Ok(config)
}

fn flags(args: &StartArgs, config: &mut BrokerConfig) -> Result<(), CommandError> {
    if args.port.is_some() || args.host.is_some() {
        // The flag means the one address to listen on, whatever a file says.
        config.properties.remove("listeners");
    }
    if let Some(port) = args.port {
        config.port = port;
    }
    if let Some(host) = &args.host {
        config.host.clone_from(host);
    }
    if let Some(dir) = &args.data_dir {
        config.set("data_dir", &dir.to_string_lossy()).map_err(refused)?;
    }
    if args.memory {
        config.set("data_dir", "").map_err(refused)?;
    }
    if let Some(durability) = args.durability {
        let value = match durability {
            Durability::Strict => "strict",
            Durability::Relaxed => "relaxed",
        };
        config.set("fluxmq.durability", value).map_err(refused)?;
    }
    if let Some(enabled) = args.enable_consumer_groups {
        config.enable_consumer_groups = enabled;
    }
    Ok(())
}

/// `$XDG_DATA_HOME/fluxmq`.
pub(in crate::command) fn default_data_dir() -> Result<PathBuf, CommandError> {
    dirs::data_dir().map(|dir| dir.join("fluxmq")).ok_or_else(|| {
        CommandError::failure("there is no home directory for the broker's data")
            .with_hint("`--data-dir DIR` names a directory, `--memory` needs none")
    })
}

/// Where brokers without a data directory leave their state: `$XDG_STATE_HOME/fluxmq`.
pub(super) fn state_dir() -> PathBuf {
    dirs::state_dir().or_else(dirs::data_local_dir).unwrap_or_else(env::temp_dir).join("fluxmq")
}

fn refused(error: ConfigError) -> CommandError {
    let kind = match error {
        ConfigError::Unreadable { .. } => ErrorKind::NotFound,
        _ => ErrorKind::Usage,
    };
    CommandError { kind, source: anyhow::Error::new(error), hint: None, code: None }
}
