//! Which client a member is.

use std::process::Command;

use crate::fluxctl;
use crate::interop::client::Client;
use crate::interop::install::Toolchain;
use crate::interop::program;

/// A client that can be a member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `fluxmq-client`, in a program of the tests' own.
    Ours,
    Foreign(Client),
}

impl Kind {
    /// All that can.
    pub const ALL: [Kind; 6] = [
        Kind::Foreign(Client::Java),
        Kind::Foreign(Client::Confluent),
        Kind::Foreign(Client::FranzGo),
        Kind::Foreign(Client::KafkaPython),
        Kind::Foreign(Client::Kafkajs),
        Kind::Ours,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Ours => "fluxmq_client",
            Kind::Foreign(client) => client.name(),
        }
    }

    /// What must be there for it to run.
    pub fn toolchain(self) -> Option<Toolchain> {
        match self {
            Kind::Ours => None,
            Kind::Foreign(client) => Some(client.toolchain()),
        }
    }

    /// Whether it speaks the protocol in which the broker assigns.
    pub fn speaks_consumer_protocol(self) -> bool {
        matches!(self, Kind::Ours | Kind::Foreign(Client::Java | Client::Confluent))
    }

    /// Whether it knows static members, and assignors that let a member keep what it has.
    pub fn is_modern(self) -> bool {
        self != Kind::Foreign(Client::Kafkajs)
    }

    /// Whether it knows the assignor that is sticky and gives everything up.
    pub fn is_sticky(self) -> bool {
        matches!(self, Kind::Ours | Kind::Foreign(Client::Java | Client::FranzGo))
    }

    /// Whether it waits for a broker that is away. franz-go and kafkajs join anew when they cannot reach it.
    pub fn is_patient(self) -> bool {
        matches!(self, Kind::Ours | Kind::Foreign(Client::Java | Client::Confluent | Client::KafkaPython))
    }

    /// The program, without its job.
    pub(super) fn command(self) -> Command {
        match self {
            Kind::Ours => Command::new(fluxctl::beside("group_member")),
            Kind::Foreign(client) => program::command_of(client),
        }
    }
}

impl From<Client> for Kind {
    fn from(client: Client) -> Self {
        Kind::Foreign(client)
    }
}
