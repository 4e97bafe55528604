//! The records that clients write.

use super::client::{Client, Writes};
use super::job::{Sample, Seen};

/// When the first record happened, in milliseconds.
pub const EPOCH_MS: i64 = 1_700_000_000_000;

/// One record of every shape that a client can write, all for partition 0 where it can be told so.
pub fn shapes(client: Client) -> Vec<Sample> {
    shapes_of(client, client.writes())
}

/// [`shapes`] without anything that is no text, for readers that print lines.
pub fn plain_shapes(client: Client) -> Vec<Sample> {
    shapes_of(client, Writes { binary: false, ..client.writes() })
}

fn shapes_of(client: Client, writes: Writes) -> Vec<Sample> {
    let mut samples = vec![
        sample(Some(b"key"), Some(b"value")),
        sample(None, Some(b"a value without a key")),
        sample(Some(b"tombstone"), None),
        sample(Some(b"empty"), Some(b"")),
        sample(Some("schl\u{fc}ssel".as_bytes()), Some("\u{4f60}\u{597d}, \u{1f30d}".as_bytes())),
        sample(Some(b"long"), Some("as long as it compresses well ".repeat(700).as_bytes())),
        with_headers(headers(writes)),
    ];
    if writes.empty_keys {
        samples.push(sample(Some(b""), Some(b"an empty key")));
    }
    if writes.binary {
        let bytes: Vec<u8> = (0..=255).collect();
        samples.push(sample(Some(&bytes), Some(&bytes)));
        samples.push(with_headers(vec![("bytes", Some(&[1, 255, 13, 254, 9]))]));
    }
    for (index, sample) in (0..).zip(&mut samples) {
        sample.partition = client.chooses_partitions().then_some(0);
        // Out of order on purpose: from the third on, neighbours change places.
        sample.timestamp_ms = writes.timestamps.then_some(EPOCH_MS + (index ^ i64::from(index >= 2)) * 1000);
    }
    samples
}

fn headers(writes: Writes) -> Vec<(&'static str, Option<&'static [u8]>)> {
    let mut headers: Vec<(_, Option<&[u8]>)> = vec![
        ("twice", Some(b"1")),
        ("twice", Some(b"2")),
        ("empty", Some(b"")),
        ("na\u{ef}ve", Some(b"name")),
    ];
    if writes.headers_without_value {
        headers.push(("null", None));
    }
    headers
}

/// Three short records for the partition, a second after one another.
pub fn few(partition: i32, count: i64) -> Vec<Sample> {
    let one = |index: i64| Sample {
        partition: Some(partition),
        timestamp_ms: Some(EPOCH_MS + index * 1000),
        ..sample(Some(b"key"), Some(format!("record {index}").as_bytes()))
    };
    (0..count).map(one).collect()
}

/// A record with a value of 900 KiB that does not compress, as text.
pub fn large(partition: Option<i32>) -> Sample {
    let mut random = fastrand::Rng::with_seed(900);
    let value: String = (0..900 * 1024).map(|_| random.alphanumeric()).collect();
    Sample { partition, ..sample(Some(b"large"), Some(value.as_bytes())) }
}

/// Records with keys of every length up to 20 and no partition.
pub fn keyed() -> Vec<Sample> {
    let keys = (1..=20).map(|length| "abcdefghijklmnopqrst"[..length].to_owned());
    let numbers = (0..20).map(|number| format!("order-{number}"));
    let one = |key: String| sample(Some(key.as_bytes()), Some(format!("value of {key}").as_bytes()));
    keys.chain(numbers).map(one).collect()
}

/// Whether the broker keeps what was written: the same records in the same order.
pub fn compare(samples: &[Sample], stored: &[Seen]) -> Result<(), String> {
    if samples.len() != stored.len() {
        return Err(format!("{} records were written and {} are stored", samples.len(), stored.len()));
    }
    for (sample, seen) in samples.iter().zip(stored) {
        let same = sample.key == seen.key
            && sample.value == seen.value
            && sample.headers == seen.headers
            && sample.partition.is_none_or(|partition| partition == seen.partition)
            && sample.timestamp_ms.is_none_or(|timestamp_ms| timestamp_ms == seen.timestamp_ms);
        if !same {
            return Err(format!("written: {sample:?}\nstored: {seen:?}"));
        }
    }
    Ok(())
}

fn sample(key: Option<&[u8]>, value: Option<&[u8]>) -> Sample {
    Sample { key: key.map(<[u8]>::to_vec), value: value.map(<[u8]>::to_vec), ..Sample::default() }
}

fn with_headers(headers: Vec<(&str, Option<&[u8]>)>) -> Sample {
    let own = |(name, content): (&str, Option<&[u8]>)| (name.to_owned(), content.map(<[u8]>::to_vec));
    Sample {
        headers: headers.into_iter().map(own).collect(),
        ..sample(Some(b"headers"), Some(b"a value with headers"))
    }
}
