//! ApiVersions, the first thing anybody may ask: read and answered without allocation.

use crate::api_key::ApiKey;
use crate::error_code::ErrorCode;
use crate::wire::{Reader, WireResult, Writer};

/// Who the client says it is (KIP-511); empty before version 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiVersionsView<'a> {
    pub client_software_name: &'a str,
    pub client_software_version: &'a str,
    /// The cluster that the client expects to reach (KIP-1242).
    pub cluster_id: Option<&'a str>,
    /// The node that the client expects to reach, -1 for any.
    pub node_id: i32,
}

impl Default for ApiVersionsView<'_> {
    fn default() -> Self {
        ApiVersionsView {
            client_software_name: "",
            client_software_version: "",
            cluster_id: None,
            node_id: -1,
        }
    }
}

impl<'a> ApiVersionsView<'a> {
    /// Reads the body of a request.
    pub fn read(reader: &mut Reader<'a>, version: i16) -> WireResult<Self> {
        if version < 3 {
            return Ok(ApiVersionsView::default());
        }
        let view = ApiVersionsView {
            client_software_name: reader.str(true)?,
            client_software_version: reader.str(true)?,
            cluster_id: if version >= 5 { reader.nullable_str(true)? } else { None },
            node_id: if version >= 5 { reader.i32()? } else { -1 },
        };
        reader.skip_tagged_fields()?;
        Ok(view)
    }

    /// Whether name and version are words of letters, digits, `-` and `.` that begin and end with a letter or digit.
    pub fn is_valid(&self) -> bool {
        is_software_word(self.client_software_name) && is_software_word(self.client_software_version)
    }
}

fn is_software_word(word: &str) -> bool {
    let bytes = word.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Appends the body of a response: an error and the ranges of versions.
pub fn write_response(
    writer: &mut Writer<'_>,
    version: i16,
    error_code: ErrorCode,
    ranges: impl ExactSizeIterator<Item = (ApiKey, i16, i16)>,
) -> WireResult<()> {
    let flexible = ApiKey::ApiVersions.is_flexible(version);
    writer.i16(error_code.code());
    writer.count(Some(ranges.len()), flexible)?;
    for (api_key, min, max) in ranges {
        writer.i16(api_key.code());
        writer.i16(min);
        writer.i16(max);
        if flexible {
            writer.no_tagged_fields();
        }
    }
    if version >= 1 {
        writer.i32(0);
    }
    if flexible {
        writer.no_tagged_fields();
    }
    Ok(())
}
