//! Writes records to a topic, reads them back and compares: `round_trip BOOTSTRAP [RECORDS] [PARTITIONS] [CODEC]`.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fluxmq_client::admin::NewTopic;
use fluxmq_client::{
    Client, Compression, ConsumerConfig, EndOffset, ProducerConfig, ProducerRecord, StartOffset,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let records: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let partitions: i32 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let codec: Compression = arguments.next().map_or(Ok(Compression::None), |text| text.parse())?;

    let client = Client::builder().bootstrap(bootstrap).build().await?;
    let admin = client.admin();
    let topic = format!("round-trip-{}", std::process::id());
    for (_, outcome) in admin.create_topics(&[NewTopic::new(&topic, partitions)], false).await? {
        outcome?;
    }
    write(&client, &topic, records, codec).await?;
    read(&client, &topic, records).await?;
    admin.delete_topics(&[&topic]).await?;
    Ok(())
}

async fn write(
    client: &Client,
    topic: &str,
    records: usize,
    codec: Compression,
) -> Result<(), Box<dyn Error>> {
    let config = ProducerConfig::default().compression(codec).linger(Duration::from_millis(5));
    let producer = client.producer(config)?;
    let started = Instant::now();
    let mut deliveries = Vec::with_capacity(records);
    for number in 0..records {
        let value = format!("record {number:0>93}");
        let record = ProducerRecord::new(topic, value).key(Bytes::from((number % 1000).to_string()));
        deliveries.push(producer.send(record).await?);
    }
    producer.flush().await?;
    for delivery in deliveries {
        delivery.await?;
    }
    println!("{codec}: wrote {records} records in {:.3} s", started.elapsed().as_secs_f64());
    Ok(())
}

async fn read(client: &Client, topic: &str, records: usize) -> Result<(), Box<dyn Error>> {
    let config = ConsumerConfig::topic(topic).start(StartOffset::Beginning).end(EndOffset::Current);
    let started = Instant::now();
    let mut consumer = client.consumer(config).await?;
    let mut last_by_key: HashMap<Bytes, usize> = HashMap::new();
    let mut read = 0;
    while let Some(batch) = consumer.next_batch().await {
        for record in batch? {
            let value = record.value_str().unwrap_or_default();
            let number: usize = value.trim_start_matches("record ").parse()?;
            let key = record.key.unwrap_or_default();
            if last_by_key.insert(key, number).is_some_and(|before| before >= number) {
                return Err(format!("record {number} came out of order").into());
            }
            read += 1;
        }
    }
    println!("read {read} records in order in {:.3} s", started.elapsed().as_secs_f64());
    if read == records { Ok(()) } else { Err(format!("{read} of {records} records came back").into()) }
}
