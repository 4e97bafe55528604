//! Messages that were cut, or whose counts lie. What decoding costs in memory is counted by an allocator of our own, which
//! is why this is a test of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

mod apis;

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;

use bytes::Bytes;
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::message::{Layout, Sample};
use fluxmq_protocol::record::message_set::{Magic, Tail, down, up, visit};
use fluxmq_protocol::record::{BatchBuilder, BatchHeader, Compression, RecordBatch, RecordWalk, write_batch};
use fluxmq_protocol::wire::{Reader, Writer};
use fluxmq_protocol::{ApiKey, Decode, Encode, ProtocolRequest};

/// What decoding a few hundred bytes may take in all. Honest messages of that size stay far below.
const BYTES_MAX: usize = 256 * 1024;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// Counts the bytes that each thread takes, never those that it gives back.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(size: usize) {
    TAKEN.with(|taken| taken.set(taken.get().saturating_add(size)));
}

// SAFETY: every call goes to the system's allocator as it came; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        count(memory.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, memory: Memory) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, memory) }
    }

    unsafe fn alloc_zeroed(&self, memory: Memory) -> *mut u8 {
        count(memory.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(memory) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, memory: Memory, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, memory, size) }
    }
}

/// What `work` gives, and the bytes that it took.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = TAKEN.with(Cell::get);
    let result = work();
    (result, TAKEN.with(Cell::get) - before)
}

fn decode<T: Decode>(bytes: &Bytes, version: i16) -> (bool, usize) {
    measured(|| {
        let mut reader = Reader::new(bytes);
        T::decode(&mut reader, version).is_ok() && reader.remaining() == 0
    })
}

/// The largest counts in both spellings, put in place of whatever stands at each byte of `honest`.
fn lies(honest: &Bytes) -> impl Iterator<Item = Bytes> {
    const CLASSIC: &[u8] = &[0x7f, 0xff, 0xff, 0xff];
    const COMPACT: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0x07];
    let lie = |at: usize, replaced: usize, count: &[u8]| {
        let rest = honest.get(at + replaced..).unwrap_or_default();
        Bytes::from([&honest[..at], count, rest].concat())
    };
    (0..honest.len()).flat_map(move |at| [lie(at, 4, CLASSIC), lie(at, 1, COMPACT)])
}

fn check<T: Encode + Decode + Sample>(name: &str, api: ApiKey, version: i16) {
    let mut random = fastrand::Rng::with_seed(1 + u64::from(version.cast_unsigned()));
    for sample in 0..4 {
        let mut out = Vec::new();
        let message = T::sample(&mut random, Layout::of(api, version));
        message.encode(&mut Writer::new(&mut out), version).unwrap();
        let honest = Bytes::from(out);
        let (whole, taken) = decode::<T>(&honest, version);
        assert!(whole, "{name} v{version}");
        let bytes_max = BYTES_MAX.max(2 * taken);
        for length in 0..honest.len() {
            let (whole, _) = decode::<T>(&honest.slice(..length), version);
            assert!(!whole, "{name} v{version}, sample {sample}, cut at {length}");
        }
        for (index, lie) in lies(&honest).enumerate() {
            let (_, taken) = decode::<T>(&lie, version);
            assert!(taken <= bytes_max, "{name} v{version}, sample {sample}, lie {index}: {taken} bytes");
        }
    }
}

macro_rules! one_test_for_each_api {
    ($($module:ident: $request:ident => $response:ident;)+) => {
        $(#[test]
        fn $module() {
            type Request = fluxmq_protocol::messages::$module::$request;
            type Response = <Request as ProtocolRequest>::Response;
            for version in Request::MIN_VERSION..=Request::MAX_VERSION {
                check::<Request>(stringify!($request), Request::API_KEY, version);
                check::<Response>(stringify!($response), Request::API_KEY, version);
            }
        })+
    };
}
apis::for_every_api!(one_test_for_each_api);

#[test]
fn the_allocator_counts() {
    let (_, taken) = measured(|| vec![0_u8; 1000]);
    assert!(taken >= 1000);
}

#[test]
fn headers_that_lie_cost_nothing() {
    for api_version in [8, 9] {
        let header = RequestHeader { api_key: 3, api_version, correlation_id: 7, client_id: Some("me") };
        let mut out = Vec::new();
        header.write(&mut Writer::new(&mut out)).unwrap();
        let honest = Bytes::from(out);
        for lie in lies(&honest) {
            let (_, taken) = measured(|| RequestHeader::read(&mut Reader::new(&lie)).is_ok());
            assert_eq!(taken, 0);
            let (_, taken) = measured(|| {
                ResponseHeader::read(&mut Reader::new(&lie), ApiKey::Metadata, api_version).is_ok()
            });
            assert_eq!(taken, 0);
        }
    }
}

#[test]
fn records_that_lie_cost_nothing() {
    let mut builder = BatchBuilder::new(Compression::None, None);
    for index in 0..5 {
        builder.append(index, Some(b"key"), Some(b"value"), &[]);
    }
    let bytes = builder.build().unwrap();
    let header = BatchHeader { record_count: i32::MAX, ..BatchHeader::parse(&bytes).unwrap() };
    let honest = bytes.slice(61..);
    for lie in lies(&honest) {
        let (_, taken) = measured(|| RecordWalk::new(&lie, i32::MAX).count());
        assert_eq!(taken, 0);
        let mut out = Vec::new();
        write_batch(&header, &lie, None, &mut out).unwrap();
        let batch = RecordBatch::parse(out.into()).unwrap();
        let (records, taken) = measured(|| batch.records(1 << 20).unwrap().count());
        assert!(records <= 6 && taken <= 1024, "{records} records, {taken} bytes");
    }
}

#[test]
fn message_sets_that_lie_cost_little() {
    const LIMIT: usize = 16 * 1024;
    for magic in [Magic::V0, Magic::V1] {
        for codec in [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4] {
            let mut builder = BatchBuilder::new(codec, None);
            for index in 0..5 {
                builder.append(index, Some(b"key"), Some(b"value"), &[]);
            }
            let batch = RecordBatch::parse(builder.build().unwrap()).unwrap();
            let mut honest = Vec::new();
            down(&batch, magic, 0, LIMIT, &mut honest).unwrap();
            let honest = Bytes::from(honest);
            let (_, taken) = measured(|| up(&honest, LIMIT).is_ok());
            let bytes_max = BYTES_MAX.max(2 * taken);
            for (index, lie) in lies(&honest).enumerate() {
                let (_, taken) = measured(|| up(&lie, LIMIT).is_ok());
                assert!(taken <= bytes_max, "{magic:?} {codec}, lie {index}: {taken} bytes");
                // A checksum that is right again lets the lie through to whoever reads the lengths.
                let lie = with_checksum(&lie);
                let (_, taken) = measured(|| visit(&lie, LIMIT, Tail::Ignored, |_| ()).is_ok());
                assert!(taken <= bytes_max, "{magic:?} {codec}, signed lie {index}: {taken} bytes");
            }
        }
    }
}

/// The first message of a set as its maker would have signed it.
fn with_checksum(set: &Bytes) -> Bytes {
    let mut set = set.to_vec();
    let size = u32::from_be_bytes(set[8..12].try_into().unwrap()) as usize;
    if let Some(covered) = set.get(16..size.saturating_add(12).min(set.len())) {
        let mut crc = flate2::Crc::new();
        crc.update(covered);
        let crc = crc.sum().to_be_bytes();
        set[12..16].copy_from_slice(&crc);
    }
    set.into()
}
