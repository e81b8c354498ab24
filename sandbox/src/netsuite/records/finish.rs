//! The last steps of every write.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;

use super::{
    Context, adjustment, bill, customer, deposit, fulfillment, inbound, payment, projection, receipt, reference,
    sales_order,
};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::RecordType;
use crate::netsuite::value::{Object, text};

impl Context<'_> {
    /// Checks a record, fills in what NetSuite derives, moves others on, and stores it.
    pub(super) fn finish(&self, kind: &RecordType, id: i64, mut record: Object, before: Option<&Object>) -> Result<()> {
        let old_key = before.and_then(|before| text(before, "externalId"));
        if let Some(external) = text(&record, "externalId")
            && old_key != Some(external)
        {
            self.may_use_key(kind, id, external)?;
        }
        self.stamp(id, &mut record);
        if kind.transaction_type().is_some() && kind.name != "salesOrder" && before.is_none() {
            self.number(kind, id, &mut record)?;
        }
        match kind.name {
            "salesOrder" => sales_order::finish(self, id, &mut record, before)?,
            "purchaseOrder" | "transferOrder" => inbound::finish(self, kind, &mut record)?,
            "customer" => customer::finish(self, id, &mut record)?,
            "customerPayment" => payment::finish(self, id, &mut record, before)?,
            "customerDeposit" => deposit::finish(self, id, &mut record, before)?,
            "depositApplication" => deposit::finish_application(self, id, &mut record, before)?,
            "itemFulfillment" => {
                fulfillment::finish(&mut record);
                fulfillment::book(self, before, Some(&record), false)?;
            }
            "itemReceipt" if record.contains_key("createdFrom") && before.is_none() => {
                receipt::book(self, &record, Decimal::ONE)?;
            }
            "invoice" | "cashSale" if record.contains_key("createdFrom") => {
                bill::finish(kind, &mut record)?;
                if before.is_none() {
                    bill::book(self, &record, Decimal::ONE)?;
                }
            }
            // One that was loaded without its order is what the load says.
            "invoice" if record.contains_key("total") => bill::finish(kind, &mut record)?,
            "inventoryAdjustment" => adjustment::book(self, before, Some(&record))?,
            _ => reference::finish(kind, &mut record),
        }
        self.save(kind, id, &record)
    }

    /// Notes when the record was written. NetSuite's times have whole seconds.
    pub(super) fn stamp(&self, id: i64, record: &mut Object) {
        record.insert("id".to_owned(), json!(id.to_string()));
        let now = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
        record.insert("lastModifiedDate".to_owned(), json!(now.to_string()));
    }

    /// Gives a new transaction its numbers, unless it was loaded with them.
    fn number(&self, kind: &RecordType, id: i64, record: &mut Object) -> Result<()> {
        let (prefix, series) = match kind.name {
            "itemFulfillment" => ("IF", "ITEMSHIP"),
            "itemReceipt" => ("IR", "ITEMRCPT"),
            "purchaseOrder" => ("PO", "PURCHORD"),
            "transferOrder" => ("TO", "TRNFRORD"),
            "invoice" => ("INV", "CUSTINVC"),
            "cashSale" => ("CS", "CASHSALE"),
            "customerDeposit" => ("CD", "CUSTDEP"),
            "depositApplication" => ("DA", "DEPAPPL"),
            "inventoryAdjustment" => ("IA", "INVADJST"),
            _ => ("PYMT", "CUSTPYMT"),
        };
        if !record.contains_key("tranId") {
            let number = self.store.next(&format!("tranId {}", kind.name))?;
            record.insert("tranId".to_owned(), json!(format!("{prefix}{number}")));
        }
        record.insert("transactionNumber".to_owned(), json!(format!("{series}{id}")));
        let now = record.get("lastModifiedDate").cloned();
        record.insert("createdDate".to_owned(), now.unwrap_or_default());
        Ok(())
    }

    /// Stores a record and writes what SuiteQL sees of it.
    pub(super) fn save(&self, kind: &RecordType, id: i64, record: &Object) -> Result<()> {
        self.store.put(kind, id, record)?;
        match kind.name {
            "customer" => customer::project(self.store, id, record),
            _ if kind.transaction_type().is_some() => projection::project(self, kind, id, record),
            _ => reference::project(self.store, kind, id, record),
        }
    }

    /// External ids have few characters and are unique, across all types of transaction.
    fn may_use_key(&self, kind: &RecordType, id: i64, external: &str) -> Result<()> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if external.is_empty() || external.len() > 255 || !external.chars().all(allowed) {
            return Err(ApiError::content(
                "Invalid external ID. Use letters, digits, underscores and hyphens only.",
                "externalId",
            ));
        }
        match self.store.find(kind.scope, external)? {
            Some((store, owner)) if (store.as_str(), owner) != (kind.store, id) => {
                Err(ApiError::user(match kind.name {
                    "customer" => "This entity already exists.",
                    _ => "This record already exists.",
                }))
            }
            _ => Ok(()),
        }
    }
}
