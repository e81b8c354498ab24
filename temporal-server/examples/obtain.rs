//! Obtains a Temporal server, says where it answers, and stops it again: the minutes that a first download or
//! build takes are spent here, visibly, and not inside the first test.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let server = temporal_server::obtain(&Default::default(), |line| println!("{line}")).await?;
    println!("a temporal server answers at {}", server.address());
    server.stop().await
}
