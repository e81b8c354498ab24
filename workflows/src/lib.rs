#![doc = include_str!("../README.md")]
// The SDK's macros make public items that cannot carry docs.
#![allow(missing_docs)]

pub mod agent;
pub mod boundary;
pub mod call;
pub mod canonical;
pub mod contracts;
pub mod dcl_po_notification;
pub mod dcl_po_receipt;
pub mod dcl_tracking;
pub mod desk;
pub mod domain;
pub mod event;
pub mod ids;
pub mod inventory_sync;
pub mod netsuite_invoice;
pub mod netsuite_payment;
pub mod netsuite_to_dcl;
pub mod polls;
pub mod shopify_to_netsuite;
pub mod stock_check;
pub mod trail;
