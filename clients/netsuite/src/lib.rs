#![doc = include_str!("../README.md")]

mod account;
mod client;
mod credentials;
mod records;
mod refusal;
pub mod rows;
mod settings;
mod suiteql;
mod tba;

pub use account::GovernanceLimits;
pub use client::Client;
pub use client_core::{BadSettings, Error, Result};
pub use records::Id;
pub use settings::{Auth, Settings};
pub use suiteql::Rows;
