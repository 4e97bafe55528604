//! The outside world - files and time - behind narrow traits, so that tests can replace it.
