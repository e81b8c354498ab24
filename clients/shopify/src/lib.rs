#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod convert;
mod documents;
mod fulfillment;
mod order;
mod orders;
mod payments;
mod payouts;
mod settings;
mod shop;

pub use client::Client;
pub use client_core::{BadSettings, Error, Result};
pub use fulfillment::{
    Fulfillment, FulfillmentDraft, FulfillmentOrder, FulfillmentOrderLine, FulfillmentOrderStatus, OrderFulfillment,
    Tracking,
};
pub use order::{
    Address, Customer, FinancialStatus, LineItem, Money, MoneySet, Order, RiskLevel, RiskRecommendation, ShippingLine,
    TaxLine,
};
pub use orders::{OrderCount, OrderStub};
pub use payments::{OrderPayments, Transaction, TransactionKind, TransactionStatus};
pub use payouts::{Charge, Payout};
pub use settings::{Auth, Settings};
pub use shop::{Shop, WebhookSubscription};
