//! Sales Orders: what they must have, what they derive, and what their state forbids.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::progress::{self, Progress};
use super::status::{self, PENDING_APPROVAL, PENDING_FULFILLMENT, status_name};
use super::{Context, customer, links, tax};
use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds;
use crate::netsuite::stock;
use crate::netsuite::totals::{self, Totals};
use crate::netsuite::value::{
    LARGEST, Object, amount, choice, decimal, flag, id_object, number, reference, round, rows, text,
};

/// Checks what the order's state forbids, before a change. The texts are inferred.
pub(super) fn may_change(before: &Object, fields: &Object, replace: &[String]) -> Result<()> {
    let begun = rows(before, "item").into_iter().any(|line| Progress::of(line).is_begun());
    let replaces = replace.iter().any(|name| name.eq_ignore_ascii_case("item"));
    if begun && replaces && fields.contains_key("item") {
        return Err(ApiError::user("You cannot delete a line of this order because it has been fulfilled or billed."));
    }
    let status = choice(before, "status").unwrap_or_default();
    let decided = choice(fields, "orderStatus").is_some_and(|wanted| Some(wanted) != choice(before, "orderStatus"));
    if decided && status != PENDING_APPROVAL && status != PENDING_FULFILLMENT {
        return Err(ApiError::user(format!(
            "The order status cannot be changed: the order is {}.",
            status_name("SalesOrd", status)
        )));
    }
    for (index, line) in rows(fields, "item").into_iter().enumerate() {
        let Some(old) = rows(before, "item")
            .into_iter()
            .find(|old| line.contains_key("line") && old.get("line") == line.get("line"))
        else {
            continue;
        };
        let progress = Progress::of(old);
        let too_few = line.contains_key("quantity") && amount(line, "quantity") < progress.taken();
        let other_item = line.contains_key("item") && line.get("item") != old.get("item");
        if progress.is_begun() && (too_few || other_item) {
            return Err(ApiError::user(format!(
                "Line {index} of the request changes what has been fulfilled or billed already."
            )));
        }
    }
    Ok(())
}

/// An order with fulfillments or bills stays.
pub(super) fn may_go(ctx: &Context<'_>, id: i64, order: &Object) -> Result<()> {
    let begun = rows(order, "item").into_iter().any(|line| Progress::of(line).is_begun());
    if begun || links::leads_on(ctx.store, id)? {
        return Err(ApiError::user(
            "This transaction cannot be deleted because it is linked to by one or more \
             transactions.",
        ));
    }
    Ok(())
}

/// Checks an order and fills in what NetSuite derives: defaults, amounts, totals, status.
pub(super) fn finish(ctx: &Context<'_>, id: i64, order: &mut Object, before: Option<&Object>) -> Result<()> {
    let entity = reference(order, "entity").ok_or_else(|| ApiError::missing("Customer", "entity"))?;
    let customer = ctx.store.get("customer", entity)?.unwrap_or_default();
    if flag(&customer, "isInactive") {
        return Err(ApiError::bad_reference("entity", &json!(entity.to_string())));
    }
    belongs_together(ctx, order, &customer)?;
    if rows(order, "item").is_empty() {
        return Err(ApiError::user("You must enter at least one line item for this transaction."));
    }
    defaults(ctx, id, order, &customer, before)?;

    let digits = digits(ctx, reference(order, "currency"))?;
    let amounts = price_lines(ctx, order, digits)?;
    let taxes = tax::of_order(ctx, order, digits)?;
    let discount = match reference(order, "discountItem") {
        Some(_) => round(amount(order, "discountRate"), digits),
        None => Decimal::ZERO,
    };
    let shipping = round(amount(order, "shippingCost"), digits) + round(amount(order, "handlingCost"), digits);
    set_totals(order, totals::sum(&amounts, discount, shipping, &taxes));

    order.insert("status".to_owned(), id_object(status::of_order(order)));
    stock::settle(ctx, id, order, before)
}

/// Subsidiary, currency, form and locations must fit the customer and each other.
fn belongs_together(ctx: &Context<'_>, order: &mut Object, customer: &Object) -> Result<()> {
    let home = reference(customer, "subsidiary").unwrap_or_default();
    match reference(order, "subsidiary") {
        Some(given) if given != home => {
            return Err(ApiError::bad_reference("subsidiary", &json!(given.to_string())));
        }
        Some(_) => {}
        None => {
            order.insert("subsidiary".to_owned(), id_object(&home.to_string()));
        }
    }
    match reference(order, "currency") {
        Some(given) if !customer::trades_in(customer, given) => {
            return Err(ApiError::bad_reference("currency", &json!(given.to_string())));
        }
        Some(_) => {}
        None => {
            let usual = reference(customer, "currency").unwrap_or(1);
            order.insert("currency".to_owned(), id_object(&usual.to_string()));
        }
    }
    if let Some(form) = reference(order, "customForm") {
        let record = ctx.store.get("customForm", form)?.unwrap_or_default();
        let fits = text(&record, "record") == Some("salesOrder")
            && record
                .get("subsidiaries")
                .and_then(Value::as_array)
                .is_some_and(|list| list.contains(&json!(home.to_string())));
        if !fits {
            return Err(ApiError::bad_reference("customForm", &json!(form.to_string())));
        }
    }
    location_fits(ctx, order, home, "location")?;
    for (index, line) in rows(order, "item").into_iter().enumerate() {
        location_fits(ctx, line, home, &format!("item.items[{index}].location"))?;
    }
    Ok(())
}

pub(super) fn location_fits(ctx: &Context<'_>, object: &Object, home: i64, path: &str) -> Result<()> {
    let Some(location) = reference(object, "location") else {
        return Ok(());
    };
    let record = ctx.store.get("location", location)?.unwrap_or_default();
    if reference(&record, "subsidiary") == Some(home) {
        return Ok(());
    }
    Err(ApiError::bad_reference(path, &json!(location.to_string())))
}

fn defaults(ctx: &Context<'_>, id: i64, order: &mut Object, customer: &Object, before: Option<&Object>) -> Result<()> {
    if before.is_none() {
        let number = ctx.store.next("tranId")?;
        order.insert("tranId".to_owned(), json!(format!("SO{number}")));
        order.insert("transactionNumber".to_owned(), json!(format!("SALESORD{id}")));
        let now = order.get("lastModifiedDate").cloned();
        order.insert("createdDate".to_owned(), now.unwrap_or_default());
    }
    let today = ctx.now.strftime("%Y-%m-%d").to_string();
    for (name, value) in [
        ("tranDate", json!(today)),
        ("orderStatus", id_object(PENDING_APPROVAL)),
        ("customForm", id_object("100")),
        ("exchangeRate", json!(1)),
        ("email", customer.get("email").cloned().unwrap_or_default()),
    ] {
        if !order.contains_key(name) && !value.is_null() {
            order.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

pub(super) fn digits(ctx: &Context<'_>, currency: Option<i64>) -> Result<u32> {
    let record = match currency {
        Some(currency) => ctx.store.get("currency", currency)?,
        None => None,
    };
    let digits = record.and_then(|record| record.get("currencyPrecision")?.as_u64());
    Ok(digits.and_then(|digits| u32::try_from(digits).ok()).unwrap_or(2))
}

/// Sets every line's type, quantity, rate and amount; answers the amounts.
fn price_lines(ctx: &Context<'_>, order: &mut Object, digits: u32) -> Result<Vec<Decimal>> {
    let Some(Value::Array(lines)) = order.get_mut("item").and_then(|sublist| sublist.get_mut("items")) else {
        return Ok(Vec::new());
    };
    let mut amounts = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter_mut().enumerate() {
        let Some(line) = line.as_object_mut() else {
            continue;
        };
        let path = format!("item.items[{index}].item");
        let item = reference(line, "item").ok_or_else(|| ApiError::missing("Item", path.as_str()))?;
        let record = ctx.store.get("item", item)?.unwrap_or_default();
        if flag(&record, "isInactive") {
            return Err(ApiError::bad_reference(&path, &json!(item.to_string())));
        }
        amounts.push(price_line(line, &record, digits, index)?);
    }
    Ok(amounts)
}

fn price_line(line: &mut Object, item: &Object, digits: u32, index: usize) -> Result<Decimal> {
    let kind = text(item, "recordType").and_then(kinds::find).and_then(|kind| kind.item_type).unwrap_or_default();
    line.insert("itemType".to_owned(), id_object(kind));
    let quantity = match line.get("quantity").and_then(decimal) {
        Some(quantity) if quantity < Decimal::ZERO => {
            return Err(ApiError::user(format!("The quantity of line {index} must not be negative.")));
        }
        Some(quantity) => Some(quantity),
        // Discounts have no quantity; everything else is sold once.
        None if kind == "Discount" => None,
        None => Some(Decimal::ONE),
    };
    let rate = match line.get("rate").and_then(decimal) {
        Some(rate) => rate,
        None => match line.get("amount").and_then(decimal) {
            // A rate that is out of all bounds is left at the amount itself.
            Some(amount) if quantity.is_some_and(|quantity| !quantity.is_zero()) => amount
                .checked_div(quantity.unwrap_or(Decimal::ONE))
                .filter(|rate| rate.abs() <= LARGEST)
                .map_or(amount, |rate| rate.round_dp(8)),
            Some(amount) => amount,
            None => amount(item, "basePrice"),
        },
    };
    let given = line.get("amount").and_then(decimal);
    let total = totals::line_amount(quantity.unwrap_or(Decimal::ONE), rate, given, digits);
    if total.abs() > LARGEST {
        return Err(ApiError::bad_value(&format!("item.items[{index}].amount")));
    }
    if let Some(quantity) = quantity {
        line.insert("quantity".to_owned(), number(quantity));
    }
    line.insert("rate".to_owned(), number(rate));
    line.insert("amount".to_owned(), number(total));
    line.insert("isClosed".to_owned(), json!(flag(line, "isClosed")));
    line.insert("_fulfillable".to_owned(), json!(status::is_fulfillable(kind, item)));
    progress::show(line);
    Ok(total)
}

pub(super) fn set_totals(order: &mut Object, totals: Totals) {
    for (name, value) in [
        ("subtotal", totals.subtotal),
        ("discountTotal", totals.discount),
        ("taxTotal", totals.tax),
        ("total", totals.total),
    ] {
        order.insert(name.to_owned(), number(value));
    }
}
