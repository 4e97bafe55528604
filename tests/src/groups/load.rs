//! What a group works on: a writer of numbered records that never stops, and a bystander who looks at the committed
//! offsets. Both outlast the death of the broker.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use fluxmq_protocol::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;

use super::checker::Read;
use super::history::Place;
use super::member::now;
use crate::connection::Connection;
use crate::stored;

const PRODUCE_VERSION: i16 = 9;
const OFFSET_FETCH_VERSION: i16 = 7;
/// Between two rounds over all partitions.
const PAUSE: Duration = Duration::from_millis(150);
const RECORDS_IN_A_ROUND: i64 = 2;

/// A topic that is written to, and a group whose offsets are watched.
#[derive(Debug, Clone)]
pub struct Work {
    pub address: String,
    pub group: String,
    pub topic: String,
    pub partitions: i32,
}

/// The writer and the bystander under way.
#[derive(Debug)]
pub struct Load {
    work: Work,
    stop_writing: Arc<AtomicBool>,
    stop_reading: Arc<AtomicBool>,
    reads: Arc<Mutex<Vec<Read>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Work {
    pub fn places(&self) -> impl Iterator<Item = Place> {
        (0..self.partitions).map(|partition| (self.topic.clone(), partition))
    }

    /// Where each partition ends now.
    pub fn ends(&self) -> BTreeMap<Place, i64> {
        let end = |place: Place| {
            let end = stored::log_end_offset(&self.address, &place.0, place.1);
            (place, end)
        };
        self.places().map(end).collect()
    }

    /// The committed offsets now, of those partitions that have one.
    pub fn committed(&self, connection: &mut Connection) -> io::Result<Vec<Read>> {
        let topic = OffsetFetchRequestTopic {
            name: self.topic.clone(),
            partition_indexes: (0..self.partitions).collect(),
        };
        let request = OffsetFetchRequest {
            group_id: self.group.clone(),
            topics: Some(vec![topic]),
            ..Default::default()
        };
        let asked = now();
        let response = connection.call(&request, OFFSET_FETCH_VERSION)?;
        let answered = now();
        if !response.error_code.is_ok() {
            return Err(io::Error::other(response.error_code.to_string()));
        }
        let partitions = response.topics.into_iter().flat_map(|topic| topic.partitions);
        let known =
            partitions.filter(|partition| partition.error_code.is_ok() && partition.committed_offset >= 0);
        let read = |place, offset| Read { asked, answered, place, offset };
        Ok(known
            .map(|found| read((self.topic.clone(), found.partition_index), found.committed_offset))
            .collect())
    }

    /// One record after another, to all partitions in turn.
    fn write(&self, stop: &AtomicBool) {
        let (mut connection, mut number) = (None, 0);
        while !stop.load(Ordering::Relaxed) {
            for partition in 0..self.partitions {
                if self.write_some(&mut connection, partition, number).is_err() {
                    connection = None;
                }
                number += RECORDS_IN_A_ROUND;
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn write_some(&self, connection: &mut Option<Connection>, partition: i32, number: i64) -> io::Result<()> {
        let connection = open(connection, &self.address)?;
        let mut batch = BatchBuilder::new(Compression::None, None);
        for number in number..number + RECORDS_IN_A_ROUND {
            batch.append(0, None, Some(format!("record {number}").as_bytes()), &[]);
        }
        let batch = batch.build().map_err(io::Error::other)?;
        let request = stored::produce_request(&self.topic, partition, batch);
        connection.call(&request, PRODUCE_VERSION).map(drop)
    }

    /// Looks at the committed offsets all the time.
    fn watch(&self, stop: &AtomicBool, reads: &Mutex<Vec<Read>>) {
        let mut connection = None;
        while !stop.load(Ordering::Relaxed) {
            let found =
                open(&mut connection, &self.address).and_then(|connection| self.committed(connection));
            match found {
                Ok(found) => reads.lock().unwrap_or_else(PoisonError::into_inner).extend(found),
                Err(_) => connection = None,
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Load {
    pub fn begin(work: &Work) -> Load {
        let (stop_writing, stop_reading) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let reads = Arc::<Mutex<Vec<Read>>>::default();
        let writer = std::thread::spawn({
            let (work, stop) = (work.clone(), Arc::clone(&stop_writing));
            move || work.write(&stop)
        });
        let watcher = std::thread::spawn({
            let (work, stop, reads) = (work.clone(), Arc::clone(&stop_reading), Arc::clone(&reads));
            move || work.watch(&stop, &reads)
        });
        Load { work: work.clone(), stop_writing, stop_reading, reads, threads: vec![watcher, writer] }
    }

    /// Ends the writing. Returns where each partition ends.
    pub fn end_writing(&mut self) -> Result<BTreeMap<Place, i64>, String> {
        self.stop_writing.store(true, Ordering::Relaxed);
        if let Some(writer) = self.threads.pop() {
            writer.join().map_err(|_| "the writer broke down")?;
        }
        Ok(self.work.ends())
    }

    /// What has been read of committed offsets so far.
    pub fn reads(&self) -> Vec<Read> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop_writing.store(true, Ordering::Relaxed);
        self.stop_reading.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

/// The connection, opened where there is none.
fn open<'a>(connection: &'a mut Option<Connection>, address: &str) -> io::Result<&'a mut Connection> {
    match connection {
        Some(connection) => Ok(connection),
        None => Ok(connection.insert(Connection::open(address)?)),
    }
}
