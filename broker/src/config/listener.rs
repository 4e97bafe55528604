//! The doors of the broker: `listeners`, `advertised.listeners` and the protocols behind their names.

use super::error::ConfigError;
use super::values::BrokerValues;

/// One listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenerSettings {
    /// Such as `PLAINTEXT`.
    pub(crate) name: String,
    /// Name or address to bind; empty never.
    pub(crate) host: String,
    /// 0 takes any free port.
    pub(crate) port: u16,
    /// What clients are told to connect to; `None`: the address that they reached.
    pub(crate) advertised: Option<(String, u16)>,
}

/// `NAME://host:port`
#[derive(Debug, Clone, PartialEq, Eq)]
struct Endpoint {
    name: String,
    host: String,
    port: u16,
}

/// The listeners for clients. Those of `controller.listener.names` are left out: this broker is its own controller and needs no door for it.
pub(super) fn listeners(values: &BrokerValues) -> Result<Vec<ListenerSettings>, ConfigError> {
    let controllers = values.items("controller.listener.names");
    let mut found: Vec<ListenerSettings> = Vec::new();
    for text in values.items("listeners") {
        let endpoint = Endpoint::parse("listeners", text)?;
        if controllers.contains(&endpoint.name.as_str()) {
            tracing::debug!(listener = text, "no controller listener is needed; it is not opened");
            continue;
        }
        check_protocol(values, &endpoint.name)?;
        if found.iter().any(|other| other.name == endpoint.name) {
            return Err(ConfigError::invalid("listeners", text, "another listener has this name"));
        }
        let host = if endpoint.host.is_empty() { "0.0.0.0".to_owned() } else { endpoint.host };
        let taken = |other: &ListenerSettings| {
            endpoint.port != 0 && other.port == endpoint.port && other.host == host
        };
        if found.iter().any(taken) {
            return Err(ConfigError::invalid("listeners", text, "another listener has this address"));
        }
        found.push(ListenerSettings { name: endpoint.name, host, port: endpoint.port, advertised: None });
    }
    if found.is_empty() {
        let value = values.text("listeners").unwrap_or_default();
        return Err(ConfigError::invalid(
            "listeners",
            value,
            "there must be a listener for clients, such as `PLAINTEXT://127.0.0.1:9092`",
        ));
    }
    advertise(values, &controllers, &mut found)?;
    Ok(found)
}

fn advertise(
    values: &BrokerValues,
    controllers: &[&str],
    found: &mut [ListenerSettings],
) -> Result<(), ConfigError> {
    const KEY: &str = "advertised.listeners";
    for text in values.items(KEY) {
        let endpoint = Endpoint::parse(KEY, text)?;
        if controllers.contains(&endpoint.name.as_str()) {
            continue;
        }
        let Some(listener) = found.iter_mut().find(|listener| listener.name == endpoint.name) else {
            let reason = format!("`listeners` has none named `{}`", endpoint.name);
            return Err(ConfigError::invalid(KEY, text, reason));
        };
        if matches!(endpoint.host.as_str(), "" | "0.0.0.0" | "::") {
            return Err(ConfigError::invalid(
                KEY,
                text,
                "clients cannot connect to every address; name one that they reach",
            ));
        }
        listener.advertised = Some((endpoint.host, endpoint.port));
    }
    Ok(())
}

/// Refuses a listener whose protocol this version does not have.
fn check_protocol(values: &BrokerValues, name: &str) -> Result<(), ConfigError> {
    const KEY: &str = "listener.security.protocol.map";
    let pairs = values.items(KEY);
    let mapped = pairs.iter().filter_map(|pair| pair.split_once(':')).find(|(listener, _)| *listener == name);
    let Some((_, protocol)) = mapped else {
        let reason = format!("it must say the protocol of listener `{name}`, as in `{name}:PLAINTEXT`");
        return Err(ConfigError::invalid(KEY, values.text(KEY).unwrap_or_default(), reason));
    };
    match protocol.to_ascii_uppercase().as_str() {
        "PLAINTEXT" => Ok(()),
        "SSL" | "SASL_PLAINTEXT" | "SASL_SSL" => Err(ConfigError::unsupported(
            "listeners",
            format!("the protocol {protocol} on listener `{name}`"),
            "use a PLAINTEXT listener on an address that only trusted clients reach",
        )),
        _ => Err(ConfigError::invalid(
            KEY,
            format!("{name}:{protocol}"),
            "the protocol must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
        )),
    }
}

impl Endpoint {
    fn parse(key: &str, text: &str) -> Result<Endpoint, ConfigError> {
        let malformed = || {
            ConfigError::invalid(
                key,
                text,
                "it must read NAME://host:port, as in `PLAINTEXT://127.0.0.1:9092`",
            )
        };
        let (name, address) = text.split_once("://").ok_or_else(malformed)?;
        let (host, port) = address.rsplit_once(':').ok_or_else(malformed)?;
        let port = port.parse().map_err(|_| malformed())?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        if !is_name || (bare.is_none() && host.contains(':')) {
            return Err(malformed());
        }
        Ok(Endpoint { name: name.to_ascii_uppercase(), host: bare.unwrap_or(host).to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Vec<ListenerSettings>, ConfigError> {
        let mut values = BrokerValues::default();
        for (key, value) in pairs {
            values.set(key, *value).unwrap();
        }
        listeners(&values)
    }

    #[test]
    fn the_default_listens_everywhere() {
        let found = parse(&[]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].host.as_str(), found[0].port),
            ("PLAINTEXT", "0.0.0.0", 9092)
        );
        assert_eq!(found[0].advertised, None);
    }

    #[test]
    fn a_file_for_apache_kafka_works() {
        let found = parse(&[
            ("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"),
            ("advertised.listeners", "PLAINTEXT://broker.example:19092,CONTROLLER://broker.example:9093"),
            ("controller.listener.names", "CONTROLLER"),
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
        ])
        .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].advertised, Some(("broker.example".to_owned(), 19092)));
    }

    #[test]
    fn several_doors_and_ipv6() {
        let found = parse(&[
            ("listeners", "INSIDE://[::1]:9092, OUTSIDE://localhost:0"),
            ("listener.security.protocol.map", "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT"),
            ("advertised.listeners", "OUTSIDE://[2001:db8::1]:443"),
        ])
        .unwrap();
        assert_eq!((found[0].host.as_str(), found[0].port), ("::1", 9092));
        assert_eq!(found[1].advertised, Some(("2001:db8::1".to_owned(), 443)));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for pairs in [
            &[("listeners", "127.0.0.1:9092")][..],
            &[("listeners", "PLAINTEXT://127.0.0.1")],
            &[("listeners", "PLAINTEXT://127.0.0.1:99999")],
            &[("listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2")],
            &[("listeners", "CUSTOM://a:1")],
            &[("listeners", "SSL://a:1")],
            &[("listeners", "SASL_SSL://a:1")],
            &[("advertised.listeners", "PLAINTEXT://0.0.0.0:9092")],
            &[("advertised.listeners", "OTHER://host:9092")],
            &[("listeners", "CONTROLLER://a:1"), ("controller.listener.names", "CONTROLLER")],
        ] {
            assert!(parse(pairs).is_err(), "{pairs:?}");
        }
    }
}
