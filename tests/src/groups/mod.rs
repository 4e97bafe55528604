//! Clients of many kinds in consumer groups, and a judge who reads what each of them says.
//!
//! ```text
//!  crowd --- starts, pauses, freezes, crashes ---> member   a client as a process: events in JSON lines
//!    |                                                |
//!    |  load: numbered records, committed offsets     v
//!    +------------------------------------------> history ---> checker
//! ```
//!
//! [`history`] is what was said, [`checker`] what must hold of it, and knows neither clocks nor processes. [`member`] runs
//! one client of some [`kind`], [`crowd`] a group of them, [`load`] writes what they read and looks at what they commit. [`host`] is the
//! broker, where it is to die.

pub mod checker;
pub mod crowd;
pub mod history;
pub mod host;
pub mod kind;
pub mod load;
pub mod member;
