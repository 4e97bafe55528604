//! Which versions of which APIs a broker speaks.

use std::collections::BTreeMap;

use fluxmq_protocol::messages::api_versions::ApiVersionsResponse;
use fluxmq_protocol::{ApiKey, ProtocolRequest};

use crate::error::ClientError;

/// The version ranges that one broker announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiVersionTable {
    ranges: BTreeMap<i16, (i16, i16)>,
}

impl ApiVersionTable {
    /// A table from (API key, lowest version, highest version), both inclusive.
    pub fn from_entries(entries: impl IntoIterator<Item = (i16, i16, i16)>) -> Self {
        ApiVersionTable { ranges: entries.into_iter().map(|(key, min, max)| (key, (min, max))).collect() }
    }

    /// The table that a broker answered with.
    pub fn from_response(response: &ApiVersionsResponse) -> Self {
        Self::from_entries(
            response.api_keys.iter().map(|range| (range.api_key, range.min_version, range.max_version)),
        )
    }

    /// The highest version of `R` that both sides speak.
    pub fn negotiate<R: ProtocolRequest>(&self) -> Result<i16, ClientError> {
        self.negotiate_within::<R>(R::MIN_VERSION, R::MAX_VERSION)
    }

    /// As [`Self::negotiate`], between `min` and `max` (both inclusive).
    pub(crate) fn negotiate_within<R: ProtocolRequest>(
        &self,
        min: i16,
        max: i16,
    ) -> Result<i16, ClientError> {
        let (client_min, client_max) = (min.max(R::MIN_VERSION), max.min(R::MAX_VERSION));
        let (broker_min, broker_max) = self.broker_range(R::API_KEY).unwrap_or((-1, -1));
        let version = client_max.min(broker_max);
        if version < client_min || version < broker_min {
            let api_key = R::API_KEY;
            return Err(ClientError::IncompatibleVersion {
                api_key,
                broker_min,
                broker_max,
                client_min,
                client_max,
            });
        }
        Ok(version)
    }

    /// The lowest and highest version (both inclusive) that the broker speaks of an API.
    pub fn broker_range(&self, api_key: ApiKey) -> Option<(i16, i16)> {
        self.ranges.get(&api_key.code()).copied()
    }

    /// Every API that the broker named: key, lowest and highest version.
    pub fn entries(&self) -> impl Iterator<Item = (i16, i16, i16)> + '_ {
        self.ranges.iter().map(|(key, (min, max))| (*key, *min, *max))
    }

    /// Whether the broker named no API.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluxmq_protocol::messages::metadata::MetadataRequest;

    #[test]
    fn the_highest_common_version_is_chosen() {
        let table = |min, max| ApiVersionTable::from_entries([(ApiKey::Metadata.code(), min, max)]);
        assert_eq!(table(0, 5).negotiate::<MetadataRequest>().unwrap(), 5);
        assert_eq!(table(0, 99).negotiate::<MetadataRequest>().unwrap(), MetadataRequest::MAX_VERSION);
        let error = table(90, 99).negotiate::<MetadataRequest>().unwrap_err();
        assert!(matches!(error, ClientError::IncompatibleVersion { broker_min: 90, broker_max: 99, .. }));
        let error = ApiVersionTable::default().negotiate::<MetadataRequest>().unwrap_err();
        assert_eq!(error.to_string(), "the broker does not offer Metadata");
    }
}
