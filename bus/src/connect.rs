use std::time::Duration;

use temporalio_client::{Client, ClientOptions, ConnectionOptions, GrpcCompression};
use tracing::warn;

use crate::{BusError, unavailable};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Connects once, as Temporal's environment configuration says: `TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, `temporal.toml`, ….
pub async fn connect(compress: bool) -> Result<Client, BusError> {
    let (connection, client) = settings(compress)?;
    let target = connection.target.clone();
    Client::connect(connection, client).await.map_err(|e| BusError::Unavailable(format!("{target}: {e}")))
}

/// The same, waiting for a server that is not there yet. Drop it to stop waiting.
pub async fn connect_patiently(compress: bool) -> Result<Client, BusError> {
    settings(compress)?;
    loop {
        match connect(compress).await {
            Ok(client) => return Ok(client),
            Err(error) => warn!("{error}"),
        }
        tokio::time::sleep(TRY_AGAIN_AFTER).await;
    }
}

fn settings(compress: bool) -> Result<(ConnectionOptions, ClientOptions), BusError> {
    let loaded = ClientOptions::load_from_config(Default::default());
    let (mut connection, client) = loaded
        .map_err(|e| unavailable(format!("its environment configuration (TEMPORAL_ADDRESS, …) cannot be used: {e}")))?;
    connection.connect_timeout = Some(CONNECT_WITHIN);
    if !compress {
        connection.grpc_compression = GrpcCompression::None;
    }
    Ok((connection, client))
}
