//! What the integration tests share.
//!
//! [`broker`] starts `fluxctl broker start` as a process of its own, [`command`] runs other programs under a deadline,
//! [`connection`] speaks the protocol in plain requests, [`stored`] looks at what a broker keeps, and [`process`] at what it
//! takes. [`answers`] writes down what a broker answers, [`load`] is what the benches put on it, [`mounted`] a disk that can
//! lose its power, [`variables`] what a run can be told. The foreign clients live in [`interop`], and meet in
//! [`groups`].

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "all of this is test code, where a failed step ends the test"
)]

pub mod answers;
pub mod broker;
pub mod command;
pub mod connection;
pub mod fluxctl;
pub mod groups;
pub mod interop;
pub mod joiner;
pub mod load;
pub mod mounted;
pub mod process;
pub mod stored;
pub mod variables;
