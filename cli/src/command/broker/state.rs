//! What a running broker leaves for `stop` and `status`.

use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::config::{default_data_dir, state_dir};
use crate::error::CommandError;
use crate::output::{Column, View};

/// The file's name in a data directory.
const IN_DATA_DIR: &str = "fluxctl-broker.json";

/// A broker that runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BrokerState {
    /// The process.
    pub(super) pid: u32,
    /// Where clients of this machine find it.
    pub(super) address: String,
    /// What it listens on.
    pub(super) listener: SocketAddr,
    /// Absent for a broker in memory.
    pub(super) data_dir: Option<PathBuf>,
    /// When it became ready.
    pub(super) started: Timestamp,
    /// The program's version.
    pub(super) version: String,
}

impl BrokerState {
    pub(super) fn of_this_process(listener: SocketAddr, data_dir: Option<PathBuf>) -> Self {
        let reachable = match listener.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        BrokerState {
            pid: std::process::id(),
            address: SocketAddr::new(reachable, listener.port()).to_string(),
            listener,
            data_dir,
            started: Timestamp::now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The command that stops it.
    pub(super) fn stop_command(&self) -> String {
        match &self.data_dir {
            Some(dir) if default_data_dir().ok().as_ref() != Some(dir) => {
                format!("fluxctl broker stop --data-dir {}", dir.display())
            }
            Some(_) => "fluxctl broker stop".to_owned(),
            None => format!("fluxctl broker stop --port {}", self.listener.port()),
        }
    }

    /// Where its data is, in words.
    pub(super) fn data(&self) -> String {
        self.data_dir.as_ref().map_or_else(|| "memory".to_owned(), |dir| dir.display().to_string())
    }
}

impl View for BrokerState {
    const COLUMNS: &'static [Column] = &[
        Column::number("PID"),
        Column::new("ADDRESS"),
        Column::new("LISTENER").wide(),
        Column::new("DATA"),
        Column::new("STARTED"),
        Column::new("VERSION").wide(),
    ];

    fn name(&self) -> String {
        self.address.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.pid.to_string(),
            self.address.clone(),
            self.listener.to_string(),
            self.data(),
            format!("{:.0}", self.started),
            self.version.clone(),
        ]
    }
}

/// The file with a broker's state. The broker holds a lock on it as long as it lives, however it ends, so that nobody
/// mistakes another process with the same number for it.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    _file: File,
}

impl StateFile {
    /// Where a broker with this data directory leaves its state.
    pub(super) fn in_data_dir(data_dir: &Path) -> PathBuf {
        data_dir.join(IN_DATA_DIR)
    }

    /// Writes the state of this process, and holds it until dropped.
    pub(super) fn hold(state: &BrokerState) -> Result<Self, CommandError> {
        let path = StateFile::path_of(state);
        if state.data_dir.is_none() {
            fs::create_dir_all(state_dir())?;
        }
        let not_written = |error| {
            let message =
                format!("`{}`, by which `broker stop` finds the broker, cannot be written", path.display());
            CommandError::caused(crate::error::ErrorKind::Failure, message, error)
        };
        let mut file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(not_written)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CommandError::failure(format!("`{}` is held by another broker", path.display())));
            }
            Err(TryLockError::Error(error)) => return Err(not_written(error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(&serde_json::to_vec(state)?))
            .and_then(|()| file.write_all(b"\n"));
        written.map_err(not_written)?;
        Ok(StateFile { path, _file: file })
    }

    /// The broker whose state is at `path`, if it lives.
    pub(super) fn running(path: &Path) -> Option<BrokerState> {
        let file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => serde_json::from_slice(&fs::read(path).ok()?).ok(),
            // Nobody holds it: what is left of a broker that was killed.
            _ => None,
        }
    }

    /// All running brokers that are not somewhere unusual: that of the default data directory, and those in memory.
    pub(super) fn all_running(default_data_dir: Option<&Path>) -> Vec<BrokerState> {
        let mut paths: Vec<PathBuf> = fs::read_dir(state_dir())
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        paths.sort();
        let in_data_dir = default_data_dir.map(StateFile::in_data_dir);
        in_data_dir.iter().chain(&paths).filter_map(|path| StateFile::running(path)).collect()
    }

    /// The path of the file that a running broker holds.
    pub(super) fn path_of(state: &BrokerState) -> PathBuf {
        match &state.data_dir {
            Some(dir) => StateFile::in_data_dir(dir),
            None => state_dir().join(format!("memory-{}.json", state.listener.port())),
        }
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        // A file that stays is recognised as old, because nobody holds it.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_file_is_a_running_broker_and_a_left_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let state =
            BrokerState::of_this_process("0.0.0.0:1234".parse().unwrap(), Some(dir.path().to_owned()));
        assert_eq!(state.address, "127.0.0.1:1234");
        let path = StateFile::in_data_dir(dir.path());
        assert!(StateFile::running(&path).is_none());
        let held = StateFile::hold(&state).unwrap();
        assert_eq!(StateFile::running(&path).unwrap().pid, std::process::id());
        assert!(StateFile::hold(&state).is_err());
        let left = fs::read(&path).unwrap();
        drop(held);
        assert!(!path.exists());
        fs::write(&path, left).unwrap();
        assert!(StateFile::running(&path).is_none());
    }
}
