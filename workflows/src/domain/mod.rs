//! What an order is and what it becomes. Values in, values out; no I/O, no Temporal.

pub mod announcement;
pub mod billing;
pub mod bundle;
pub mod chain;
pub mod channel;
pub mod customer;
pub mod inbound;
pub mod input;
pub mod money;
pub mod order;
pub mod payment;
pub mod policy;
pub mod readiness;
pub mod receipt;
pub mod sales_order;
pub mod shipment;
pub mod stock;
pub mod stock_check;
pub mod stock_input;
pub mod tax;
pub mod warehouse;
