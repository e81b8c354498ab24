#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod convert;
mod documents;
mod order;
mod orders;
mod settings;
mod shop;

pub use client::Client;
pub use client_core::{BadSettings, Error, Result};
pub use order::{
    Address, Customer, FinancialStatus, LineItem, Money, MoneySet, Order, RiskLevel, RiskRecommendation, ShippingLine,
    TaxLine,
};
pub use orders::{OrderCount, OrderStub};
pub use settings::{Auth, Settings};
pub use shop::{Shop, WebhookSubscription};
