//! Why a command failed, what to do next, and the number it ends with.

use std::io;

use fluxmq::FluxmqError;
use fluxmq_client::{ClientError, ErrorCode};
use fluxmq_profiles::{ProfileError, suggest};

/// A command's failure.
#[derive(Debug)]
pub(crate) struct CommandError {
    pub(crate) kind: ErrorKind,
    /// The message with its chain of causes.
    pub(crate) source: anyhow::Error,
    /// What to do next.
    pub(crate) hint: Option<String>,
    /// The broker's code, where a broker refused.
    pub(crate) code: Option<ErrorCode>,
}

/// What sort of failure, as far as scripts tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Any failure that is none of the others; one item of many included.
    Failure,
    /// The command line itself is wrong.
    Usage,
    /// Something named does not exist.
    NotFound,
    /// Not authenticated, or not allowed.
    NotAllowed,
    /// No connection, or no answer in time.
    Unreachable,
    /// Something exists already, or changed meanwhile.
    Exists,
    /// What was looked for, differences or damage, was found.
    Different,
    /// A person pressed Ctrl-C.
    Interrupted,
    /// Whoever read our output has enough. Not a failure.
    OutputClosed,
}

/// The one place that maps kinds to exit codes.
pub(crate) fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::OutputClosed => 0,
        ErrorKind::Failure => 1,
        ErrorKind::Usage => 2,
        ErrorKind::NotFound => 3,
        ErrorKind::NotAllowed => 4,
        ErrorKind::Unreachable => 5,
        ErrorKind::Exists => 6,
        ErrorKind::Different => 10,
        ErrorKind::Interrupted => 130,
    }
}

impl ErrorKind {
    /// As it stands in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ErrorKind::OutputClosed => "output_closed",
            ErrorKind::Failure => "failure",
            ErrorKind::Usage => "usage",
            ErrorKind::NotFound => "not_found",
            ErrorKind::NotAllowed => "not_allowed",
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::Exists => "exists",
            ErrorKind::Different => "different",
            ErrorKind::Interrupted => "interrupted",
        }
    }

    fn of_code(code: ErrorCode) -> Self {
        match code {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::GROUP_ID_NOT_FOUND
            | ErrorCode::RESOURCE_NOT_FOUND => ErrorKind::NotFound,
            ErrorCode::TOPIC_AUTHORIZATION_FAILED
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
            | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
            | ErrorCode::SASL_AUTHENTICATION_FAILED
            | ErrorCode::UNSUPPORTED_SASL_MECHANISM => ErrorKind::NotAllowed,
            ErrorCode::TOPIC_ALREADY_EXISTS
            | ErrorCode::NON_EMPTY_GROUP
            | ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC => ErrorKind::Exists,
            ErrorCode::REQUEST_TIMED_OUT | ErrorCode::NETWORK_EXCEPTION => ErrorKind::Unreachable,
            _ => ErrorKind::Failure,
        }
    }
}

impl CommandError {
    /// A failure of `kind` in our own words.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        CommandError { kind, source: anyhow::Error::msg(message.into()), hint: None, code: None }
    }

    /// The command line itself is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        CommandError::new(ErrorKind::Usage, message)
    }

    /// A failure of no special kind.
    pub(crate) fn failure(message: impl Into<String>) -> Self {
        CommandError::new(ErrorKind::Failure, message)
    }

    /// Something below failed.
    pub(crate) fn caused(
        kind: ErrorKind,
        message: impl Into<String>,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        let source = anyhow::Error::new(cause).context(message.into());
        CommandError { kind, source, hint: None, code: None }
    }

    /// What to do next.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// No topic has that name. `known` are the topics there are, for a suggestion.
    pub(crate) fn no_topic<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let hint = match suggest(name, known) {
            Some(meant) => format!("did you mean `{meant}`? Else `fluxctl topic create {name}` creates it"),
            None => format!("`fluxctl topic create {name}` creates it; `fluxctl topic list` shows all"),
        };
        let mut error = CommandError::new(ErrorKind::NotFound, format!("topic `{name}` does not exist"));
        error.code = Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        error.with_hint(hint)
    }

    /// No group has that name. `known` are the groups there are, for a suggestion.
    pub(crate) fn no_group<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let hint = match suggest(name, known) {
            Some(meant) => format!("did you mean `{meant}`? `fluxctl group list` shows all"),
            None => "`fluxctl group list` shows all".to_owned(),
        };
        let mut error = CommandError::new(ErrorKind::NotFound, format!("group `{name}` does not exist"));
        error.code = Some(ErrorCode::GROUP_ID_NOT_FOUND);
        error.with_hint(hint)
    }

    /// A first Ctrl-C was not enough, or nothing was left to finish.
    pub(crate) fn interrupted() -> Self {
        CommandError::new(ErrorKind::Interrupted, "interrupted")
    }
}

impl From<ClientError> for CommandError {
    fn from(error: ClientError) -> Self {
        let code = error.error_code();
        let kind = match (&error, code) {
            (ClientError::InvalidConfig(_) | ClientError::InvalidArgument(_), _) => ErrorKind::Usage,
            (_, Some(code)) => ErrorKind::of_code(code),
            (ClientError::Timeout { .. }, None) => ErrorKind::Unreachable,
            _ if error.is_unreachable() => ErrorKind::Unreachable,
            _ => ErrorKind::Failure,
        };
        let coordinator = || coordinator_hint(&error, code);
        let hint = unreachable_hint(&error).or_else(coordinator).or_else(|| member_hint(code?));
        CommandError { kind, source: anyhow::Error::new(error), hint, code }
    }
}

/// Nobody can wait for ever for a coordinator. A broker that knows why there is none has said so.
fn coordinator_hint(error: &ClientError, code: Option<ErrorCode>) -> Option<String> {
    const KAFKA_SAYS: &str = "The coordinator is not available.";
    let is_explained =
        matches!(error, ClientError::NoCoordinator { message: Some(why), .. } if why != KAFKA_SAYS);
    (code == Some(ErrorCode::COORDINATOR_NOT_AVAILABLE) && !is_explained).then(|| {
        "the broker is starting, or its groups are switched off, as by `enable_consumer_groups: false`"
            .to_owned()
    })
}

/// What to do about a group that does not take a member.
fn member_hint(code: ErrorCode) -> Option<String> {
    let hint = match code {
        ErrorCode::INCONSISTENT_GROUP_PROTOCOL => {
            "the group's members must have an assignor in common, see `--assignor`; \
             `fluxctl group describe GROUP --state` shows which it uses"
        }
        ErrorCode::FENCED_INSTANCE_ID | ErrorCode::UNRELEASED_INSTANCE_ID => {
            "two members go by one name: each needs a `--group-instance-id` of its own"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// A broker on this machine that is not there is one command away.
fn unreachable_hint(error: &ClientError) -> Option<String> {
    let attempts = match error {
        ClientError::Connect { attempts } => attempts,
        ClientError::Timeout { cause: Some(cause), .. } => return unreachable_hint(cause),
        _ => return None,
    };
    let is_local = |address: &str| {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        matches!(host, "localhost" | "[::1]") || host.starts_with("127.")
    };
    Some(match attempts.as_slice() {
        [attempt] if is_local(&attempt.address) => match attempt.address.rsplit_once(':') {
            Some((_, port)) if port != "9092" => {
                format!("`fluxctl broker start --port {port}` starts a broker there; `-b HOST:PORT` names another")
            }
            _ => "`fluxctl broker start` starts a broker there; `-b HOST:PORT` names another".to_owned(),
        },
        _ => "`-b HOST:PORT` or `-P PROFILE` names another cluster; `fluxctl profile show --origin` shows where this \
              address comes from, `fluxctl broker start` starts a broker on this machine"
            .to_owned(),
    })
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        let (kind, hint) = match &error {
            ProfileError::NotFound { suggestion: Some(meant), .. } => {
                (ErrorKind::NotFound, Some(format!("did you mean `{meant}`?")))
            }
            ProfileError::NotFound { name, known, .. } if known.is_empty() => {
                (ErrorKind::NotFound, Some(format!("`fluxctl profile add {name} HOST:PORT` adds it")))
            }
            ProfileError::NotFound { name, known, .. } => (
                ErrorKind::NotFound,
                Some(format!(
                    "the profiles are {}; `fluxctl profile add {name} HOST:PORT` adds it",
                    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )),
            ),
            ProfileError::Exists { name } => (
                ErrorKind::Exists,
                Some(format!(
                    "`fluxctl profile show {name}` shows it, `fluxctl profile delete {name}` removes it"
                )),
            ),
            ProfileError::InvalidName { .. } => (ErrorKind::Usage, None),
            ProfileError::NoPrevious => {
                (ErrorKind::NotFound, Some("`fluxctl profile list` shows all profiles".to_owned()))
            }
            ProfileError::Syntax { .. } | ProfileError::Field { .. } => {
                (ErrorKind::Failure, Some("the file is as it was: correct it there and try again".to_owned()))
            }
            ProfileError::FutureVersion { .. } => (
                ErrorKind::Failure,
                Some("a newer fluxctl wrote it; use that, or another file with `--config`".into()),
            ),
            _ => (ErrorKind::Failure, None),
        };
        CommandError { kind, source: anyhow::Error::new(error), hint, code: None }
    }
}

impl From<FluxmqError> for CommandError {
    fn from(error: FluxmqError) -> Self {
        let kind = match &error {
            FluxmqError::Config(_) => ErrorKind::Usage,
            _ => ErrorKind::Failure,
        };
        CommandError { kind, source: anyhow::Error::new(error), hint: None, code: None }
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => ErrorKind::OutputClosed,
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Failure,
        };
        CommandError { kind, source: anyhow::Error::new(error), hint: None, code: None }
    }
}

#[cfg(test)]
mod tests {
    use fluxmq_client::ConnectAttempt;

    use super::*;

    fn refused(addresses: &[&str]) -> CommandError {
        let attempts = addresses.iter().map(|address| ConnectAttempt {
            address: (*address).to_owned(),
            reason: "connection refused".to_owned(),
        });
        ClientError::Connect { attempts: attempts.collect() }.into()
    }

    #[test]
    fn no_broker_names_the_command_that_starts_one() {
        let error = refused(&["127.0.0.1:9092"]);
        assert_eq!(exit_code(error.kind), 5);
        assert!(error.hint.unwrap().starts_with("`fluxctl broker start` starts"));
        assert!(
            refused(&["localhost:1234"])
                .hint
                .unwrap()
                .starts_with("`fluxctl broker start --port 1234` starts")
        );
        assert!(refused(&["prod:9092"]).hint.unwrap().starts_with("`-b HOST:PORT` or `-P PROFILE`"));
    }

    #[test]
    fn a_broker_s_refusal_has_its_kind() {
        for (code, number) in [
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 3),
            (ErrorCode::TOPIC_AUTHORIZATION_FAILED, 4),
            (ErrorCode::REQUEST_TIMED_OUT, 5),
            (ErrorCode::TOPIC_ALREADY_EXISTS, 6),
            (ErrorCode::INVALID_CONFIG, 1),
        ] {
            let error = CommandError::from(ClientError::server(code, "topic `t`", None));
            assert_eq!((exit_code(error.kind), error.code), (number, Some(code)));
        }
    }

    #[test]
    fn a_member_that_is_not_taken_hears_what_to_change() {
        for (code, word) in [
            (ErrorCode::INCONSISTENT_GROUP_PROTOCOL, "`--assignor`"),
            (ErrorCode::FENCED_INSTANCE_ID, "`--group-instance-id`"),
        ] {
            let error = CommandError::from(ClientError::server(code, "group `g`", None));
            assert!(error.hint.unwrap().contains(word));
        }
    }

    #[test]
    fn an_unknown_topic_is_guessed_or_created() {
        let error = CommandError::no_topic("ordres", ["orders", "payments"]);
        assert_eq!(error.source.to_string(), "topic `ordres` does not exist");
        assert_eq!(
            error.hint.as_deref(),
            Some("did you mean `orders`? Else `fluxctl topic create ordres` creates it")
        );
        let error = CommandError::no_topic("x", []);
        assert!(error.hint.unwrap().contains("`fluxctl topic create x`"));
    }

    #[test]
    fn a_closed_pipe_is_success() {
        let error = CommandError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(exit_code(error.kind), 0);
    }
}
