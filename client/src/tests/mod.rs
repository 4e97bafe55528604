//! The client against scripted brokers.

mod admin;
mod cluster;
mod connection;
mod consumer;
mod producer;
mod producer_retries;
