//! The brand at its warehouse.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The brand at its warehouse.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warehouse {
    /// Name of the DCL login, as in `[dcl.<name>]`.
    pub dcl: String,
    /// DCL's account number of the brand.
    pub account_number: String,
    /// DCL's `freight_account`: who pays the carrier.
    pub freight_account: String,
    /// DCL's warehouse (`FR`, `LA`, `LN`, `YK`, `EX`, `EU`); default: DCL's choice.
    pub location: Option<String>,
    /// Internal id of a NetSuite shipping item to DCL's carrier and service.
    #[serde(default)]
    pub ship_methods: BTreeMap<String, ShipMethod>,
    /// For every other shipping item, and for orders without one.
    pub default_ship_method: Option<ShipMethod>,
    /// SKU to DCL's item number, where they differ.
    #[serde(default)]
    pub items: BTreeMap<String, String>,
    /// Internal ids of the NetSuite locations that this warehouse stands for; lines elsewhere are not sent. Default: all.
    #[serde(default)]
    pub locations: BTreeSet<String>,
    /// How kits are sent.
    #[serde(default)]
    pub kits: KitPolicy,
    /// The country in which a parcel is domestic, ISO 3166.
    #[serde(default = "united_states")]
    pub home_country: String,
    /// DCL's `international_code` for every other country.
    #[serde(default = "abroad")]
    pub international_code: u32,
    /// DCL's carrier to what the customer sees.
    #[serde(default)]
    pub carriers: BTreeMap<String, Carrier>,
    /// Shopify writes to the customer about each shipment.
    #[serde(default = "yes")]
    pub notify_customer: bool,
    /// An order that the warehouse closed short counts as done; otherwise it waits for a person.
    #[serde(default)]
    pub accept_short: bool,
}

/// How an order travels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipMethod {
    /// DCL's `shipping_carrier`.
    pub carrier: String,
    /// DCL's `shipping_service`.
    pub service: String,
    /// Before all others?
    #[serde(default)]
    pub rush: bool,
}

/// How kits are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KitPolicy {
    /// As one item that the warehouse knows.
    #[default]
    AsItem,
    /// Not at all: such an order waits for a person.
    Park,
}

/// A carrier as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// The name that Shopify knows: `FedEx`.
    pub company: String,
    /// Where a parcel is followed: `https://www.fedex.com/fedextrack/?trknbr={tracking}`. Default: Shopify's own.
    pub url: Option<String>,
}

fn united_states() -> String {
    "US".to_owned()
}
fn abroad() -> u32 {
    1
}
fn yes() -> bool {
    true
}
