//! Kafka's error codes: one table of code, name, whether a client may simply try again, and a sentence.

use std::fmt;

/// An error code of the protocol. Codes that this table does not know are kept as they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ErrorCode(pub i16);

struct Entry {
    code: i16,
    name: &'static str,
    retriable: bool,
    sentence: &'static str,
}

macro_rules! error_codes {
    ($($code:literal $name:ident $retriable:ident $sentence:literal;)+) => {
        impl ErrorCode {
            $(#[doc = $sentence] pub const $name: ErrorCode = ErrorCode($code);)+
        }
        const TABLE: &[Entry] = &[
            $(Entry { code: $code, name: stringify!($name), retriable: error_codes!(@ $retriable), sentence: $sentence },)+
        ];
    };
    (@ retriable) => { true };
    (@ fatal) => { false };
}

error_codes! {
    0 NONE fatal "no error";
    -1 UNKNOWN_SERVER_ERROR fatal "the broker failed in a way that it has no code for";
    1 OFFSET_OUT_OF_RANGE fatal "the offset is below the log start offset or above the log end offset";
    2 CORRUPT_MESSAGE retriable "the record batch is damaged: its checksum or its size does not fit its bytes";
    3 UNKNOWN_TOPIC_OR_PARTITION retriable "the broker does not host this topic or partition";
    4 INVALID_FETCH_SIZE fatal "the requested fetch size is not valid";
    5 LEADER_NOT_AVAILABLE retriable "the partition has no leader at the moment";
    6 NOT_LEADER_OR_FOLLOWER retriable "this broker is not the leader, or not a replica, of the partition";
    7 REQUEST_TIMED_OUT retriable "the request did not finish within its time-out";
    8 BROKER_NOT_AVAILABLE retriable "the broker is not available";
    9 REPLICA_NOT_AVAILABLE retriable "the replica is not available";
    10 MESSAGE_TOO_LARGE fatal "the record batch is larger than the topic or broker accepts";
    11 STALE_CONTROLLER_EPOCH fatal "the controller epoch is not the current one";
    12 OFFSET_METADATA_TOO_LARGE fatal "the metadata of a committed offset is too long";
    13 NETWORK_EXCEPTION retriable "the connection ended before the answer came";
    14 COORDINATOR_LOAD_IN_PROGRESS retriable "the coordinator is still loading its state";
    15 COORDINATOR_NOT_AVAILABLE retriable "the coordinator is not available";
    16 NOT_COORDINATOR retriable "this broker is not the coordinator of the group or transactional id";
    17 INVALID_TOPIC_EXCEPTION fatal "the topic name is not legal, or is reserved, or collides with another one";
    18 RECORD_LIST_TOO_LARGE fatal "the record list is larger than a log segment";
    19 NOT_ENOUGH_REPLICAS retriable "fewer replicas are in sync than `min.insync.replicas` asks for";
    20 NOT_ENOUGH_REPLICAS_AFTER_APPEND retriable "the records were appended, but to fewer in-sync replicas than required";
    21 INVALID_REQUIRED_ACKS fatal "acks must be -1, 0 or 1";
    22 ILLEGAL_GENERATION fatal "the generation id is not the group's current one";
    23 INCONSISTENT_GROUP_PROTOCOL fatal "the member's protocols do not fit those of the group";
    24 INVALID_GROUP_ID fatal "the group id is not valid";
    25 UNKNOWN_MEMBER_ID fatal "the group does not know this member id";
    26 INVALID_SESSION_TIMEOUT fatal "the session time-out is outside of what the broker allows";
    27 REBALANCE_IN_PROGRESS fatal "the group is rebalancing; rejoin it";
    28 INVALID_COMMIT_OFFSET_SIZE fatal "the committed offset's record is too large";
    29 TOPIC_AUTHORIZATION_FAILED fatal "not allowed on this topic";
    30 GROUP_AUTHORIZATION_FAILED fatal "not allowed on this group";
    31 CLUSTER_AUTHORIZATION_FAILED fatal "not allowed on this cluster";
    32 INVALID_TIMESTAMP fatal "a record's timestamp is outside of what the topic accepts";
    33 UNSUPPORTED_SASL_MECHANISM fatal "the broker does not offer this SASL mechanism";
    34 ILLEGAL_SASL_STATE fatal "the request does not fit the state of the SASL exchange";
    35 UNSUPPORTED_VERSION fatal "the broker does not support this version of the API";
    36 TOPIC_ALREADY_EXISTS fatal "a topic of this name exists already";
    37 INVALID_PARTITIONS fatal "the number of partitions is not valid";
    38 INVALID_REPLICATION_FACTOR fatal "the replication factor is not valid for the brokers there are";
    39 INVALID_REPLICA_ASSIGNMENT fatal "the replica assignment is not valid";
    40 INVALID_CONFIG fatal "a configuration key or value is not valid";
    41 NOT_CONTROLLER retriable "this broker is not the controller";
    42 INVALID_REQUEST fatal "the request contradicts itself or lacks something";
    43 UNSUPPORTED_FOR_MESSAGE_FORMAT fatal "the message format does not support this";
    44 POLICY_VIOLATION fatal "a policy of the cluster refuses the request";
    45 OUT_OF_ORDER_SEQUENCE_NUMBER fatal "a sequence number of the producer is missing before this batch";
    46 DUPLICATE_SEQUENCE_NUMBER fatal "the producer's sequence number was appended already";
    47 INVALID_PRODUCER_EPOCH fatal "the producer's epoch is older than the current one";
    48 INVALID_TXN_STATE fatal "the transaction's state does not allow this";
    49 INVALID_PRODUCER_ID_MAPPING fatal "the producer id does not belong to this transactional id";
    50 INVALID_TRANSACTION_TIMEOUT fatal "the transaction time-out is longer than the broker allows";
    51 CONCURRENT_TRANSACTIONS fatal "another operation on this transaction is under way";
    52 TRANSACTION_COORDINATOR_FENCED fatal "the transaction coordinator's epoch is older than the current one";
    53 TRANSACTIONAL_ID_AUTHORIZATION_FAILED fatal "not allowed on this transactional id";
    54 SECURITY_DISABLED fatal "no authorizer is configured";
    55 OPERATION_NOT_ATTEMPTED fatal "the operation was not tried because an earlier part of the request failed";
    56 KAFKA_STORAGE_ERROR retriable "the broker could not read or write its disk";
    57 LOG_DIR_NOT_FOUND fatal "the log directory does not exist";
    58 SASL_AUTHENTICATION_FAILED fatal "the credentials were not accepted";
    59 UNKNOWN_PRODUCER_ID fatal "the broker holds no state for this producer id";
    60 REASSIGNMENT_IN_PROGRESS fatal "a reassignment of the partition is under way";
    61 DELEGATION_TOKEN_AUTH_DISABLED fatal "delegation tokens are not enabled";
    62 DELEGATION_TOKEN_NOT_FOUND fatal "the delegation token is not known";
    63 DELEGATION_TOKEN_OWNER_MISMATCH fatal "the delegation token belongs to somebody else";
    64 DELEGATION_TOKEN_REQUEST_NOT_ALLOWED fatal "delegation tokens cannot be requested over this connection";
    65 DELEGATION_TOKEN_AUTHORIZATION_FAILED fatal "not allowed on this delegation token";
    66 DELEGATION_TOKEN_EXPIRED fatal "the delegation token has expired";
    67 INVALID_PRINCIPAL_TYPE fatal "the principal type is not supported";
    68 NON_EMPTY_GROUP fatal "the group has members";
    69 GROUP_ID_NOT_FOUND fatal "the group does not exist";
    70 FETCH_SESSION_ID_NOT_FOUND retriable "the fetch session is not known";
    71 INVALID_FETCH_SESSION_EPOCH retriable "the fetch session's epoch is not the expected one";
    72 LISTENER_NOT_FOUND retriable "the leader has no listener like the one the request came in on";
    73 TOPIC_DELETION_DISABLED fatal "topic deletion is disabled";
    74 FENCED_LEADER_EPOCH retriable "the leader epoch is older than the broker's";
    75 UNKNOWN_LEADER_EPOCH retriable "the leader epoch is newer than the broker's";
    76 UNSUPPORTED_COMPRESSION_TYPE fatal "this API version does not allow the batch's compression type";
    77 STALE_BROKER_EPOCH fatal "the broker epoch is not the current one";
    78 OFFSET_NOT_AVAILABLE retriable "the leader cannot yet tell its high watermark";
    79 MEMBER_ID_REQUIRED fatal "a member id is required: join again with the one in the answer";
    80 PREFERRED_LEADER_NOT_AVAILABLE retriable "the preferred leader is not available";
    81 GROUP_MAX_SIZE_REACHED fatal "the group has as many members as it may";
    82 FENCED_INSTANCE_ID fatal "another member has taken over this group instance id";
    83 ELIGIBLE_LEADERS_NOT_AVAILABLE retriable "no eligible leader is available";
    84 ELECTION_NOT_NEEDED retriable "the leader need not change";
    85 NO_REASSIGNMENT_IN_PROGRESS fatal "no reassignment is under way";
    86 GROUP_SUBSCRIBED_TO_TOPIC fatal "a member of the group is subscribed to the topic";
    87 INVALID_RECORD fatal "a record does not pass the broker's checks";
    88 UNSTABLE_OFFSET_COMMIT retriable "offsets of an unfinished transaction must settle first";
    89 THROTTLING_QUOTA_EXCEEDED retriable "a quota is used up";
    90 PRODUCER_FENCED fatal "a newer producer with the same transactional id has taken over";
    91 RESOURCE_NOT_FOUND fatal "the resource does not exist";
    92 DUPLICATE_RESOURCE fatal "the resource is named twice";
    93 UNACCEPTABLE_CREDENTIAL fatal "the credential does not meet the requirements";
    94 INCONSISTENT_VOTER_SET fatal "the voter sets of sender and receiver differ";
    95 INVALID_UPDATE_VERSION fatal "the update's version is not valid";
    96 FEATURE_UPDATE_FAILED fatal "the feature could not be updated";
    97 PRINCIPAL_DESERIALIZATION_FAILURE fatal "the principal could not be read";
    98 SNAPSHOT_NOT_FOUND fatal "the snapshot does not exist";
    99 POSITION_OUT_OF_RANGE fatal "the position is outside of the snapshot";
    100 UNKNOWN_TOPIC_ID retriable "the broker does not know this topic id";
    101 DUPLICATE_BROKER_REGISTRATION fatal "a broker with this id is registered already";
    102 BROKER_ID_NOT_REGISTERED fatal "no broker with this id is registered";
    103 INCONSISTENT_TOPIC_ID retriable "the topic id does not fit the topic name";
    104 INCONSISTENT_CLUSTER_ID fatal "the cluster id is a different one";
    105 TRANSACTIONAL_ID_NOT_FOUND fatal "the transactional id does not exist";
    106 FETCH_SESSION_TOPIC_ID_ERROR retriable "a topic id changed within the fetch session";
    107 INELIGIBLE_REPLICA fatal "the replica may not join the in-sync replicas";
    108 NEW_LEADER_ELECTED fatal "the update made another replica the leader";
    109 OFFSET_MOVED_TO_TIERED_STORAGE fatal "the offset has moved to tiered storage";
    110 FENCED_MEMBER_EPOCH fatal "the member epoch is older than the coordinator's";
    111 UNRELEASED_INSTANCE_ID fatal "another member still holds this group instance id";
    112 UNSUPPORTED_ASSIGNOR fatal "the assignor, or its version, is not supported";
    113 STALE_MEMBER_EPOCH fatal "the member epoch is not the current one";
    114 MISMATCHED_ENDPOINT_TYPE fatal "the endpoint is of the other type: broker or controller";
    115 UNSUPPORTED_ENDPOINT_TYPE fatal "this endpoint type is not supported";
    116 UNKNOWN_CONTROLLER_ID fatal "the controller id is not known";
    117 UNKNOWN_SUBSCRIPTION_ID fatal "the telemetry subscription id is not the current one";
    118 TELEMETRY_TOO_LARGE fatal "the telemetry payload is larger than the broker accepts";
    119 INVALID_REGISTRATION fatal "the registration is not valid";
    120 TRANSACTION_ABORTABLE fatal "the transaction met an error and must be aborted";
    121 INVALID_RECORD_STATE fatal "the record's delivery state does not allow this";
    122 SHARE_SESSION_NOT_FOUND fatal "the share session does not exist";
    123 INVALID_SHARE_SESSION_EPOCH fatal "the share session's epoch is not the expected one";
    124 FENCED_STATE_EPOCH fatal "the share group state's epoch is older than the current one";
    125 INVALID_VOTER_KEY fatal "the voter key is not the receiver's";
    126 DUPLICATE_VOTER fatal "the voter is in the set already";
    127 VOTER_NOT_FOUND fatal "the voter is not in the set";
    128 INVALID_REGULAR_EXPRESSION fatal "the regular expression is not valid";
    129 REBOOTSTRAP_REQUIRED fatal "the client's view is too old: bootstrap again";
    130 STREAMS_INVALID_TOPOLOGY fatal "the streams topology is not valid";
    131 STREAMS_INVALID_TOPOLOGY_EPOCH fatal "the streams topology epoch is not valid";
    132 STREAMS_TOPOLOGY_FENCED fatal "the streams topology epoch is older than the group's";
    133 SHARE_SESSION_LIMIT_REACHED retriable "the broker holds as many share sessions as it may";
}

impl ErrorCode {
    /// The code as it stands on the wire.
    pub const fn code(self) -> i16 {
        self.0
    }

    /// Whether this says that all is well.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// Kafka's name, such as `UNKNOWN_TOPIC_OR_PARTITION`; `UNKNOWN` for a code that the table lacks.
    pub fn name(self) -> &'static str {
        self.entry().map_or("UNKNOWN", |entry| entry.name)
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn is_retriable(self) -> bool {
        self.entry().is_some_and(|entry| entry.retriable)
    }

    /// What the code means, in one lower-case sentence without a full stop.
    pub fn sentence(self) -> &'static str {
        self.entry()
            .map_or("the broker answered with a code that this client does not know", |entry| entry.sentence)
    }

    /// The code with this name, in any case.
    pub fn from_name(name: &str) -> Option<ErrorCode> {
        TABLE.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| ErrorCode(entry.code))
    }

    /// Every code of the table, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = ErrorCode> {
        TABLE.iter().map(|entry| ErrorCode(entry.code))
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|entry| entry.code == self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_number_and_by_its_name() {
        for code in ErrorCode::all() {
            assert_eq!(ErrorCode::from_name(code.name()), Some(code));
        }
        assert!(ErrorCode::NOT_LEADER_OR_FOLLOWER.is_retriable());
        assert!(!ErrorCode::TOPIC_ALREADY_EXISTS.is_retriable());
    }

    #[test]
    fn an_unknown_code_keeps_its_number() {
        assert_eq!(ErrorCode(999).to_string(), "UNKNOWN (999)");
    }
}
