//! Shopify's order into the domain's.

use client_shopify::{Address, FinancialStatus, LineItem, MoneySet, Order, RiskLevel, RiskRecommendation, TaxLine};
use config::BookedCurrency;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use workflows::domain::order as domain;

/// The name under which a mapping means the order's own note.
const NOTE: &str = "note";

/// All amounts are of the booked side. `gifts`: names of the attributes that hold a gift message.
pub(super) fn translate(order: Order, booked: BookedCurrency, zone: TimeZone, gifts: &[String]) -> domain::Order {
    let amount = |set: &MoneySet| pick(set, booked);
    let duties = order.current_duties.as_ref().map(amount).unwrap_or_default()
        + order.current_additional_fees.as_ref().map(amount).unwrap_or_default();
    let other = (order.currency != order.presentment_currency).then(|| domain::Money {
        amount: order.current_total.presentment.amount,
        currency: order.presentment_currency.clone(),
    });
    domain::Order {
        key: order.id.to_string(),
        name: order.name.clone(),
        source: domain::Source::Shopify,
        created_at: order.created_at,
        date: order.created_at.to_zoned(zone).date(),
        cancelled: order.cancelled_at.is_some(),
        test: order.test,
        payment_state: order.financial_status.as_ref().map(|s| payment_state(s).to_owned()),
        risk: risk(&order),
        currency: match booked {
            BookedCurrency::Shop => order.currency.clone(),
            BookedCurrency::Presentment => order.presentment_currency.clone(),
        },
        presentment: other,
        buyer: buyer(&order),
        gift_message: gift_message(&order, gifts),
        billing: order.billing_address.map(address),
        shipping: order.shipping_address.map(address),
        taxes_included: order.taxes_included,
        lines: order.lines.iter().filter(|l| l.current_quantity > 0).map(|l| line(l, booked)).collect(),
        shipping_lines: order
            .shipping_lines
            .iter()
            .enumerate()
            .filter(|(_, s)| !s.is_removed)
            .map(|(n, s)| domain::ShippingLine {
                id: s.id.map_or_else(|| format!("shipping-{n}"), |id| id.to_string()),
                title: s.title.clone(),
                code: s.code.clone(),
                price: amount(&s.current_discounted_price),
                taxes: taxes(&s.tax_lines, booked),
            })
            .collect(),
        tip: amount(&order.tip),
        duties,
        taxes: taxes(&order.current_tax_lines, booked),
        total_tax: amount(&order.current_tax),
        total: amount(&order.current_total),
        tags: order.tags,
    }
}

fn gift_message(order: &Order, names: &[String]) -> Option<String> {
    let attribute = |name: &String| {
        let found = order.attributes.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name.trim()));
        found.map(|(_, value)| value.as_str())
    };
    let text = |name: &String| if name == NOTE { order.note.as_deref() } else { attribute(name) };
    let filled = names.iter().filter_map(text).map(str::trim).find(|text| !text.is_empty());
    filled.map(str::to_owned)
}

fn risk(order: &Order) -> domain::Risk {
    if order.risk_recommendation == RiskRecommendation::Cancel || order.risk_levels.contains(&RiskLevel::High) {
        return domain::Risk::High;
    }
    match order.risk_levels.contains(&RiskLevel::Pending) {
        true => domain::Risk::Pending,
        false => domain::Risk::None,
    }
}

pub(super) fn pick(set: &MoneySet, booked: BookedCurrency) -> Decimal {
    match booked {
        BookedCurrency::Shop => set.shop.amount,
        BookedCurrency::Presentment => set.presentment.amount,
    }
}

fn line(line: &LineItem, booked: BookedCurrency) -> domain::Line {
    let title = match &line.variant_title {
        Some(variant) if !variant.is_empty() => format!("{} - {variant}", line.title),
        _ => line.title.clone(),
    };
    domain::Line {
        id: line.id.to_string(),
        sku: line.sku.clone().filter(|s| !s.is_empty()),
        variant: line.variant_id.map(|v| v.to_string()),
        title,
        quantity: line.current_quantity,
        ordered: line.quantity,
        unit_price: pick(&line.unit_price, booked),
        discount: line.discount_allocations.iter().map(|d| pick(d, booked)).sum(),
        taxes: taxes(&line.tax_lines, booked),
        requires_shipping: line.requires_shipping,
        gift_card: line.is_gift_card,
    }
}

fn taxes(lines: &[TaxLine], booked: BookedCurrency) -> Vec<domain::Tax> {
    lines
        .iter()
        .map(|t| domain::Tax {
            title: t.title.clone(),
            rate: t.rate.unwrap_or_default(),
            amount: pick(&t.price, booked),
        })
        .collect()
}

fn buyer(order: &Order) -> domain::Buyer {
    let customer = order.customer.as_ref();
    domain::Buyer {
        id: customer.map(|c| c.id.to_string()),
        email: order.email.clone().or_else(|| customer.and_then(|c| c.email.clone())).filter(|e| !e.trim().is_empty()),
        first_name: customer.and_then(|c| c.first_name.clone()),
        last_name: customer.and_then(|c| c.last_name.clone()),
        phone: customer.and_then(|c| c.phone.clone()).or_else(|| order.phone.clone()),
    }
}

fn address(from: Address) -> domain::Address {
    let name = from.name.filter(|n| !n.trim().is_empty()).or_else(|| {
        let parts: Vec<String> = from.first_name.into_iter().chain(from.last_name).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    });
    domain::Address {
        name,
        company: from.company,
        address1: from.address1,
        address2: from.address2,
        city: from.city,
        state: from.province_code.or(from.province),
        zip: from.zip,
        country: from.country_code,
        phone: from.phone,
    }
}

fn payment_state(status: &FinancialStatus) -> &str {
    match status {
        FinancialStatus::Authorized => "AUTHORIZED",
        FinancialStatus::Expired => "EXPIRED",
        FinancialStatus::Paid => "PAID",
        FinancialStatus::PartiallyPaid => "PARTIALLY_PAID",
        FinancialStatus::PartiallyRefunded => "PARTIALLY_REFUNDED",
        FinancialStatus::Pending => "PENDING",
        FinancialStatus::Refunded => "REFUNDED",
        FinancialStatus::Voided => "VOIDED",
        FinancialStatus::Other(other) => other,
    }
}
