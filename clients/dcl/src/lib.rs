#![doc = include_str!("../README.md")]

mod batches;
mod client;
mod items;
mod notifications;
mod orders;
mod receipts;
mod refusal;
mod settings;
mod wire;

pub use batches::{Address, NewLine, NewOrder, OrderStatus};
pub use client::Client;
pub use client_core::{BadSettings, Error, Result};
pub use items::Item;
pub use notifications::{NewNotification, NotificationLine, Notified};
pub use orders::{Line, Order, PAGE, Package, Shipment, ShippedItem};
pub use receipts::{Lot, RECEIPTS_PAGE, ReceiptRow, Receipts};
pub use settings::Settings;
