//! A round that ends at each of its operations on files, and one in which each of them fails once.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::model::Model;
use super::*;
use crate::env::files::File;

/// Files of which an operation that changes something fails, and all after it too when `dead`.
#[derive(Debug)]
struct Failing {
    inner: Arc<dyn Files>,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    left: AtomicUsize,
    dead: bool,
}

impl State {
    fn change(&self) -> io::Result<()> {
        match self.left.load(Ordering::SeqCst) {
            0 if self.dead => return Err(io::Error::other("dead")),
            0 => return Ok(()),
            left => self.left.store(left - 1, Ordering::SeqCst),
        }
        if self.left.load(Ordering::SeqCst) == 0 { Err(io::Error::other("failed")) } else { Ok(()) }
    }
}

impl Files for Failing {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        if !self.inner.exists(path) {
            self.state.change()?;
        }
        Ok(Arc::new(FailingFile(self.inner.open(path)?, Arc::clone(&self.state))))
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.inner.list(dir)
    }
    fn exists(&self, path: &Path) -> bool {
        self.inner.exists(path)
    }
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.inner.create_dir_all(dir)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.change()?;
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.state.change()?;
        self.inner.remove(path)
    }
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.inner.remove_dir_all(dir)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.state.change()?;
        self.inner.sync_dir(dir)
    }
}

#[derive(Debug)]
struct FailingFile(Arc<dyn File>, Arc<State>);

impl File for FailingFile {
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        if let Err(error) = self.1.change() {
            self.0.write_at(&bytes[..bytes.len() / 2], position)?;
            return Err(error);
        }
        self.0.write_at(bytes, position)
    }
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buffer, position)
    }
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
    fn truncate(&self, size: u64) -> io::Result<()> {
        self.1.change()?;
        self.0.truncate(size)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.1.change()
    }
    fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        None
    }
}

/// A log of some segments, of which some are cleaned into one.
fn grown(seed: u64) -> (Arc<dyn Files>, Model) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (files, mut model) = (memory(), Model::default());
    for _ in 0..6 {
        write_segment(&files, &model.grow(&mut random));
    }
    (files, model)
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 3_000, index_interval_bytes: 100, ..LogConfig::default() }
}

fn failing(inner: &Arc<dyn Files>, left: usize, dead: bool) -> (Arc<dyn Files>, Arc<State>) {
    let state = Arc::new(State { left: AtomicUsize::new(usize::MAX), dead });
    let files = Arc::new(Failing { inner: Arc::clone(inner), state: Arc::clone(&state) });
    let opened: Arc<dyn Files> = files;
    state.left.store(left, Ordering::SeqCst);
    (opened, state)
}

/// A log over failing files, which do not fail while it is opened.
fn opened(inner: &Arc<dyn Files>, fails: usize, dead: bool) -> (Alone, Arc<State>) {
    let (files, state) = failing(inner, usize::MAX, dead);
    let log = open(&files, &config(), 0);
    state.left.store(fails, Ordering::SeqCst);
    (log, state)
}

/// Without the delete horizons of markers: one that is left alone by half a round has it from the next one on, not from the
/// round after that.
fn comparable(mut all: Vec<StoredBatch>) -> Vec<StoredBatch> {
    all.iter_mut().filter(|batch| batch.control).for_each(|batch| batch.horizon_ms = None);
    all
}

#[test]
fn a_round_that_ends_anywhere_loses_nothing() {
    let mut operations = 0;
    for seed in seeds(4) {
        let mut fails = 1;
        loop {
            let (files, mut model) = grown(seed);
            let (log, state) = opened(&files, fails, true);
            let cleaned = clean_if_due(&log, &eager(), NOW);
            let told = format!("FLUXMQ_SEED={seed} operation {fails}");
            drop(log);
            let before = model.latest_values();
            let log = open(&files, &config(), 0);
            assert_eq!(log.0.lock().log_end_offset(), model.end_offset(), "{told}");
            let left = files.list(Path::new(DIR)).unwrap();
            let is_left = |name: &String| name.ends_with("cleaned") || name.ends_with("swap");
            assert!(!left.iter().any(is_left), "{told}: {left:?}");
            let again = clean_if_due(&log, &eager(), NOW).unwrap();
            model.clean(again, &eager(), NOW);
            assert_eq!(comparable(stored(&log)), comparable(model.all()), "{told}");
            assert_eq!(model.latest_values(), before, "{told}");
            if cleaned.is_ok() && state.left.load(Ordering::SeqCst) > 0 {
                break;
            }
            fails += 1;
        }
        operations += fails;
    }
    // A single seed may have little to clean.
    assert!(operations > 50 || seeds(4).count() == 1, "the rounds are made of {operations} operations");
}

#[test]
fn an_operation_that_fails_costs_the_round_and_no_record() {
    for seed in seeds(2) {
        let mut fails = 1;
        loop {
            let (files, mut model) = grown(seed);
            let (mut log, state) = opened(&files, fails, false);
            let cleaned = clean_if_due(&log, &eager(), NOW);
            let told = format!("FLUXMQ_SEED={seed} operation {fails}");
            if log.0.lock().close().is_err() {
                log = open(&files, &config(), 0);
            }
            let again = clean_if_due(&log, &eager(), NOW).unwrap();
            model.clean(again.or(cleaned.as_ref().copied().unwrap_or(None)), &eager(), NOW);
            assert_eq!(comparable(stored(&log)), comparable(model.all()), "{told}");
            if cleaned.is_ok() && state.left.load(Ordering::SeqCst) > 0 {
                break;
            }
            fails += 1;
        }
    }
}
