//! The outside world - files and time - behind narrow traits, so that tests can replace it.

pub(crate) mod clock;
pub(crate) mod files;
pub(crate) mod priority;
pub(crate) mod sendfile;
