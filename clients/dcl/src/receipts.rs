//! What the warehouse has received.
//!
//! DCL's page shows two fields of a receipt, `dcl_po_number` and `receipt_date`, and is cut then. That a row is one item of
//! one receipt, and its other names, are guessed here alone; a row that lacks what is needed is an error that names it.

use client_core::Result;
use futures_util::Stream;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::client::Client;
use crate::wire;

/// The most receipts that DCL gives at a time.
pub const RECEIPTS_PAGE: usize = 100;

/// Which receipts are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipts<'a> {
    /// Of DCL's purchase order number.
    Of(&'a str),
    /// Of what was announced under our reference.
    Referring(&'a str),
    /// Received on this day of the warehouse's or later, anybody's.
    Since(Date),
}

/// Units of one item that came in one receipt.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReceiptRow {
    /// DCL's number of the purchase order.
    #[serde(deserialize_with = "wire::owed_text")]
    pub dcl_po_number: String,
    /// The warehouse's day.
    #[serde(deserialize_with = "wire::owed_date")]
    pub receipt_date: Date,
    /// DCL's number of the receipt, where it has one.
    #[serde(default, deserialize_with = "wire::text")]
    pub receipt_number: Option<String>,
    /// Our reference.
    #[serde(default, deserialize_with = "wire::text")]
    pub reference_transaction_number: Option<String>,
    /// The order's own number.
    #[serde(default, deserialize_with = "wire::text")]
    pub customer_po_number: Option<String>,
    /// The item as DCL calls it.
    #[serde(deserialize_with = "wire::owed_text")]
    pub item_number: String,
    /// Units.
    #[serde(deserialize_with = "wire::decimal")]
    pub quantity: Decimal,
    /// Of these, units by lot.
    #[serde(default, deserialize_with = "wire::list")]
    pub lots: Vec<Lot>,
    /// Their serial numbers.
    #[serde(default, deserialize_with = "wire::list")]
    pub serial_numbers: Vec<String>,
}

/// Units of one lot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Lot {
    /// Its number.
    #[serde(deserialize_with = "wire::owed_text")]
    pub lot_number: String,
    /// Units.
    #[serde(deserialize_with = "wire::decimal")]
    pub quantity: Decimal,
}

#[derive(Deserialize)]
struct Page {
    po_receipts: Vec<ReceiptRow>,
}

impl Client {
    /// The rows of these receipts, to the end; nothing new costs one request. `fields` are not asked for, since their names
    /// are not known.
    pub fn po_receipts(&self, which: Receipts<'_>) -> impl Stream<Item = Result<ReceiptRow>> {
        let (name, value) = match which {
            Receipts::Of(number) => ("dcl_po_number", number.to_owned()),
            Receipts::Referring(reference) => ("reference_transaction_number", reference.to_owned()),
            Receipts::Since(day) => ("received_from", day.to_string()),
        };
        let size = RECEIPTS_PAGE.to_string();
        async_stream::try_stream! {
            for page in 1.. {
                let page = page.to_string();
                let query = [(name, value.as_str()), ("page", &page), ("page_size", &size)];
                let Page { po_receipts } = self.get("po_receipts", &query).await?;
                let last = po_receipts.len() < RECEIPTS_PAGE;
                for row in po_receipts {
                    yield row;
                }
                if last {
                    break;
                }
            }
        }
    }
}
