#![doc = include_str!("../README.md")]

mod error;
mod http;
mod text;
mod token;

#[cfg(feature = "test-server")]
pub mod test_server;

pub use error::{BadSettings, Error, Result};
pub use http::{Answer, Download, Http};
pub use text::{decode, encode, plain};
pub use token::{Token, TokenCache};
