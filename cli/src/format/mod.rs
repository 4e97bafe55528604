//! The `-f` languages: how bytes become records (`produce`) and records become bytes (`consume`).
//!
//! In reading order: [`pattern`] cuts a format into literals and verbs, both ways share it;
//! [`number`], [`text`], [`time`] and [`unpack`] are the modifiers in braces; [`output`] writes a
//! record, [`template`] is its `{{key}}` spelling; [`input`] is what a reader of records does step
//! by step, [`decode`] undoes encodings; [`escape`] reads separators given on the command line.

pub(crate) mod decode;
pub(crate) mod escape;
pub(crate) mod go_layout;
pub(crate) mod input;
pub(crate) mod number;
pub(crate) mod output;
pub(crate) mod pattern;
pub(crate) mod template;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod unpack;

pub(crate) use input::InputFormat;
pub(crate) use output::OutputFormat;
