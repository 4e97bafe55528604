//! What a running process takes, as the kernel counts it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::command;

/// Resident memory in bytes.
pub fn resident_bytes(process_id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process_id}/status")).expect("the process is running");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a process has memory");
    let kibibytes: u64 =
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("it is a number");
    kibibytes * 1024
}

/// How many files, sockets and the like it holds open.
pub fn open_files(process_id: u32) -> usize {
    fs::read_dir(format!("/proc/{process_id}/fd")).expect("the process is running").count()
}

/// User and system time so far, in steps of 10 ms; 0 where there is no such process.
pub fn cpu_seconds(process_id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 =
        after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Asks a process to end, as an administrator would.
pub fn terminate(process_id: u32) {
    let mut kill = Command::new("kill");
    command::succeed(kill.arg(process_id.to_string()), b"", Duration::from_secs(10))
        .expect("a running process can be told to end");
}
