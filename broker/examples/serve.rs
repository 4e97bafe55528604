//! A broker inside of another program: `cargo run --release -p fluxmq --example serve -- PORT [DATA_DIR]`.

use fluxmq::{BrokerConfig, BrokerServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let config = BrokerConfig {
        host: "127.0.0.1".to_string(),
        port: words.next().map_or(Ok(9092), |port| port.parse())?,
        enable_consumer_groups: true,
        data_dir: words.next().map(Into::into),
        ..Default::default()
    };
    let server = BrokerServer::new(config).await?;
    let shutdown = server.shutdown_handle();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            shutdown.shutdown();
        }
    });
    #[expect(clippy::print_stdout, reason = "a program that has nothing else to say")]
    {
        println!("listening on {}", server.local_addr());
    }
    server.run().await?;
    Ok(())
}
