#![doc = include_str!("../README.md")]
// The SDK's macros make public items that cannot carry docs.
#![allow(missing_docs)]

pub mod boundary;
pub mod call;
pub mod canonical;
pub mod contracts;
pub mod desk;
pub mod domain;
pub mod ids;
pub mod shopify_orders_poll;
pub mod shopify_to_netsuite;
pub mod trail;
