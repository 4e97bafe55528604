//! From a profile to a client.

use std::path::Path;
use std::time::Duration;

use fluxmq_profiles::{DEFAULT_BOOTSTRAP_SERVER, Profile};

use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::config::DnsLookup;
use crate::error::ClientError;

impl Client {
    /// Connects to the cluster of the user's current profile; to `127.0.0.1:9092` for a user who has none.
    pub async fn connect() -> Result<Self, ClientError> {
        let path = profile_path()?;
        let (name, profile) = fluxmq_profiles::load_current(&path).map_err(unreadable)?;
        Self::builder().profile(&name, &profile)?.build().await
    }

    /// Connects to the cluster of one of the user's profiles. Several clients may stand side by side.
    pub async fn connect_with_profile(name: &str) -> Result<Self, ClientError> {
        Self::connect_with_profile_of(&profile_path()?, name).await
    }

    /// As [`Self::connect_with_profile`], with the profiles of another file.
    pub async fn connect_with_profile_of(path: &Path, name: &str) -> Result<Self, ClientError> {
        let profile = fluxmq_profiles::profile(path, name).map_err(unreadable)?;
        Self::builder().profile(name, &profile)?.build().await
    }
}

impl ClientBuilder {
    /// Takes over what a profile says. Its properties for producers and consumers are left to those. Fails for a profile
    /// that asks for encryption or authentication, which this client does not speak.
    pub fn profile(mut self, name: &str, profile: &Profile) -> Result<Self, ClientError> {
        let tls = profile.tls.as_ref().filter(|tls| tls.enabled).map(|_| "TLS");
        if let Some(missing) = tls.or_else(|| profile.sasl.as_ref().map(|_| "SASL")) {
            return Err(ClientError::InvalidConfig(format!(
                "profile `{name}` asks for {missing}, which this client does not speak; name a plaintext listener"
            )));
        }
        let servers = profile.bootstrap_servers.join(",");
        self = self.bootstrap(if servers.is_empty() { DEFAULT_BOOTSTRAP_SERVER.to_owned() } else { servers });
        self = self.default_topic(profile.default_topic.clone());
        for (key, value) in &profile.properties {
            self = self.property(key, value).map_err(|reason| {
                ClientError::InvalidConfig(format!("`{key}` of profile `{name}`: {reason}"))
            })?;
        }
        Ok(self)
    }

    /// Takes over a property of connections by its Kafka name; others are none of this builder's business.
    fn property(mut self, key: &str, value: &str) -> Result<Self, String> {
        let milliseconds = || {
            let parsed = value.parse().map(Duration::from_millis);
            parsed.map_err(|_| format!("`{value}` is no number of milliseconds"))
        };
        let options = &mut self.options;
        match key {
            "client.id" => value.clone_into(&mut options.client_id),
            "request.timeout.ms" => options.request_timeout = milliseconds()?,
            "socket.connection.setup.timeout.ms" => options.socket_connection_setup_timeout = milliseconds()?,
            "socket.connection.setup.timeout.max.ms" => {
                options.socket_connection_setup_timeout_max = milliseconds()?;
            }
            "reconnect.backoff.ms" => options.reconnect_backoff = milliseconds()?,
            "reconnect.backoff.max.ms" => options.reconnect_backoff_max = milliseconds()?,
            "connections.max.idle.ms" => options.connections_max_idle = milliseconds()?,
            "retry.backoff.ms" => self.settings.retry_backoff = milliseconds()?,
            "retry.backoff.max.ms" => self.settings.retry_backoff_max = milliseconds()?,
            "metadata.max.age.ms" => self.settings.metadata_max_age = milliseconds()?,
            "send.buffer.bytes" => options.send_buffer = buffer(value)?,
            "receive.buffer.bytes" => options.receive_buffer = buffer(value)?,
            "client.dns.lookup" => options.dns_lookup = dns_lookup(value)?,
            "security.protocol" if !value.eq_ignore_ascii_case("plaintext") => {
                return Err(format!("this client does not speak `{value}`; name a plaintext listener"));
            }
            _ => {}
        }
        Ok(self)
    }
}

/// The size of a socket buffer; -1 leaves it to the system.
fn buffer(value: &str) -> Result<Option<usize>, String> {
    match value.parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(bytes) => usize::try_from(bytes).map(Some).map_err(|_| format!("`{value}` is no size in bytes")),
        Err(_) => Err(format!("`{value}` is no size in bytes")),
    }
}

fn dns_lookup(value: &str) -> Result<DnsLookup, String> {
    match value {
        "use_all_dns_ips" => Ok(DnsLookup::UseAllDnsIps),
        "first" => Ok(DnsLookup::FirstAddress),
        _ => Err(format!("`{value}` is neither `use_all_dns_ips` nor `first`")),
    }
}

fn profile_path() -> Result<std::path::PathBuf, ClientError> {
    fluxmq_profiles::default_path().ok_or_else(|| {
        ClientError::InvalidConfig("there is no home directory to look for profiles in".to_owned())
    })
}

fn unreadable(error: fluxmq_profiles::ProfileError) -> ClientError {
    ClientError::InvalidConfig(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(properties: &[(&str, &str)]) -> Profile {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Profile { properties: properties.collect(), ..Profile::new(["a:1", "b:2"]) }
    }

    #[test]
    fn a_profile_settles_servers_and_properties() {
        let profile = profile(&[("request.timeout.ms", "1500"), ("linger.ms", "5"), ("client.id", "me")]);
        let client = Client::builder().profile("p", &profile).unwrap().build_unconnected().unwrap();
        assert_eq!(client.pool().bootstrap(), ["a:1", "b:2"]);
        assert_eq!(client.connection_options().request_timeout, Duration::from_millis(1500));
        assert_eq!(client.connection_options().client_id, "me");
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let wrong = |properties: &[(&str, &str)]| {
            Client::builder().profile("p", &profile(properties)).unwrap_err().to_string()
        };
        assert_eq!(
            wrong(&[("request.timeout.ms", "soon")]),
            "`request.timeout.ms` of profile `p`: `soon` is no number of milliseconds"
        );
        assert!(wrong(&[("security.protocol", "SASL_SSL")]).contains("does not speak `SASL_SSL`"));
    }
}
