#![doc = include_str!("../README.md")]

mod batches;
mod client;
mod items;
mod orders;
mod refusal;
mod settings;
mod wire;

pub use batches::{Address, NewLine, NewOrder, OrderStatus};
pub use client::Client;
pub use client_core::{BadSettings, Error, Result};
pub use items::Item;
pub use orders::{Line, Order, PAGE, Package, Shipment, ShippedItem};
pub use settings::Settings;
