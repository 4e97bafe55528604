//! Records by a format (`produce -f`).

use std::io::Read;

use bytes::Bytes;
use fluxmq_protocol::record::Header;
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use regex::bytes::Regex;

use crate::format::{
    InputFormat,
    decode::{self, Decoder, JsonScan},
    input::{Extent, NumberSource, Step, TextField, TimeSource},
    number::NumberFormat,
};

use super::{
    InputError, NewRecord, RecordReader,
    source::{RECORD_BYTES_MAX, Source},
};

/// An expression looks at no more than this; otherwise one that never matches would read all.
const MATCH_BYTES_MAX: usize = 16 << 20;

/// More headers than any record can hold are a mistake in the input.
const HEADERS_MAX: u64 = 1 << 20;

/// Reads records step by step. What does not fit the format ends the input, because where the
/// next record begins is then unknown; what only cannot be decoded costs one record.
#[derive(Debug)]
pub(crate) struct FormattedReader<R> {
    source: Source<R>,
    format: InputFormat,
    is_broken: bool,
}

/// What was read of one record, or of one of its headers.
#[derive(Debug, Default)]
struct Parts {
    record: NewRecord,
    topic_size: usize,
    key_size: usize,
    value_size: usize,
    header_count: u64,
    /// The first thing that could not be decoded, with line and column.
    fault: Option<(u64, u64, String)>,
}

impl<R: Read> FormattedReader<R> {
    pub(crate) fn new(source: Source<R>, format: InputFormat) -> Self {
        Self { source, format, is_broken: false }
    }

    fn record(&mut self) -> Result<Option<NewRecord>, InputError> {
        let steps = std::mem::take(&mut self.format.steps);
        let result = read_record(&mut self.source, &steps);
        self.format.steps = steps;
        result
    }
}

impl<R: Read> RecordReader for FormattedReader<R> {
    fn read(&mut self) -> Result<Option<NewRecord>, InputError> {
        if self.is_broken {
            return Ok(None);
        }
        let result = self.record();
        self.is_broken = matches!(result, Err(InputError::OutOfStep { .. } | InputError::Read { .. }));
        result
    }
}

fn read_record<R: Read>(source: &mut Source<R>, steps: &[Step]) -> Result<Option<NewRecord>, InputError> {
    if let Some(Step::Text { extent: Extent::Json, .. }) = steps.first() {
        skip_space(source)?;
    }
    if source.is_done()? {
        return Ok(None);
    }
    let start = source.place();
    let mut parts = Parts::default();
    run(source, steps, &mut parts, true)?;
    if source.place() == start {
        return Err(source.out_of_step("the format reads nothing here and would never end".to_owned()));
    }
    if let Some((line, column, reason)) = parts.fault {
        return Err(source.malformed(line, column, reason));
    }
    parts.record.line = start.0;
    Ok(Some(parts.record))
}

/// Does all steps. `ends_record` lets the input end before the last literal.
fn run<R: Read>(
    source: &mut Source<R>,
    steps: &[Step],
    parts: &mut Parts,
    ends_record: bool,
) -> Result<(), InputError> {
    for (index, step) in steps.iter().enumerate() {
        let is_last = ends_record && index + 1 == steps.len();
        match step {
            Step::Literal(bytes) => literal(source, bytes, is_last)?,
            Step::Size(field, number) => {
                let size = size(source, *number)?;
                *parts.size_of(*field) = size;
            }
            Step::HeaderCount(number) => {
                parts.header_count = read_number(source, *number)?.try_into().unwrap_or(u64::MAX);
                if parts.header_count > HEADERS_MAX {
                    let count = parts.header_count;
                    return Err(
                        source.out_of_step(format!("{count} headers are more than a record can hold"))
                    );
                }
            }
            Step::Partition(number) => {
                let number = read_number(source, *number)?;
                match i32::try_from(number) {
                    Ok(partition) => parts.record.partition = Some(partition),
                    Err(_) => parts.fail(source.place(), format!("{number} is no partition")),
                }
            }
            Step::Timestamp(time) => timestamp(source, time, parts)?,
            Step::Text { field, extent, decoders } => text(source, *field, extent, decoders, parts)?,
            Step::Headers(steps) => headers(source, steps, parts)?,
        }
    }
    Ok(())
}

fn headers<R: Read>(source: &mut Source<R>, steps: &[Step], parts: &mut Parts) -> Result<(), InputError> {
    for _ in 0..parts.header_count {
        let mut inner = Parts::default();
        run(source, steps, &mut inner, false)?;
        if let Some((line, column, reason)) = inner.fault {
            parts.fail((line, column), reason);
        }
        let NewRecord { key, value, .. } = inner.record;
        parts.record.headers.push(Header { key: key.unwrap_or_default(), value });
    }
    Ok(())
}

fn literal<R: Read>(source: &mut Source<R>, bytes: &[u8], is_last: bool) -> Result<(), InputError> {
    source.fill_to(bytes.len())?;
    if source.buffered().starts_with(bytes) {
        source.take(bytes.len());
        return Ok(());
    }
    let wanted = bytes.escape_ascii();
    if source.buffered().is_empty() {
        if is_last {
            return Ok(());
        }
        return Err(source.out_of_step(format!("the input ends within a record; `{wanted}` should follow")));
    }
    let found =
        source.buffered().get(..bytes.len().max(1)).unwrap_or(source.buffered()).escape_ascii().to_string();
    Err(source.out_of_step(format!("`{wanted}` should be here, not `{found}`")))
}

fn text<R: Read>(
    source: &mut Source<R>,
    field: TextField,
    extent: &Extent,
    decoders: &[Decoder],
    parts: &mut Parts,
) -> Result<(), InputError> {
    let place = source.place();
    let size = *parts.size_of(field);
    let bytes = extent_bytes(source, extent, size)?;
    let decoded = match decode::apply(decoders, bytes) {
        Ok(decoded) => decoded,
        Err(reason) => {
            parts.fail(place, format!("the {} cannot be decoded: {reason}", field.name()));
            return Ok(());
        }
    };
    match field {
        TextField::Key => parts.record.key = decoded,
        TextField::Value => parts.record.value = decoded,
        TextField::Topic => match decoded.map(|bytes| String::from_utf8(bytes.into())).transpose() {
            Ok(topic) => parts.record.topic = topic,
            Err(_) => parts.fail(place, "the topic is no UTF-8".to_owned()),
        },
    }
    Ok(())
}

/// Takes the bytes of one text; `size` is used where the extent is sized.
fn extent_bytes<R: Read>(source: &mut Source<R>, extent: &Extent, size: usize) -> Result<Bytes, InputError> {
    match extent {
        Extent::Sized => take_exactly(source, size),
        Extent::Until(delimiter) => {
            let end = source.find(delimiter)?.unwrap_or(source.buffered().len());
            Ok(source.take(end))
        }
        Extent::ToEnd => {
            while source.fill()? {}
            Ok(source.take(source.buffered().len()))
        }
        Extent::Json => take_json(source),
        Extent::Match(regex) => take_match(source, regex),
    }
}

fn take_exactly<R: Read>(source: &mut Source<R>, count: usize) -> Result<Bytes, InputError> {
    if source.fill_to(count)? {
        return Ok(source.take(count));
    }
    let have = source.buffered().len();
    Err(source.out_of_step(format!("the input ends within a record; {count} bytes should follow, {have} do")))
}

fn skip_space<R: Read>(source: &mut Source<R>) -> Result<(), InputError> {
    loop {
        let space = source.buffered().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        source.take(space);
        if !source.buffered().is_empty() || !source.fill()? {
            return Ok(());
        }
    }
}

fn take_json<R: Read>(source: &mut Source<R>) -> Result<Bytes, InputError> {
    skip_space(source)?;
    if !source.fill_to(1)? {
        return Err(source.out_of_step("the input ends within a record; JSON should follow".to_owned()));
    }
    let is_word = source.buffered().first().is_some_and(|byte| decode::is_in_word(*byte));
    let mut scan = JsonScan::default();
    let mut scanned = 0;
    loop {
        let unscanned = source.buffered().get(scanned..).unwrap_or_default();
        let end = if is_word {
            unscanned.iter().position(|byte| !decode::is_in_word(*byte))
        } else {
            unscanned.iter().position(|byte| scan.push(*byte)).map(|at| at + 1)
        };
        if let Some(end) = end {
            return Ok(source.take(scanned + end));
        }
        scanned = source.buffered().len();
        if !source.fill()? {
            if is_word {
                return Ok(source.take(scanned));
            }
            return Err(source.out_of_step("the JSON that begins here does not end".to_owned()));
        }
    }
}

fn take_match<R: Read>(source: &mut Source<R>, regex: &Regex) -> Result<Bytes, InputError> {
    loop {
        let have = source.buffered().len();
        let end = regex.find(source.buffered()).map(|found| found.end());
        match end {
            // A match that ends with the buffer might go on.
            Some(end) if end < have => return Ok(source.take(end)),
            _ if have < MATCH_BYTES_MAX && source.fill()? => {}
            Some(end) => return Ok(source.take(end)),
            None => return Err(source.out_of_step("the expression does not match here".to_owned())),
        }
    }
}

fn size<R: Read>(source: &mut Source<R>, number: NumberSource) -> Result<usize, InputError> {
    let size = read_number(source, number)?;
    usize::try_from(size).ok().filter(|size| *size <= RECORD_BYTES_MAX).ok_or_else(|| {
        source.out_of_step(format!("the size {size} is not one between 0 and {RECORD_BYTES_MAX}"))
    })
}

fn read_number<R: Read>(source: &mut Source<R>, number: NumberSource) -> Result<i64, InputError> {
    let format = match number {
        NumberSource::Fixed(number) => return Ok(number.try_into().unwrap_or(i64::MAX)),
        NumberSource::Read(format) => format,
    };
    if let Some(width) = format.width() {
        let bytes = take_exactly(source, width)?;
        let wrong = || source.out_of_step(format!("`{}` is no hexadecimal number", bytes.escape_ascii()));
        return format.read_fixed(&bytes).ok_or_else(wrong);
    }
    if format == NumberFormat::Bool {
        source.fill_to("false".len())?;
        for (word, number) in [("true", 1), ("false", 0)] {
            if source.buffered().starts_with(word.as_bytes()) {
                source.take(word.len());
                return Ok(number);
            }
        }
        return Err(source.out_of_step("`true` or `false` should be here".to_owned()));
    }
    // One more than the longest number, so that the byte after it is seen.
    source.fill_to(21)?;
    let sign = usize::from(source.buffered().first() == Some(&b'-'));
    let digits = source.buffered().iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
    let text = source.buffered().get(..sign + digits).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match text.and_then(|text| text.parse().ok()) {
        Some(number) => {
            source.take(sign + digits);
            Ok(number)
        }
        None => Err(source.out_of_step("a number should be here".to_owned())),
    }
}

fn timestamp<R: Read>(
    source: &mut Source<R>,
    time: &TimeSource,
    parts: &mut Parts,
) -> Result<(), InputError> {
    let place = source.place();
    let (text, format) = match time {
        TimeSource::Number(format) => {
            parts.record.timestamp_ms = Some(read_number(source, NumberSource::Read(*format))?);
            return Ok(());
        }
        TimeSource::Rfc3339(extent) => (extent_bytes(source, extent, 0)?, None),
        TimeSource::Strftime(format, extent) => (extent_bytes(source, extent, 0)?, Some(format)),
    };
    match parse_time(&String::from_utf8_lossy(&text), format.map(String::as_str)) {
        Ok(timestamp) => parts.record.timestamp_ms = Some(timestamp.as_millisecond()),
        Err(error) => {
            parts.fail(place, format!("`{}` is no time of the format: {error}", text.escape_ascii()));
        }
    }
    Ok(())
}

/// A time without a zone is in UTC, a date without a time its first moment.
fn parse_time(text: &str, format: Option<&str>) -> Result<Timestamp, jiff::Error> {
    let Some(format) = format else { return text.parse() };
    let parsed = strtime::parse(format, text)?;
    if let Ok(timestamp) = parsed.to_timestamp() {
        return Ok(timestamp);
    }
    let civil = parsed.to_datetime().or_else(|_| parsed.to_date().map(Into::into))?;
    Ok(civil.to_zoned(TimeZone::UTC)?.timestamp())
}

impl TextField {
    fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

impl Parts {
    fn size_of(&mut self, field: TextField) -> &mut usize {
        match field {
            TextField::Topic => &mut self.topic_size,
            TextField::Key => &mut self.key_size,
            TextField::Value => &mut self.value_size,
        }
    }

    /// Keeps the first fault.
    fn fail(&mut self, (line, column): (u64, u64), reason: String) {
        self.fault.get_or_insert((line, column, reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Topic, partition, key, value, headers and timestamp as one line of text.
    fn shown(record: &NewRecord) -> String {
        let text = |bytes: &Option<Bytes>| {
            bytes.as_ref().map_or("null".to_owned(), |bytes| bytes.escape_ascii().to_string())
        };
        let topic = record.topic.iter().map(|topic| format!("{topic}: "));
        let pair = format!("{}={}", text(&record.key), text(&record.value));
        let partition = record.partition.iter().map(|partition| format!(" p{partition}"));
        let timestamp = record.timestamp_ms.iter().map(|timestamp_ms| format!(" @{timestamp_ms}"));
        let header = |header: &Header| format!(" [{}={}]", header.key.escape_ascii(), text(&header.value));
        let headers = record.headers.iter().map(header);
        let parts: Vec<_> = topic.chain([pair]).chain(partition).chain(timestamp).chain(headers).collect();
        parts.concat()
    }

    fn read_all(format: &str, bytes: &[u8]) -> Vec<String> {
        let format = InputFormat::parse(format).unwrap_or_else(|error| panic!("{error}"));
        let mut reader = FormattedReader::new(Source::new("in", bytes), format);
        std::iter::from_fn(|| match reader.read() {
            Ok(None) => None,
            Ok(Some(record)) => Some(shown(&record)),
            Err(error) => Some(format!("error {error}")),
        })
        .take(20)
        .collect()
    }

    #[test]
    fn delimited_text() {
        assert_eq!(read_all(r"%k %v\n", b"a b c\nd e"), ["a=b c", "d=e"]);
        assert_eq!(read_all(r"%v\n", b"a\r\n\n\xff"), [r"null=a\r", "null=", r"null=\xff"]);
        assert_eq!(read_all(r"%t::%p::%v\n", b"top::3::x\n"), ["top: null=x p3"]);
        assert_eq!(read_all("%v", b"all\nof it"), [r"null=all\nof it"]);
        assert_eq!(read_all(r"%v\n", b""), Vec::<String>::new());
    }

    #[test]
    fn sized_text() {
        assert_eq!(
            read_all("%T{4}%K{4}%V{4}%t%k%v", b"topikey1val1topikey2val2"),
            ["topi: key1=val1", "topi: key2=val2"]
        );
        assert_eq!(read_all("%K{big16} foo %k%V{byte}%v", b"\0\x03 foo abc\x02xy"), ["abc=xy"]);
        assert_eq!(read_all("%K %V:%k%v\\n", b"1 3:kval\n0 0:\n"), ["k=val", "="]);
        assert_eq!(read_all("%T{6}%t{hex}%v\\n", b"666f6fx\n"), ["foo: null=x"]);
        assert_eq!(read_all("%V{hex8}%v", b"02ab0Axxxxxxxxxx"), ["null=ab", "null=xxxxxxxxxx"]);
        assert_eq!(read_all("%V{little32}%v", b"\x02\0\0\0ab"), ["null=ab"]);
    }

    #[test]
    fn headers_are_framed_by_their_own_format() {
        assert_eq!(read_all(r"%H{3}%h{ %k=%v }%v\n", b" a=1  b=2  a= val\n"), ["null=val [a=1] [b=2] [a=]"]);
        assert_eq!(
            read_all(r"%H{byte}%h{%K{byte}%k%V{byte}%v{null}}%v\n", b"\x01\x01k\0v\n\0w"),
            ["null=v [k=null]", "null=w"]
        );
    }

    #[test]
    fn encoded_text() {
        assert_eq!(read_all(r"%k{hex} %v{base64}\n", b"ff00 Zm9v\n"), [r"\xff\x00=foo"]);
        assert_eq!(read_all("%v{re#[0-9]+#}", b"12"), ["null=12"]);
        assert_eq!(read_all(r"%k{re[a+]}%v{re{[^x]*}}x", b"aabbxacx"), ["aa=bb", "a=c"]);
        assert_eq!(read_all(r"%k{null} %v{null[NIL]}\n", b" NIL\nk \n"), ["null=null", "k="]);
        assert_eq!(
            read_all("%k %v{json}\\n", b"a { \"x\" :\n [1.50, \"} \\\" \"] }\nb 12\nc null\n"),
            [r#"a={\"x\":[1.50,\"} \\\" \"]}"#, "b=12", "c=null"]
        );
        assert_eq!(
            read_all("%v{json}", b" {} [1]\n\"s\" 5 true\n\n"),
            ["null={}", "null=[1]", r#"null=\"s\""#, "null=5", "null=true"]
        );
    }

    #[test]
    fn timestamps() {
        for (format, input) in [
            (r"%d %v\n", "1700000000123 v\n"),
            (r"%d{rfc3339} %v\n", "2023-11-14T22:13:20.123Z v\n"),
            (r"%d{strftime[%F %T%.f]},%v\n", "2023-11-14 22:13:20.123,v\n"),
            (r"%d{go[2006-01-02T15:04:05.999]},%v\n", "2023-11-14T22:13:20.123,v\n"),
        ] {
            assert_eq!(read_all(format, input.as_bytes()), ["null=v @1700000000123"], "{format}");
        }
        assert_eq!(read_all("%d{big64}%v\n", b"\0\0\0\0\0\0\0\x05v"), ["null=v @5"]);
        assert_eq!(read_all(r"%d{strftime[%F]} %v\n", b"1970-01-02 v"), ["null=v @86400000"]);
    }

    #[test]
    fn what_does_not_fit_ends_the_input_with_its_place() {
        for (format, input, wanted) in [
            (
                r"%k=%v\n",
                &b"a=1\nb"[..],
                &["a=1", "error in:2:2: the input ends within a record; `=` should follow"][..],
            ),
            ("%K{byte}%k-%v\\n", b"\x01k+v\n", &["error in:1:3: `-` should be here, not `+`"]),
            (
                "%V{byte}%v",
                b"\x05abc",
                &["error in:1:2: the input ends within a record; 5 bytes should follow, 3 do"],
            ),
            ("%V %v", b"x y", &["error in:1:1: a number should be here"]),
            (
                "%V{big64}%v",
                b"\xff\xff\xff\xff\xff\xff\xff\xff",
                &["error in:1:9: the size -1 is not one between 0 and 1073741824"],
            ),
            ("%V{0}%v", b"x", &["error in:1:1: the format reads nothing here and would never end"]),
            ("%v{re#[0-9]+#}\\n", b"1\nx\n", &["null=1", "error in:2:1: the expression does not match here"]),
            ("%v{json}\\n", b"{\"a\":1", &["error in:1:1: the JSON that begins here does not end"]),
            (
                "%H %h{%k=%v;}%v\\n",
                b"9999999 ",
                &["error in:1:8: 9999999 headers are more than a record can hold"],
            ),
        ] {
            assert_eq!(read_all(format, input), wanted, "{format}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_costs_one_record() {
        assert_eq!(
            read_all(r"%k{hex} %v\n", b"zz a\n00 b\n"),
            ["error in:1:1: the key cannot be decoded: `z` is no hexadecimal digit", r"\x00=b"]
        );
        assert_eq!(
            read_all(r"%d{rfc3339} %v\n", b"1970-01-01T00:00:00Z a\nsoon b\n1970-01-01T00:00:00Z c\n").len(),
            3
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_under_any_format_end(
            format in proptest::sample::select(vec![
                r"%k %v\n", "%K{byte}%k%V{big16}%v", "%v{json}", "%H{byte}%h{%k=%v;}%v\\n", "%v{re#[a-z]*#} ", "%d %p %v\\n",
            ]),
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64),
        ) {
            let mut reader = FormattedReader::new(Source::new("in", bytes.as_slice()), InputFormat::parse(format).unwrap());
            let mut reads = 0;
            while !matches!(reader.read(), Ok(None)) {
                reads += 1;
                proptest::prop_assert!(reads <= bytes.len() + 1);
            }
        }
    }
}
