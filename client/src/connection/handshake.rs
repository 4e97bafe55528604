//! The first exchange of a connection: which versions does the broker speak (KIP-35, KIP-511)?

use fluxmq_protocol::messages::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use fluxmq_protocol::wire::Reader;
use fluxmq_protocol::{ApiKey, Decode, ErrorCode, ProtocolRequest};

use super::Connection;
use crate::error::ClientError;
use crate::retry::Deadline;

/// Asks in the highest version known here. A broker that does not know it says so in the layout of version 0 and
/// names its own range, in which the question is put again.
pub(super) async fn api_versions(connection: &Connection) -> Result<ApiVersionsResponse, ClientError> {
    let highest = ApiVersionsRequest::MAX_VERSION;
    let first = ask(connection, highest).await?;
    let response = if first.error_code == ErrorCode::UNSUPPORTED_VERSION {
        let range = first.api_keys.iter().find(|range| range.api_key == ApiKey::ApiVersions.code());
        ask(connection, range.map_or(0, |range| range.max_version.clamp(0, highest))).await?
    } else {
        first
    };
    ClientError::check(response.error_code, || format!("ApiVersions to `{}`", connection.address()))?;
    Ok(response)
}

async fn ask(connection: &Connection, version: i16) -> Result<ApiVersionsResponse, ClientError> {
    let request = ApiVersionsRequest {
        client_software_name: env!("CARGO_PKG_NAME").to_owned(),
        client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..ApiVersionsRequest::default()
    };
    // Whatever listens there may be no broker and never answer: that must show as soon as a port that is closed would.
    let options = connection.options();
    let deadline = Deadline::after(options.request_timeout.min(options.socket_connection_setup_timeout));
    let pending = connection
        .dispatch(ApiKey::ApiVersions, version, deadline, |writer| {
            fluxmq_protocol::Encode::encode(&request, writer, version)
        })
        .await?;
    let frame = pending.answer(connection).await?;
    // The header is 4 bytes in every version. An error 35 is in the layout of version 0, whatever was asked for.
    let refused = frame.get(4..6) == Some(&ErrorCode::UNSUPPORTED_VERSION.code().to_be_bytes());
    if version > 0 && refused {
        let body = frame.slice(4..);
        let response = ApiVersionsResponse::decode(&mut Reader::new(&body), 0);
        return response.map_err(|error| ClientError::wire(ApiKey::ApiVersions, 0, error));
    }
    connection.decode::<ApiVersionsRequest>(frame, version)
}
