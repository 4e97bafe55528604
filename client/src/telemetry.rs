//! Client metrics for those brokers that ask for them (KIP-714).

use bytes::Bytes;
use fluxmq_protocol::Uuid;
use fluxmq_protocol::messages::get_telemetry_subscriptions::{
    GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse,
};
use fluxmq_protocol::messages::push_telemetry::PushTelemetryRequest;

use crate::client::Client;
use crate::error::ClientError;

impl Client {
    /// Which metrics the cluster wants, and how often. A nil `client_instance_id` asks for a new one.
    pub async fn telemetry_subscriptions(
        &self,
        client_instance_id: Uuid,
    ) -> Result<GetTelemetrySubscriptionsResponse, ClientError> {
        let response = self.send(GetTelemetrySubscriptionsRequest { client_instance_id }).await?;
        ClientError::check(response.error_code, || "the subscriptions of client metrics".to_owned())?;
        Ok(response)
    }

    /// Hands in metrics, encoded as OTLP and not compressed, under a subscription.
    pub async fn push_telemetry(
        &self,
        client_instance_id: Uuid,
        subscription_id: i32,
        metrics: Bytes,
        terminating: bool,
    ) -> Result<(), ClientError> {
        let request = PushTelemetryRequest {
            client_instance_id,
            subscription_id,
            terminating,
            compression_type: 0,
            metrics,
        };
        let response = self.send(request).await?;
        ClientError::check(response.error_code, || "client metrics".to_owned())
    }
}
