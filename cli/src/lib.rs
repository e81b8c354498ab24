#![doc = include_str!("../README.md")]

pub mod api;
pub mod at;
pub mod bulk;
pub mod demo;
pub mod failure;
pub mod inventory;
pub mod order;
pub mod payload;
pub mod run;
pub mod runs;

pub use failure::Failure;
