//! From the types generated for `Order.graphql` to our own.

use client_core::{Error, Result};
use rust_decimal::Decimal;

use crate::documents::order as wire;
use crate::order::{Address, Customer, LineItem, Money, MoneySet, Order, ShippingLine, TaxLine};

/// The number of a GID such as `gid://shopify/Order/450789469`.
pub fn number(gid: &str, path: &str) -> Result<u64> {
    let tail = gid.rsplit('/').next().and_then(|tail| tail.split('?').next());
    tail.and_then(|digits| digits.parse().ok()).ok_or_else(|| Error::Unreadable {
        path: path.to_owned(),
        detail: "expected an id like gid://shopify/Order/1".to_owned(),
    })
}

/// The whole order of its first page; the lines of further pages are added by [`lines`] and [`shipping_lines`].
pub fn order(order: wire::OrderOrder) -> Result<Order> {
    Ok(Order {
        id: number(&order.id, "order.id")?,
        name: order.name,
        created_at: order.created_at,
        processed_at: order.processed_at,
        updated_at: order.updated_at,
        cancelled_at: order.cancelled_at,
        test: order.test,
        confirmed: order.confirmed,
        tags: order.tags,
        note: order.note,
        attributes: order.custom_attributes.into_iter().map(|a| (a.key, a.value.unwrap_or_default())).collect(),
        email: order.email,
        phone: order.phone,
        po_number: order.po_number,
        source_name: order.source_name,
        currency: order.currency_code,
        presentment_currency: order.presentment_currency_code,
        taxes_included: order.taxes_included,
        financial_status: order.display_financial_status,
        fully_paid: order.fully_paid,
        payment_gateways: order.payment_gateway_names,
        current_total: money(order.current_total_price_set),
        current_subtotal: money(order.current_subtotal_price_set),
        current_tax: money(order.current_total_tax_set),
        current_discounts: money(order.current_total_discounts_set),
        current_shipping: money(order.current_shipping_price_set),
        current_duties: order.current_total_duties_set.map(money),
        current_additional_fees: order.current_total_additional_fees_set.map(money),
        total: money(order.total_price_set),
        tip: money(order.total_tip_received_set),
        current_tax_lines: taxes(order.current_tax_lines, "order.currentTaxLines")?,
        risk_recommendation: order.risk.recommendation,
        risk_levels: order.risk.assessments.into_iter().map(|assessment| assessment.risk_level).collect(),
        customer: order.customer.map(customer).transpose()?,
        shipping_address: order.shipping_address.map(address),
        billing_address: order.billing_address.map(address),
        lines: lines(order.line_items.nodes)?,
        shipping_lines: shipping_lines(order.shipping_lines.nodes)?,
    })
}

pub fn lines(nodes: Vec<wire::Line>) -> Result<Vec<LineItem>> {
    nodes.into_iter().map(line).collect()
}

pub fn shipping_lines(nodes: Vec<wire::Shipping>) -> Result<Vec<ShippingLine>> {
    nodes.into_iter().map(shipping_line).collect()
}

fn line(line: wire::Line) -> Result<LineItem> {
    let path = |field: &str| format!("order.lineItems of {}: {field}", line.id);
    Ok(LineItem {
        id: number(&line.id, "order.lineItems.id")?,
        quantity: quantity(line.quantity, || path("quantity"))?,
        current_quantity: quantity(line.current_quantity, || path("currentQuantity"))?,
        variant_id: match &line.variant {
            Some(variant) => Some(number(&variant.id, &path("variant.id"))?),
            None => None,
        },
        tax_lines: taxes(line.tax_lines, &format!("order.lineItems of {}: taxLines", line.id))?,
        sku: line.sku,
        title: line.title,
        variant_title: line.variant_title,
        requires_shipping: line.requires_shipping,
        is_gift_card: line.is_gift_card,
        taxable: line.taxable,
        unit_price: money(line.original_unit_price_set),
        discount_allocations: line
            .discount_allocations
            .into_iter()
            .map(|allocation| money(allocation.allocated_amount_set))
            .collect(),
    })
}

fn shipping_line(line: wire::Shipping) -> Result<ShippingLine> {
    let id = line.id.map(|id| number(&id, "order.shippingLines.id")).transpose()?;
    Ok(ShippingLine {
        id,
        title: line.title,
        code: line.code,
        is_removed: line.is_removed,
        original_price: money(line.original_price_set),
        current_discounted_price: money(line.current_discounted_price_set),
        tax_lines: taxes(line.tax_lines, "order.shippingLines.taxLines")?,
    })
}

/// A count that cannot be negative.
pub fn quantity(count: i64, path: impl Fn() -> String) -> Result<u32> {
    u32::try_from(count)
        .map_err(|_| Error::Unreadable { path: path(), detail: "expected a quantity of 0 or more".to_owned() })
}

fn taxes(lines: Vec<wire::Tax>, path: &str) -> Result<Vec<TaxLine>> {
    let mut taxes = Vec::with_capacity(lines.len());
    for line in lines {
        let rate = line.rate.map(|rate| rate_of(rate, path)).transpose()?;
        taxes.push(TaxLine { title: line.title, rate, price: money(line.price_set) });
    }
    Ok(taxes)
}

/// GraphQL gives rates as floats. Their shortest decimal form is the figure that Shopify was given.
fn rate_of(rate: f64, path: &str) -> Result<Decimal> {
    rate.to_string().parse().map_err(|_| Error::Unreadable {
        path: format!("{path}.rate"),
        detail: "expected a rate such as 0.06".to_owned(),
    })
}

fn money(set: wire::MoneySet) -> MoneySet {
    let side = |amount: wire::Amount| Money { amount: amount.amount, currency: amount.currency_code };
    MoneySet { shop: side(set.shop_money), presentment: side(set.presentment_money) }
}

fn customer(customer: wire::OrderOrderCustomer) -> Result<Customer> {
    Ok(Customer {
        id: number(&customer.id, "order.customer.id")?,
        first_name: customer.first_name,
        last_name: customer.last_name,
        email: customer.default_email_address.map(|email| email.email_address),
        phone: customer.default_phone_number.map(|phone| phone.phone_number),
    })
}

fn address(address: wire::Address) -> Address {
    Address {
        first_name: address.first_name,
        last_name: address.last_name,
        name: address.name,
        company: address.company,
        address1: address.address1,
        address2: address.address2,
        city: address.city,
        province: address.province,
        province_code: address.province_code,
        zip: address.zip,
        country_code: address.country_code_v2,
        phone: address.phone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_number_of_a_gid() {
        assert_eq!(number("gid://shopify/Order/450789469", "id"), Ok(450_789_469));
        assert_eq!(number("gid://shopify/InventoryLevel/7?inventory_item_id=9", "id"), Ok(7));
        for bad in ["gid://shopify/Order/", "", "gid://shopify/Order/-1"] {
            assert!(number(bad, "id").is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_keep_their_figures() {
        for (rate, text) in [(0.06, "0.06"), (0.08875, "0.08875"), (0.1, "0.1"), (1e-7, "0.0000001")] {
            assert_eq!(rate_of(rate, "").unwrap().to_string(), text);
        }
    }
}
