//! Request and response headers, by hand: they are read before anything is known about the peer.

use crate::api_key::ApiKey;
use crate::wire::{Reader, WireError, WireResult, Writer};

/// The longest client id accepted, in bytes.
pub const CLIENT_ID_MAX: usize = 32_767;

/// The start of every request. The version's header form (1, or 2 with tagged fields) follows from the API; the
/// client id has a 2-byte length in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader<'a> {
    /// The API key as it stands on the wire; it may be one that nobody knows.
    pub api_key: i16,
    /// The version of the request.
    pub api_version: i16,
    /// Comes back in the answer.
    pub correlation_id: i32,
    /// Who asks, in its own words.
    pub client_id: Option<&'a str>,
}

impl<'a> RequestHeader<'a> {
    /// Reads a header. For an API that is not known the reader stops after the client id.
    pub fn read(reader: &mut Reader<'a>) -> WireResult<Self> {
        let header = RequestHeader {
            api_key: reader.i16()?,
            api_version: reader.i16()?,
            correlation_id: reader.i32()?,
            client_id: reader.nullable_str(false)?,
        };
        if ApiKey::from_code(header.api_key).is_some_and(|api| api.is_flexible(header.api_version)) {
            reader.skip_tagged_fields()?;
        }
        Ok(header)
    }

    /// Appends the header in the form that the API's version has.
    pub fn write(&self, writer: &mut Writer<'_>) -> WireResult<()> {
        let api = ApiKey::from_code(self.api_key);
        writer.i16(self.api_key);
        writer.i16(self.api_version);
        writer.i32(self.correlation_id);
        if self.client_id.is_some_and(|id| id.len() > CLIENT_ID_MAX) {
            return Err(WireError::TooLong(self.client_id.unwrap_or_default().len()));
        }
        writer.nullable_str(self.client_id, false)?;
        if api.is_some_and(|api| api.is_flexible(self.api_version)) {
            writer.no_tagged_fields();
        }
        Ok(())
    }
}

/// The start of every response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseHeader {
    /// The request's correlation id.
    pub correlation_id: i32,
}

impl ResponseHeader {
    /// Whether the header ends in tagged fields. That of ApiVersions never does: the client cannot know yet which
    /// versions the broker speaks (KIP-511).
    fn is_flexible(api: ApiKey, version: i16) -> bool {
        api != ApiKey::ApiVersions && api.is_flexible(version)
    }

    /// Reads the header of an answer to `api` in `version`.
    pub fn read(reader: &mut Reader<'_>, api: ApiKey, version: i16) -> WireResult<Self> {
        let header = ResponseHeader { correlation_id: reader.i32()? };
        if Self::is_flexible(api, version) {
            reader.skip_tagged_fields()?;
        }
        Ok(header)
    }

    /// Appends the header of an answer to `api` in `version`.
    pub fn write(self, writer: &mut Writer<'_>, api: ApiKey, version: i16) {
        writer.i32(self.correlation_id);
        if Self::is_flexible(api, version) {
            writer.no_tagged_fields();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn written(header: &RequestHeader<'_>) -> Bytes {
        let mut out = Vec::new();
        header.write(&mut Writer::new(&mut out)).unwrap();
        out.into()
    }

    #[test]
    fn a_header_comes_back_in_both_forms() {
        for api_version in [8, 9] {
            let header = RequestHeader { api_key: 3, api_version, correlation_id: 7, client_id: Some("me") };
            let frame = written(&header);
            assert_eq!(frame.len(), if api_version == 9 { 13 } else { 12 });
            let mut reader = Reader::new(&frame);
            assert_eq!(RequestHeader::read(&mut reader), Ok(header));
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn two_billion_tagged_fields_cost_nothing() {
        let header = RequestHeader { api_key: 18, api_version: 3, correlation_id: 1, client_id: None };
        let mut bytes = written(&header).to_vec();
        bytes.pop();
        bytes.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x07]);
        let frame = Bytes::from(bytes);
        assert_eq!(RequestHeader::read(&mut Reader::new(&frame)), Err(WireError::TaggedFields(0x7fff_ffff)));
    }

    #[test]
    fn the_answer_to_api_versions_has_no_tagged_fields() {
        let mut out = Vec::new();
        ResponseHeader { correlation_id: 1 }.write(&mut Writer::new(&mut out), ApiKey::ApiVersions, 4);
        assert_eq!(out.len(), 4);
        out.clear();
        ResponseHeader { correlation_id: 1 }.write(&mut Writer::new(&mut out), ApiKey::Metadata, 9);
        assert_eq!(out.len(), 5);
    }
}
