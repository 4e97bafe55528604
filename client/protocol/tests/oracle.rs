//! Every message in every version against `kafka-protocol`, byte for byte in both directions; versions that it lacks
//! today against its release 0.15.1.
//!
//! ```text
//! our value -> our bytes -> oracle reads -> oracle writes -> the same bytes -> our value again
//! oracle's default -> oracle writes -> we read -> we write -> the same bytes
//! ```
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod apis;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::RangeInclusive;

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::message::{Layout, Sample};
use fluxmq_protocol::wire::{Reader, WireError, Writer};
use fluxmq_protocol::{ApiKey, Decode, Encode, ProtocolRequest};

const SAMPLES: usize = 40;

/// What is asked of the other implementation about one message.
struct Oracle {
    versions: RangeInclusive<i16>,
    /// Reads a message and writes what it has read.
    echo: fn(&Bytes, i16) -> Result<Bytes, String>,
    /// Writes its default.
    default: fn(i16) -> Result<Bytes, String>,
}

macro_rules! oracle {
    ($name:ident, $library:ident) => {
        fn $name<T>() -> Oracle
        where
            T: $library::protocol::Message
                + $library::protocol::Encodable
                + $library::protocol::Decodable
                + Debug
                + Default,
        {
            Oracle {
                versions: T::VERSIONS.min..=T::VERSIONS.max,
                echo: |bytes, version| {
                    let mut rest = bytes.clone();
                    let message = T::decode(&mut rest, version).map_err(|error| error.to_string())?;
                    if !rest.is_empty() {
                        return Err(format!("{} bytes are left", rest.len()));
                    }
                    // It would write tagged fields that it does not know as it has read them.
                    if format!("{message:?}")
                        .replace("unknown_tagged_fields: {}", "")
                        .contains("unknown_tagged_fields")
                    {
                        return Err(format!("there are unknown tagged fields in {message:?}"));
                    }
                    let mut out = BytesMut::new();
                    message.encode(&mut out, version).map_err(|error| error.to_string())?;
                    Ok(out.freeze())
                },
                default: |version| {
                    let mut out = BytesMut::new();
                    T::default().encode(&mut out, version).map_err(|error| error.to_string())?;
                    Ok(out.freeze())
                },
            }
        }
    };
}
oracle!(current, kafka_protocol);
oracle!(legacy, kafka_protocol_legacy);

fn encoded<T: Encode>(message: &T, version: i16) -> Bytes {
    let mut out = Vec::new();
    message.encode(&mut Writer::new(&mut out), version).unwrap();
    out.into()
}

fn decoded<T: Decode>(bytes: &Bytes, version: i16) -> Result<T, WireError> {
    let mut reader = Reader::new(bytes);
    let message = T::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(message)
}

/// Compares one message in all versions and returns those that no oracle has.
fn compare<T>(name: &str, api: ApiKey, versions: RangeInclusive<i16>, oracles: &[(&str, Oracle)]) -> Vec<i16>
where
    T: Encode + Decode + Sample + PartialEq + Debug,
{
    let mut alone = Vec::new();
    for version in versions {
        let mut random = fastrand::Rng::with_seed(u64::from(version.cast_unsigned()));
        let oracle = oracles.iter().find(|(_, oracle)| oracle.versions.contains(&version));
        for sample in 0..SAMPLES {
            let value = T::sample(&mut random, Layout::of(api, version));
            let ours = encoded(&value, version);
            let back = decoded::<T>(&ours, version);
            assert_eq!(back.as_ref(), Ok(&value), "{name} v{version}, sample {sample}");
            let Some((which, oracle)) = oracle else { continue };
            let theirs = (oracle.echo)(&ours, version);
            assert_eq!(theirs.as_ref(), Ok(&ours), "{name} v{version}, sample {sample}, {which}: {value:#?}");
        }
        match oracle {
            Some((which, oracle)) => {
                let theirs = (oracle.default)(version).unwrap();
                let value = decoded::<T>(&theirs, version);
                let ours = value.as_ref().map(|value| encoded(value, version));
                assert_eq!(ours, Ok(theirs), "the default of {name} v{version} of {which}: {value:#?}");
            }
            None => alone.push(version),
        }
    }
    alone
}

macro_rules! one_test_for_each_api {
    ($($module:ident: $request:ident => $response:ident;)+) => {
        $(#[test]
        fn $module() {
            check::$module();
        })+

        /// The messages, each with a function that compares it and names the versions without an oracle.
        mod check {
            use super::*;

            $(pub(super) fn $module() -> [(&'static str, Vec<i16>); 2] {
                use fluxmq_protocol::messages::$module as ours;
                type Request = ours::$request;
                type Response = <Request as ProtocolRequest>::Response;
                let versions = Request::MIN_VERSION..=Request::MAX_VERSION;
                let requests = [
                    ("kafka-protocol 0.18", current::<kafka_protocol::messages::$request>()),
                    ("kafka-protocol 0.15", legacy::<kafka_protocol_legacy::messages::$request>()),
                ];
                let responses = [
                    ("kafka-protocol 0.18", current::<kafka_protocol::messages::$response>()),
                    ("kafka-protocol 0.15", legacy::<kafka_protocol_legacy::messages::$response>()),
                ];
                let (request, response) = (stringify!($request), stringify!($response));
                [
                    (request, compare::<Request>(request, Request::API_KEY, versions.clone(), &requests)),
                    (response, compare::<Response>(response, Request::API_KEY, versions, &responses)),
                ]
            })+
        }

        fn modules() -> Vec<&'static str> {
            vec![$(stringify!($module)),+]
        }

        fn versions_without_an_oracle() -> BTreeMap<&'static str, Vec<i16>> {
            let all = [$(check::$module()),+];
            all.into_iter().flatten().filter(|(_, versions)| !versions.is_empty()).collect()
        }
    };
}
apis::for_every_api!(one_test_for_each_api);

#[test]
fn every_described_message_is_compared() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/messages");
    let mut described: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".rs", ""))
        .filter(|name| name != "mod")
        .collect();
    described.sort();
    assert_eq!(modules(), described);
}

#[test]
fn the_versions_without_an_oracle_are_known() {
    // `golden.rs` has bytes written by hand for each of them.
    let known = [
        ("ApiVersionsRequest", vec![5]),
        ("ApiVersionsResponse", vec![5]),
        ("DeleteGroupsRequest", vec![3]),
        ("DeleteGroupsResponse", vec![3]),
        ("DescribeLogDirsRequest", vec![5]),
        ("DescribeLogDirsResponse", vec![5]),
        ("ListOffsetsRequest", vec![11]),
        ("ListOffsetsResponse", vec![11]),
        ("OffsetCommitRequest", vec![10]),
        ("OffsetFetchRequest", vec![10]),
        ("TxnOffsetCommitRequest", vec![6]),
        ("TxnOffsetCommitResponse", vec![6]),
    ];
    assert_eq!(versions_without_an_oracle(), BTreeMap::from(known));
}
