//! `fluxctl` as a person or a script meets it: words in, whole outputs and exit codes out. Each test has a home of its own
//! and nothing of this process's environment.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "all of this is test code, where a failed step ends the test"
)]

#[path = "cli/brokers.rs"]
mod brokers;
#[path = "cli/fixture.rs"]
mod fixture;
#[path = "cli/groups.rs"]
mod groups;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/profiles.rs"]
mod profiles;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/topics.rs"]
mod topics;
