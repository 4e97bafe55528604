//! What `send` takes: a record, a pair, or many of either.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::Producer;
use super::batch::Delivery;
use super::record::{ProducerRecord, RecordMetadata};
use crate::error::ClientError;

/// Something that [`Producer::send`] takes. `Kind` only keeps the implementations apart; the compiler finds it.
pub trait Payload<Kind>: Sized {
    /// What tells of the delivery.
    type Delivery: Future + Send;

    /// Hands the records to the producer.
    fn send_through(
        self,
        producer: &Producer,
    ) -> impl Future<Output = Result<Self::Delivery, ClientError>> + Send;
}

/// [`Payload`] kind: one record.
#[derive(Debug)]
pub enum OneRecord {}
/// [`Payload`] kind: one pair of key and value, for the producer's topic.
#[derive(Debug)]
pub enum OnePair {}
/// [`Payload`] kind: many records.
#[derive(Debug)]
pub enum ManyRecords {}
/// [`Payload`] kind: many pairs of key and value, such as a map, for the producer's topic.
#[derive(Debug)]
pub enum ManyPairs {}

impl Payload<OneRecord> for ProducerRecord {
    type Delivery = Delivery;

    fn send_through(
        self,
        producer: &Producer,
    ) -> impl Future<Output = Result<Self::Delivery, ClientError>> + Send {
        producer.send_record(self)
    }
}

impl<K: IntoField, V: IntoField> Payload<OnePair> for (K, V) {
    type Delivery = Delivery;

    fn send_through(
        self,
        producer: &Producer,
    ) -> impl Future<Output = Result<Self::Delivery, ClientError>> + Send {
        producer.send_record(pair(self.0, self.1))
    }
}

impl<I> Payload<ManyRecords> for I
where
    I: IntoIterator<Item = ProducerRecord>,
    I::IntoIter: Send,
{
    type Delivery = Deliveries;

    fn send_through(
        self,
        producer: &Producer,
    ) -> impl Future<Output = Result<Self::Delivery, ClientError>> + Send {
        send_all(producer, self.into_iter())
    }
}

impl<I, K, V> Payload<ManyPairs> for I
where
    I: IntoIterator<Item = (K, V)>,
    I::IntoIter: Send,
    K: IntoField,
    V: IntoField,
{
    type Delivery = Deliveries;

    fn send_through(
        self,
        producer: &Producer,
    ) -> impl Future<Output = Result<Self::Delivery, ClientError>> + Send {
        let records: Vec<ProducerRecord> = self.into_iter().map(|(key, value)| pair(key, value)).collect();
        send_all(producer, records.into_iter())
    }
}

fn pair(key: impl IntoField, value: impl IntoField) -> ProducerRecord {
    ProducerRecord { key: key.into_field(), value: value.into_field(), ..ProducerRecord::tombstone("") }
}

async fn send_all(
    producer: &Producer,
    records: impl Iterator<Item = ProducerRecord> + Send,
) -> Result<Deliveries, ClientError> {
    let mut waiting = Vec::new();
    for record in records {
        waiting.push(producer.send_record(record).await?);
    }
    waiting.reverse();
    Ok(Deliveries { done: Vec::with_capacity(waiting.len()), waiting })
}

/// Resolves when all records of one `send` are delivered, in their order; or with the first failure.
#[derive(Debug)]
#[must_use = "whether the records arrived is known once this is awaited"]
pub struct Deliveries {
    /// The next at the end.
    waiting: Vec<Delivery>,
    done: Vec<RecordMetadata>,
}

impl Future for Deliveries {
    type Output = Result<Vec<RecordMetadata>, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        while let Some(next) = self.waiting.last_mut() {
            let metadata = std::task::ready!(Pin::new(next).poll(context))?;
            self.waiting.pop();
            self.done.push(metadata);
        }
        Poll::Ready(Ok(std::mem::take(&mut self.done)))
    }
}

/// A key or a value of a pair. Text and bytes go as they are, numbers as decimal text, `None` as null.
pub trait IntoField {
    /// The bytes, or null.
    fn into_field(self) -> Option<Bytes>;
}

macro_rules! bytes_fields {
    ($($type:ty: $this:ident => $bytes:expr;)+) => {
        $(impl IntoField for $type {
            fn into_field(self) -> Option<Bytes> {
                let $this = self;
                Some($bytes)
            }
        })+
    };
}
bytes_fields! {
    Bytes: this => this;
    Vec<u8>: this => Bytes::from(this);
    String: this => Bytes::from(this);
    &Bytes: this => this.clone();
    &Vec<u8>: this => Bytes::copy_from_slice(this);
    &String: this => Bytes::copy_from_slice(this.as_bytes());
    &[u8]: this => Bytes::copy_from_slice(this);
    &str: this => Bytes::copy_from_slice(this.as_bytes());
    &&str: this => Bytes::copy_from_slice(this.as_bytes());
}

impl<const N: usize> IntoField for &[u8; N] {
    fn into_field(self) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(self))
    }
}

impl<T: IntoField> IntoField for Option<T> {
    fn into_field(self) -> Option<Bytes> {
        self.and_then(IntoField::into_field)
    }
}

macro_rules! text_fields {
    ($($type:ty),+) => {
        $(impl IntoField for $type {
            fn into_field(self) -> Option<Bytes> {
                Some(Bytes::from(self.to_string()))
            }
        }
        impl IntoField for &$type {
            fn into_field(self) -> Option<Bytes> {
                Some(Bytes::from(self.to_string()))
            }
        })+
    };
}
text_fields!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64, bool, char);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_text_and_none_is_null() {
        assert_eq!(100_i32.into_field().unwrap(), "100");
        assert_eq!((-1.5_f64).into_field().unwrap(), "-1.5");
        assert_eq!("Norway".into_field().unwrap(), "Norway");
        assert_eq!(b"\xff".into_field().unwrap(), &b"\xff"[..]);
        assert_eq!(None::<&str>.into_field(), None);
    }
}
