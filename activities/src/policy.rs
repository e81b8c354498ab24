//! A brand's policy, cut down to what one order needs.

use std::collections::BTreeMap;

use config::{Config, TaxStyle as Configured};
use temporalio_sdk::activities::ActivityError;
use workflows::domain::policy::{Policy, PolicyQuestion, SpecialItems, TaxStyle, TaxTarget};

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
    })
}
