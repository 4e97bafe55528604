//! States and types of groups by Kafka's names.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! names {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// One that this client does not know, by its name.
            Other(String),
        }

        impl $name {
            /// All that this client knows.
            pub const KNOWN: &'static [$name] = &[$($name::$variant,)*];

            /// Kafka's name for it.
            pub fn name(&self) -> &str {
                match self {
                    $($name::$variant => $text,)*
                    $name::Other(name) => name,
                }
            }

            /// The one of this name, in any case.
            pub fn from_name(name: &str) -> Self {
                let known = Self::KNOWN.iter().find(|known| known.name().eq_ignore_ascii_case(name));
                known.cloned().unwrap_or_else(|| $name::Other(name.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}

names! {
    /// What a group is doing.
    GroupState {
        /// Its members read, each what was assigned to it.
        Stable = "Stable",
        /// It has no members; what it has committed is kept.
        Empty = "Empty",
        /// It has no members and nothing committed, and is about to be forgotten.
        Dead = "Dead",
        /// The coordinator waits for all members to join anew (classic groups).
        PreparingRebalance = "PreparingRebalance",
        /// The coordinator waits for the leader's assignment (classic groups).
        CompletingRebalance = "CompletingRebalance",
        /// The coordinator works out an assignment (KIP-848).
        Assigning = "Assigning",
        /// The members move to a new assignment (KIP-848).
        Reconciling = "Reconciling",
        /// The group cannot be assigned yet (streams groups, KIP-1071).
        NotReady = "NotReady",
    }
}

names! {
    /// How a group is coordinated.
    GroupType {
        /// By its members: JoinGroup and SyncGroup.
        Classic = "classic",
        /// By the broker (KIP-848).
        Consumer = "consumer",
        /// A share group (KIP-932).
        Share = "share",
        /// A group of Kafka Streams that the broker coordinates (KIP-1071).
        Streams = "streams",
    }
}

impl GroupState {
    /// Whether nobody reads with the group, so that what it has committed may be changed from outside.
    pub fn is_idle(&self) -> bool {
        matches!(self, GroupState::Empty | GroupState::Dead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kafka_s_and_unknown_ones_are_kept() {
        assert_eq!(GroupState::from_name("preparingrebalance"), GroupState::PreparingRebalance);
        assert_eq!(GroupType::from_name("Classic").to_string(), "classic");
        let tomorrow = GroupState::from_name("Dreaming");
        assert_eq!((tomorrow.name(), tomorrow.is_idle()), ("Dreaming", false));
        assert_eq!(serde_json::to_value(GroupState::Empty).unwrap(), "Empty");
    }
}
