//! A brand's policies, cut down to what one order needs.

use std::collections::BTreeMap;

use config::{Ahead, Brand, Config, TaxStyle as Configured};
use temporalio_sdk::activities::ActivityError;
use workflows::{
    contracts::BillingQuestion,
    domain::{
        billing::{BillingPolicy, When},
        inbound::{InboundPolicy, InboundQuestion, Short, Surplus},
        money,
        payment::{PaymentPolicy, PaymentQuestion, Tender},
        policy::{Policy, PolicyQuestion, SpecialItems, TaxStyle, TaxTarget},
        shipment::{Carrier, ShippingPolicy, ShippingQuestion},
        warehouse::{Kits, Method, WarehousePolicy, WarehouseQuestion},
    },
    ids,
};

use crate::failure;

/// The slice that the question asks for.
pub(crate) fn slice(config: &Config, question: &PolicyQuestion) -> Result<Policy, ActivityError> {
    let brand = config.brand(&question.brand).map_err(|e| failure::never("InvalidInput", e.to_string()))?;
    let (orders, mappings, special) = (&brand.orders, &brand.mappings, &brand.special_items);
    let target = |t: &config::TaxCode| TaxTarget { code: t.code.clone(), tax_type: t.tax_type.clone() };
    let known = |name: &String| mappings.items.get(name).map(|item| (name.clone(), item.clone()));
    let taxes: BTreeMap<_, _> =
        question.taxes.iter().filter_map(|t| mappings.taxes.get(t).map(|to| (t.clone(), target(to)))).collect();
    Ok(Policy {
        go_live: brand.go_live,
        subsidiary: orders.subsidiary.clone(),
        form: orders.form.clone(),
        location: orders.location.clone(),
        class: orders.class.clone(),
        department: orders.department.clone(),
        default_customer: orders.default_customer.clone(),
        currency: orders.currencies.get(&question.currency).cloned(),
        tax_style: match orders.tax_style {
            Configured::SuiteTaxOverride => TaxStyle::SuiteTaxOverride,
            Configured::TaxLine => TaxStyle::TaxLine,
            Configured::TaxCode => TaxStyle::TaxCode,
            Configured::None => TaxStyle::None,
        },
        rounding_limit: orders.rounding_limit,
        allow_test_orders: orders.allow_test_orders,
        payment_states: orders.payment_states.iter().cloned().collect(),
        hold_high_risk: orders.hold_high_risk,
        release: orders.release,
        wait_limit: orders.wait_limit,
        sent_tag: orders.sent_tag.clone(),
        items: question.items.iter().filter_map(known).collect(),
        catch_all_tax: mappings.catch_all_tax.as_ref().map(target),
        exempt_tax: mappings.exempt_tax.as_ref().map(target),
        taxes,
        ship_method: question
            .ship_methods
            .iter()
            .find_map(|name| mappings.ship_methods.get(name))
            .or(mappings.default_ship_method.as_ref().filter(|_| !question.ship_methods.is_empty()))
            .cloned(),
        special: SpecialItems {
            discount: special.discount.clone(),
            shipping: special.shipping.clone(),
            tip: special.tip.clone(),
            tax: special.tax.clone(),
            rounding: special.rounding.clone(),
            gift_card: special.gift_card.clone(),
            duty: special.duty.clone(),
        },
        hands_over: brand.enables(ids::NETSUITE_TO_DCL) || brand.enables(ids::NETSUITE_INVOICE),
        deposits: brand.enables(ids::NETSUITE_PAYMENT) && takes_deposits(brand),
    })
}

fn brand_of<'a>(config: &'a Config, brand: &str) -> Result<&'a Brand, ActivityError> {
    config.brand(brand).map_err(|e| failure::never("InvalidInput", e.to_string()))
}

fn warehouse_of<'a>(config: &'a Config, brand: &str) -> Result<(&'a Brand, &'a config::Warehouse), ActivityError> {
    let of = brand_of(config, brand)?;
    let warehouse = of.warehouse.as_ref();
    let missing = || failure::never("Configuration", format!("brands.{brand}.warehouse is not configured"));
    Ok((of, warehouse.ok_or_else(missing)?))
}

/// How one order goes to the warehouse.
pub(crate) fn warehouse(config: &Config, question: &WarehouseQuestion) -> Result<WarehousePolicy, ActivityError> {
    let (brand, warehouse) = warehouse_of(config, &question.brand)?;
    let mapped = question.ship_method.as_ref().and_then(|id| warehouse.ship_methods.get(id));
    let item = |sku: &String| warehouse.items.get(sku).map(|item| (sku.clone(), item.clone()));
    Ok(WarehousePolicy {
        account_number: warehouse.account_number.clone(),
        freight_account: warehouse.freight_account.clone(),
        location: warehouse.location.clone(),
        method: mapped.or(warehouse.default_ship_method.as_ref()).map(|method| Method {
            carrier: method.carrier.clone(),
            service: method.service.clone(),
            rush: method.rush,
        }),
        items: question.skus.iter().filter_map(item).collect(),
        locations: warehouse.locations.clone(),
        kits: match warehouse.kits {
            config::KitPolicy::AsItem => Kits::AsItem,
            config::KitPolicy::Park => Kits::Park,
        },
        home_country: warehouse.home_country.clone(),
        international_code: warehouse.international_code,
        wait_limit: brand.orders.wait_limit.as_secs(),
    })
}

/// How what the warehouse shipped is booked and told.
pub(crate) fn shipping(config: &Config, question: &ShippingQuestion) -> Result<ShippingPolicy, ActivityError> {
    let (brand, warehouse) = warehouse_of(config, &question.brand)?;
    let skus = warehouse.items.iter().filter(|(_, item)| question.items.contains(*item));
    let carrier = |name: &String| {
        let carrier = warehouse.carriers.get(name)?;
        Some((name.clone(), Carrier { company: carrier.company.clone(), url: carrier.url.clone() }))
    };
    Ok(ShippingPolicy {
        skus: skus.map(|(sku, item)| (item.clone(), sku.clone())).collect(),
        carriers: question.carriers.iter().filter_map(carrier).collect(),
        notify_customer: warehouse.notify_customer,
        accept_short: warehouse.accept_short,
        cash_sale: brand.billing.cash_sale.is_some(),
    })
}

/// How goods are announced, and how what came is booked.
pub(crate) fn inbound(config: &Config, question: &InboundQuestion) -> Result<InboundPolicy, ActivityError> {
    let (brand, warehouse) = warehouse_of(config, &question.brand)?;
    let from = &brand.inbound;
    let zone = brand.zone().map_err(|e| failure::never("Configuration", e.to_string()))?;
    let item = |sku: &String| warehouse.items.get(sku).map(|item| (sku.clone(), item.clone()));
    let surplus = |surplus: config::Surplus| match surplus {
        config::Surplus::Park => Surplus::Park,
        config::Surplus::LeaveOut => Surplus::LeaveOut,
    };
    Ok(InboundPolicy {
        go_live: brand.go_live.to_zoned(zone).date(),
        subsidiaries: brand.inbound_subsidiaries(),
        locations: from.locations.clone(),
        account_number: warehouse.account_number.clone(),
        items: question.skus.iter().filter_map(item).collect(),
        lead_days: from.lead_days,
        over_percent: from.over_percent,
        over: surplus(from.over),
        unknown_item: surplus(from.unknown_item),
        wrong_lot: surplus(from.wrong_lot),
        short: match from.short {
            config::Short::Leave => Short::Leave,
            config::Short::Close => Short::Close,
            config::Short::Park => Short::Park,
        },
        short_after_days: from.short_after_days,
        wait_limit: brand.orders.wait_limit.as_secs(),
    })
}

/// How an order is billed.
pub(crate) fn billing(config: &Config, question: &BillingQuestion) -> Result<BillingPolicy, ActivityError> {
    let brand = brand_of(config, &question.brand)?;
    let code = brand.orders.currencies.iter().find(|(_, id)| **id == question.currency).map(|(code, _)| code.as_str());
    Ok(BillingPolicy {
        when: match brand.billing.when {
            config::BillingTime::PerFulfillment => When::PerFulfillment,
            config::BillingTime::Complete => When::Complete,
        },
        cash_sale: brand.billing.cash_sale.as_ref().map(tender),
        tax_codes: matches!(brand.orders.tax_style, Configured::TaxCode),
        tax_items: brand.special_items.tax.iter().cloned().collect(),
        digits: money::digits(code.unwrap_or_default()),
        invoiced_tag: brand.billing.invoiced_tag.clone(),
        wait_limit: brand.orders.wait_limit.as_secs(),
    })
}

/// How an order's money is booked.
pub(crate) fn payment(config: &Config, question: &PaymentQuestion) -> Result<PaymentPolicy, ActivityError> {
    let brand = brand_of(config, &question.brand)?;
    let method = |gateway: &String| brand.payments.methods.get(gateway).map(|to| (gateway.clone(), tender(to)));
    Ok(PaymentPolicy {
        methods: question.gateways.iter().filter_map(method).collect(),
        default_method: brand.payments.default_method.as_ref().map(tender),
        tolerance: brand.payments.tolerance,
        wait_limit: brand.orders.wait_limit.as_secs(),
        deposits: takes_deposits(brand),
    })
}

/// A Cash Sale is paid by itself.
fn takes_deposits(brand: &Brand) -> bool {
    brand.payments.ahead == Ahead::Deposit && brand.billing.cash_sale.is_none()
}

fn tender(from: &config::Tender) -> Tender {
    Tender { method: from.method.clone(), account: from.account.clone() }
}
