//! The client against scripted brokers.

mod admin;
mod cluster;
mod connection;
mod consumer;
mod coordinator;
mod group;
mod group_next_gen;
mod groups;
mod producer;
mod producer_retries;
