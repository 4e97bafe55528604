//! Writing one record, and knowing its size before.

use super::record::Header;
use crate::wire::Writer;

/// What is written of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordParts<'a> {
    pub(crate) timestamp_delta: i64,
    pub(crate) offset_delta: i32,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) headers: &'a [Header],
}

impl RecordParts<'_> {
    /// The bytes that the record takes, its length field included.
    pub(crate) fn size(&self) -> usize {
        let body = self.body_size();
        varint_size(body as i64) + body
    }

    fn body_size(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|header| bytes_size(Some(&header.key)) + bytes_size(header.value.as_deref()))
            .sum();
        1 + varint_size(self.timestamp_delta)
            + varint_size(i64::from(self.offset_delta))
            + bytes_size(self.key)
            + bytes_size(self.value)
            + varint_size(self.headers.len() as i64)
            + headers
    }

    /// Appends the record. A length beyond `i32::MAX` is cut short; the batch that it is in is refused when built.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.varint(self.body_size() as i32);
        writer.i8(0);
        writer.varlong(self.timestamp_delta);
        writer.varint(self.offset_delta);
        write_bytes(&mut writer, self.key);
        write_bytes(&mut writer, self.value);
        writer.varint(self.headers.len() as i32);
        for header in self.headers {
            write_bytes(&mut writer, Some(&header.key));
            write_bytes(&mut writer, header.value.as_deref());
        }
    }
}

fn write_bytes(writer: &mut Writer<'_>, bytes: Option<&[u8]>) {
    writer.varint(bytes.map_or(-1, |bytes| bytes.len() as i32));
    writer.raw(bytes.unwrap_or_default());
}

fn bytes_size(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint_size(bytes.len() as i64) + bytes.len())
}

/// The bytes of a zigzag varint; narrow and wide ones take the same.
fn varint_size(value: i64) -> usize {
    let zigzag = ((value << 1) ^ (value >> 63)).cast_unsigned();
    (64 - (zigzag | 1).leading_zeros()).div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_varint_is_as_long_as_foretold(value: i64, shift in 0_u32..64) {
            let mut out = Vec::new();
            Writer::new(&mut out).varlong(value >> shift);
            prop_assert_eq!(out.len(), varint_size(value >> shift));
            out.clear();
            Writer::new(&mut out).varint((value >> shift) as i32);
            prop_assert_eq!(out.len(), varint_size(i64::from((value >> shift) as i32)));
        }

        #[test]
        fn a_record_is_as_long_as_foretold(
            timestamp_delta: i64,
            offset_delta in 0..i32::MAX,
            key: Option<Vec<u8>>,
            value: Option<Vec<u8>>,
            headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
        ) {
            let headers: Vec<_> = headers
                .into_iter()
                .map(|(key, value)| Header { key: key.into(), value: value.map(Into::into) })
                .collect();
            let (key, value) = (key.as_deref(), value.as_deref());
            let parts = RecordParts { timestamp_delta, offset_delta, key, value, headers: &headers };
            let mut out = Vec::new();
            parts.write(&mut out);
            prop_assert_eq!(out.len(), parts.size());
        }
    }
}
