//! ApiVersions 0-5: which APIs are served, from the one table.
//!
//! - A version that is not known is answered in the layout of version 0 with UNSUPPORTED_VERSION and the ranges, so that
//!   the client can ask again in a version that both speak (KIP-511). No other API gets an answer in such a case.
//! - From version 3 the client names its software; a malformed name is INVALID_REQUEST (KIP-511).
//! - The response header never has tagged fields: the client cannot know yet.
//! - Version 5 lets the client say which cluster and node it expects to reach (KIP-1242); a client that reached another
//!   one gets REBOOTSTRAP_REQUIRED.

use fluxmq_protocol::header::ResponseHeader;
use fluxmq_protocol::view::api_versions::{ApiVersionsView, write_response};
use fluxmq_protocol::wire::{Reader, Writer};
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::context::{Broker, Peer};
use super::conversation::Hangup;
use super::{SERVED, served};

/// What to answer, and in which layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    layout: i16,
    error_code: ErrorCode,
}

/// Decides the answer to the request that `reader` stands at.
pub(super) fn judge(
    broker: &Broker,
    reader: &mut Reader<'_>,
    version: i16,
    client_id: &str,
    peer: &mut Peer,
) -> Result<Answer, Hangup> {
    let max = served(ApiKey::ApiVersions.code()).map_or(0, |(_, _, max)| max);
    if !(0..=max).contains(&version) {
        return Ok(Answer { layout: 0, error_code: ErrorCode::UNSUPPORTED_VERSION });
    }
    let view = ApiVersionsView::read(reader, version)?;
    let error_code = if version >= 3 && !view.is_valid() {
        ErrorCode::INVALID_REQUEST
    } else if is_another(broker, &view) {
        ErrorCode::REBOOTSTRAP_REQUIRED
    } else {
        peer.introduce(client_id, view.client_software_name, view.client_software_version);
        ErrorCode::NONE
    };
    Ok(Answer { layout: version, error_code })
}

/// Whether the client means another cluster or node than this.
fn is_another(broker: &Broker, view: &ApiVersionsView<'_>) -> bool {
    view.cluster_id.is_some_and(|id| id != broker.metadata.image().cluster_id)
        || (view.node_id != -1 && view.node_id != broker.settings.node_id)
}

impl Answer {
    /// Appends header and body.
    pub(super) fn write(self, out: &mut Vec<u8>, correlation_id: i32) -> Result<(), Hangup> {
        let mut writer = Writer::new(out);
        ResponseHeader { correlation_id }.write(&mut writer, ApiKey::ApiVersions, self.layout);
        let ranges = if self.error_code == ErrorCode::INVALID_REQUEST { &[] } else { SERVED };
        Ok(write_response(&mut writer, self.layout, self.error_code, ranges.iter().copied())?)
    }
}
