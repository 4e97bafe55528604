//! Records on their way in (`produce`) and out (`consume`).
//!
//! In reading order: [`view`] is a record to be shown, [`new`] one to be sent; [`json`] and
//! [`json_input`] are the lossless line of JSON both ways; [`writer`] shows records in every form;
//! [`source`] cuts a stream of bytes without copying, [`lines`], [`formatted`] and [`whole`] make
//! records of it.

pub(crate) mod formatted;
pub(crate) mod json;
pub(crate) mod json_input;
pub(crate) mod lines;
pub(crate) mod new;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod view;
pub(crate) mod whole;
pub(crate) mod writer;

pub(crate) use new::{InputError, NewRecord, RecordReader};
pub(crate) use view::RecordView;
pub(crate) use writer::{RecordForm, RecordWriter};
