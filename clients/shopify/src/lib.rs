#![doc = include_str!("../README.md")]

mod answer;
mod bulk;
mod client;
mod convert;
mod documents;
mod export;
mod fulfillment;
mod inventory;
mod open_orders;
mod order;
mod orders;
mod payments;
mod payouts;
mod settings;
mod shop;
mod stock_write;
mod usage;

pub use bulk::{BulkOperation, BulkOperationStatus};
pub use client::Client;
pub use client_core::{BadSettings, Error, Result};
pub use fulfillment::{
    Fulfillment, FulfillmentDraft, FulfillmentOrder, FulfillmentOrderLine, FulfillmentOrderStatus, OrderFulfillment,
    Tracking,
};
pub use inventory::{InventoryItem, InventoryLevel, Location, Page};
pub use open_orders::{OpenLine, OpenOrder};
pub use order::{
    Address, Customer, FinancialStatus, LineItem, Money, MoneySet, Order, RiskLevel, RiskRecommendation, ShippingLine,
    TaxLine,
};
pub use orders::{OrderCount, OrderStub};
pub use payments::{OrderPayments, Transaction, TransactionKind, TransactionStatus};
pub use payouts::{Charge, Payout};
pub use settings::{Auth, Settings};
pub use shop::{Shop, WebhookSubscription};
pub use stock_write::{EntryRefusal, KeyRefusal, SetOutcome, SetQuantity};
pub use usage::{Bucket, Usage};
