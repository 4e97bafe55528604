//! Where records come from: values, standard input or files, read on a thread of their own.

use std::{
    collections::VecDeque,
    fs::{File, Metadata},
    io::{self, IsTerminal, Read},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::{
    error::{CommandError, ErrorKind},
    format::{InputFormat, escape},
    output::prompt,
    record::{
        InputError, NewRecord, RecordReader,
        formatted::FormattedReader,
        json_input::JsonReader,
        lines::{LineReader, LineRules},
        source::Source,
        whole::WholeReader,
    },
    stream::format_flag,
};

use super::args::{InputKind, ProduceArgs};

/// How many records are handed over at once.
const RECORDS_AT_ONCE: usize = 1024;

/// How many such groups may wait.
const GROUPS_WAITING: usize = 8;

/// Records in the order of the input, with the errors among them.
pub(super) type Group = Vec<Result<NewRecord, InputError>>;

/// An input that is open and not yet read.
pub(super) struct Input {
    form: Form,
    values: Vec<NewRecord>,
    files: VecDeque<OpenFile>,
}

/// An input that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) groups: mpsc::Receiver<Group>,
    /// Bytes read so far.
    pub(super) read_bytes: Arc<AtomicU64>,
    /// Size of all files together; `None` when it cannot be known.
    pub(super) size_bytes: Option<u64>,
}

struct OpenFile {
    name: String,
    reader: Box<dyn Read + Send>,
    size_bytes: Option<u64>,
    is_typed: bool,
}

/// How the bytes of the input become records.
#[derive(Debug, Clone)]
enum Form {
    Lines(LineRules),
    Ndjson,
    Format(InputFormat),
    Whole,
}

impl Input {
    /// Opens all files, so that a name that is wrong fails before anything is written.
    pub(super) fn open(args: &ProduceArgs) -> Result<Self, CommandError> {
        let form = Form::from_args(args)?;
        let mut input = Self { form, values: Vec::new(), files: VecDeque::new() };
        if args.tombstone {
            input.values.push(NewRecord::default());
        } else if !args.values.is_empty() {
            input.values = values(&args.values);
        } else if args.files.is_empty() {
            input.files.push_back(open(Path::new("-"))?);
        } else {
            input.files = args.files.iter().map(|path| open(path)).collect::<Result<_, _>>()?;
        }
        Ok(input)
    }

    /// Whether records can name their topics.
    pub(super) fn names_topics(&self) -> bool {
        match &self.form {
            Form::Ndjson => true,
            Form::Format(format) => format.reads_topic(),
            Form::Lines(_) | Form::Whole => false,
        }
    }

    /// Whether a person types the records.
    pub(super) fn is_typed(&self) -> bool {
        self.files.iter().any(|file| file.is_typed)
    }

    /// Begins to read. The thread is not joined: it may be blocked in a read for good when the
    /// command is interrupted.
    pub(super) fn start(self) -> Result<Reading, CommandError> {
        let Self { form, values, files } = self;
        let (sender, groups) = mpsc::channel(GROUPS_WAITING);
        let read_bytes = Arc::new(AtomicU64::new(0));
        let outbox = Outbox { sender, group: Arc::default(), read_bytes: Arc::clone(&read_bytes) };
        let sizes = files.iter().map(|file| file.size_bytes).collect::<Option<Vec<_>>>();
        let size_bytes = sizes.filter(|sizes| !sizes.is_empty()).map(|sizes| sizes.iter().sum());
        thread::Builder::new().name("input".to_owned()).spawn(move || {
            for record in values {
                outbox.push(Ok(record));
            }
            for OpenFile { name, reader, .. } in files {
                read_all(form.reader(&name, reader, &outbox), &outbox);
            }
            outbox.send();
        })?;
        Ok(Reading { groups, read_bytes, size_bytes })
    }
}

impl Form {
    fn from_args(args: &ProduceArgs) -> Result<Self, CommandError> {
        if args.raw {
            return Ok(Self::Whole);
        }
        if let Some(text) = &args.format {
            let format = InputFormat::parse(&format_flag(text)?)?;
            return Ok(Self::Format(format));
        }
        if args.input == InputKind::Ndjson {
            return Ok(Self::Ndjson);
        }
        let separator = args.key_separator.as_deref().map(escape::separator).transpose();
        Ok(Self::Lines(LineRules {
            delimiter: escape::separator(&args.delimiter)?,
            key_separator: separator?,
            trims_carriage_return: args.trim_cr,
        }))
    }

    fn reader(&self, name: &str, reader: Box<dyn Read + Send>, outbox: &Outbox) -> Box<dyn RecordReader> {
        let source = Source::new(name, SendingFirst { reader, outbox: outbox.clone() });
        match self {
            Self::Lines(rules) => Box::new(LineReader::new(source, rules.clone())),
            Self::Ndjson => Box::new(JsonReader::new(source)),
            Self::Format(format) => Box::new(FormattedReader::new(source, format.clone())),
            Self::Whole => Box::new(WholeReader::new(source)),
        }
    }
}

fn values(values: &[String]) -> Vec<NewRecord> {
    let record = |value: &String| NewRecord {
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        ..NewRecord::default()
    };
    values.iter().map(record).collect()
}

fn open(path: &Path) -> Result<OpenFile, CommandError> {
    if path.as_os_str() == "-" {
        let file = stdin_file()?;
        let size_bytes = file.metadata().ok().filter(Metadata::is_file).map(|metadata| metadata.len());
        let is_typed = file.is_terminal();
        let reader: Box<dyn Read + Send> = if is_typed { Box::new(Prompting(file)) } else { Box::new(file) };
        return Ok(OpenFile { name: "stdin".to_owned(), reader, size_bytes, is_typed });
    }
    let name = path.display().to_string();
    let unreadable = |error: io::Error| {
        CommandError::caused(ErrorKind::NotFound, format!("`{name}` cannot be read"), error)
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(CommandError::usage(format!("`{name}` is a directory, not a file of records")));
    }
    let size_bytes = metadata.is_file().then_some(metadata.len());
    Ok(OpenFile { name, reader: Box::new(file), size_bytes, is_typed: false })
}

/// Standard input without the small buffer of the standard library.
fn stdin_file() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Reads one input to its end, or to an error after which nothing can be read.
fn read_all(mut reader: Box<dyn RecordReader>, outbox: &Outbox) {
    loop {
        let record = match reader.read() {
            Ok(None) => return,
            Ok(Some(record)) => Ok(record),
            Err(error) => Err(error),
        };
        let is_last = matches!(record, Err(InputError::OutOfStep { .. } | InputError::Read { .. }));
        if !outbox.push(record) || is_last {
            return;
        }
    }
}

/// Gathers records into groups.
#[derive(Debug, Clone)]
struct Outbox {
    sender: mpsc::Sender<Group>,
    group: Arc<Mutex<Group>>,
    read_bytes: Arc<AtomicU64>,
}

impl Outbox {
    /// False when nobody wants records any more.
    fn push(&self, record: Result<NewRecord, InputError>) -> bool {
        let mut group = self.group.lock().unwrap_or_else(PoisonError::into_inner);
        group.push(record);
        let is_full = group.len() >= RECORDS_AT_ONCE;
        drop(group);
        if is_full { self.send() } else { !self.sender.is_closed() }
    }

    fn send(&self) -> bool {
        let group = std::mem::take(&mut *self.group.lock().unwrap_or_else(PoisonError::into_inner));
        group.is_empty() || self.sender.blocking_send(group).is_ok()
    }
}

/// Sends what is gathered before it reads, since reading may wait: whoever types a line, or pipes
/// one, expects it to be written.
struct SendingFirst {
    reader: Box<dyn Read + Send>,
    outbox: Outbox,
}

impl Read for SendingFirst {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.outbox.send() {
            return Ok(0);
        }
        let read = self.reader.read(buffer)?;
        self.outbox.read_bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Asks for each line on a terminal.
struct Prompting(File);

impl Read for Prompting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        prompt()?;
        self.0.read(buffer)
    }
}
