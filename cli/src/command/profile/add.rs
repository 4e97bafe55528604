//! `fluxctl profile add`.

use clap::Args;
use fluxmq_profiles::Profile;

use super::ProfileChange;
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::PartitionerName;

const EXAMPLES: &str = "\
Examples:
  fluxctl profile add dev
  fluxctl profile add prod broker-1:9092,broker-2:9092 --protected --description 'the real one'
  fluxctl profile add slow broker-1:9092 -X linger.ms=500 -X compression.type=zstd";

/// Give a cluster a name
///
/// The first profile becomes the current one; `profile switch` selects another later.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AddArgs {
    /// The profile's name
    name: String,
    /// Brokers to start from, with commas or blanks between [default: 127.0.0.1:9092]
    #[arg(value_name = "HOST:PORT")]
    servers: Vec<String>,
    /// Topic of commands that name none
    #[arg(long, value_name = "TOPIC")]
    default_topic: Option<String>,
    /// How keys choose partitions: murmur2, crc32, random, round-robin, siphash
    #[arg(long, value_name = "NAME")]
    partitioner: Option<PartitionerName>,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Want more than a yes before something is destroyed
    #[arg(long)]
    protected: bool,
    /// Refuse commands that change the cluster
    #[arg(long)]
    read_only: bool,
    /// Make it the current profile
    #[arg(long)]
    switch: bool,
    /// Check, and say what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: AddArgs, context: &Context) -> Result<(), CommandError> {
    let mut properties = context.flag_properties().clone();
    let from_flags =
        context.global.bootstrap_servers.clone().or_else(|| properties.remove("bootstrap.servers"));
    let servers = servers(args.servers.iter().chain(from_flags.as_ref()))?;
    let profile = Profile {
        default_topic: args.default_topic,
        partitioner: args.partitioner.map(|partitioner| partitioner.to_string()),
        description: args.description,
        protected: args.protected,
        read_only: args.read_only,
        properties,
        ..Profile::new(if servers.is_empty() {
            vec![fluxmq_profiles::DEFAULT_BOOTSTRAP_SERVER.to_owned()]
        } else {
            servers
        })
    };
    let store = context.store()?.dry_run(args.dry_run);
    let mut changed = store.add(&args.name, &profile)?;
    if args.switch && !args.dry_run {
        changed = store.switch(&args.name)?;
    }
    let name = &args.name;
    let more = if args.switch || changed.current_profile.as_deref() == Some(name) {
        " and selected it".to_owned()
    } else {
        format!("; `fluxctl profile switch {name}` selects it")
    };
    ProfileChange::report(context, name, "added", changed, args.dry_run, &more)
}

/// Splits at commas and checks each address.
fn servers<'a>(texts: impl Iterator<Item = &'a String>) -> Result<Vec<String>, CommandError> {
    let mut servers = Vec::new();
    for server in texts.flat_map(|text| text.split(',')).map(str::trim).filter(|server| !server.is_empty()) {
        let (host, port) = match server.rsplit_once(':') {
            // An IPv6 address without port.
            Some(_) if server.ends_with(']') => (server, None),
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        };
        let is_host = !host.is_empty()
            && !host.contains(['/', ' '])
            && (!host.contains(':') || (host.starts_with('[') && host.ends_with(']')));
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if !is_host || !is_port {
            return Err(CommandError::usage(format!("`{server}` is not the address of a broker"))
                .with_hint("write HOST:PORT, as in `broker-1:9092` or `[::1]:9092`"));
        }
        servers.push(if port.is_some() { server.to_owned() } else { format!("{server}:9092") });
    }
    Ok(servers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_completed() {
        let texts = ["a:1,b".to_owned(), "[::1]:9092".to_owned(), "[fe80::1]".to_owned()];
        assert_eq!(servers(texts.iter()).unwrap(), ["a:1", "b:9092", "[::1]:9092", "[fe80::1]:9092"]);
        for wrong in ["a:x", "a:0", "a:99999", ":9092", "::1", "kafka://a:1", "a b:1"] {
            let error = servers([wrong.to_owned()].iter()).unwrap_err();
            assert!(error.source.to_string().contains("is not the address of a broker"), "{wrong}");
        }
    }
}
