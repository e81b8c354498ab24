//! Transactions made from others: an order is fulfilled, received and billed, an invoice is paid.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Context, adjustment, bill, deposit, fulfillment, payment, receipt};
use crate::netsuite::RepeatedTransform;
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::RecordType;
use crate::netsuite::normalise::Rules;
use crate::netsuite::value::{Object, id_object, text};

/// The transforms that the account has.
pub(crate) fn exists(from: &RecordType, to: &RecordType) -> bool {
    match from.name {
        "salesOrder" => to.name == "itemFulfillment" || to.is_bill(),
        "purchaseOrder" => to.name == "itemReceipt",
        "transferOrder" => matches!(to.name, "itemFulfillment" | "itemReceipt"),
        "invoice" => to.name == "customerPayment",
        "customerDeposit" => to.name == "depositApplication",
        _ => false,
    }
}

impl Context<'_> {
    /// Makes a transaction from another one; `given` is an internal id of its own.
    pub(crate) fn transform(
        &self,
        (from, source): (&RecordType, i64),
        to: &RecordType,
        body: &Object,
        rules: Rules,
        given: Option<i64>,
    ) -> Result<i64> {
        let origin = self.store.get(from.store, source)?.unwrap_or_default();
        let mut fields = self.fields(to, body, rules)?;
        fields.remove("createdFrom");
        fields.retain(|_, value| !value.is_null());
        self.repeated(to, &mut fields)?;
        self.dated(&mut fields, rules)?;
        let mut record = match to.name {
            "itemFulfillment" => fulfillment::of_order(self, from, &origin, fields)?,
            "itemReceipt" => receipt::of_order(self, from, (source, &origin), fields)?,
            "customerPayment" => payment::of_invoice(source, &origin, fields)?,
            "depositApplication" => deposit::application(source, &origin, fields)?,
            _ => bill::of_order(self, to, &origin, fields)?,
        };
        self.copy_custom_fields(to, &origin, &mut record);
        if to.made_from_orders() {
            record.insert("createdFrom".to_owned(), id_object(&source.to_string()));
        }
        let id = self.new_id(to, given)?;
        self.finish(to, id, record, None)?;
        Ok(id)
    }

    /// An external id that an earlier document of the type has: refused, or not taken over.
    fn repeated(&self, to: &RecordType, fields: &mut Object) -> Result<()> {
        let Some(external) = text(fields, "externalId") else {
            return Ok(());
        };
        let owner = self.store.find(to.scope, external)?;
        let same_type = owner.is_some_and(|(store, _)| store == to.store);
        if same_type && self.switches.repeated_transform == RepeatedTransform::Accepted {
            fields.remove("externalId");
        }
        Ok(())
    }

    /// Custom fields of the body go along where the new type has them too.
    fn copy_custom_fields(&self, to: &RecordType, origin: &Object, record: &mut Object) {
        let schema = self.catalogue.schema(to.name);
        for (name, value) in origin {
            if name.starts_with("custbody") && schema.field(name).is_some() {
                record.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }

    /// A posting transaction's day, by default today, must be in an open period.
    pub(super) fn dated(&self, fields: &mut Object, rules: Rules) -> Result<()> {
        let today = self.now.strftime("%Y-%m-%d").to_string();
        if fields.get("tranDate").is_none_or(Value::is_null) {
            fields.insert("tranDate".to_owned(), json!(today));
        }
        if rules.trusted { Ok(()) } else { self.in_open_period(fields) }
    }

    /// The day of a posting transaction must be in an open period.
    pub(super) fn in_open_period(&self, fields: &Object) -> Result<()> {
        let day = text(fields, "tranDate").and_then(|day| day.parse().ok());
        match (self.switches.closed_before, day) {
            (Some(closed), Some(day)) if closed > day => Err(ApiError::user(
                "The transaction date you specified is not within the date range of your accounting period.",
            )),
            _ => Ok(()),
        }
    }

    /// What a change of a transaction must not touch.
    pub(super) fn may_change(&self, kind: &RecordType, before: &Object, fields: &Object) -> Result<()> {
        match kind.name {
            "itemFulfillment" => fulfillment::may_change(before, fields)?,
            "itemReceipt" => receipt::may_change(before, fields)?,
            "invoice" | "cashSale" => bill::may_change(before, fields)?,
            _ => {}
        }
        let moved = fields.get("tranDate").is_some_and(|day| Some(day) != before.get("tranDate"));
        if moved && (kind.made_from_orders() || kind.is_money()) {
            self.in_open_period(before)?;
            self.in_open_period(fields)?;
        }
        Ok(())
    }

    /// Takes back what a transaction did to others, before it is deleted.
    pub(super) fn undo(&self, kind: &RecordType, id: i64, record: &Object, trusted: bool) -> Result<()> {
        let posting = kind.made_from_orders() || kind.is_money();
        if posting && !trusted {
            self.in_open_period(record)?;
        }
        match kind.name {
            "itemFulfillment" => fulfillment::book(self, Some(record), None, trusted),
            "itemReceipt" => receipt::book(self, record, Decimal::NEGATIVE_ONE),
            "customerPayment" => payment::withdraw(self, record),
            "depositApplication" => deposit::withdraw(self, id, record),
            "customerDeposit" => deposit::may_go(self, id),
            "inventoryAdjustment" => adjustment::book(self, Some(record), None),
            "invoice" | "cashSale" => {
                if !trusted {
                    bill::may_go(record)?;
                }
                bill::book(self, record, Decimal::NEGATIVE_ONE)
            }
            _ => Ok(()),
        }
    }
}
