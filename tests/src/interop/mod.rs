//! Foreign clients against a broker, and against each other.
//!
//! [`client`] lists them and says what each can do, [`install`] fetches them through their own package managers.
//! [`job`] is what one is asked: [`program`] puts it to the programs under `tests/interop`, [`kcat`] and [`console`] to
//! tools with a command line of their own. [`samples`] are the records, [`partitioner`] says where keys belong, and
//! [`rskafka`] runs that client's own tests, and [`old`] are clients from before
//! record batches. [`apache_kafka`] is a whole broker of that kind, with its tools, and [`running`] what goes on until it is
//! told to end. [`endurance`] keeps one of them writing while its broker dies.

pub mod apache_kafka;
pub mod client;
pub mod console;
pub mod endurance;
pub mod install;
pub mod job;
pub mod kcat;
pub mod old;
pub mod partitioner;
pub mod program;
pub mod rskafka;
pub mod running;
pub mod samples;
pub mod world;

pub use client::Client;
pub use job::{Job, Sample, Seen, Start, Written};
pub use world::World;
