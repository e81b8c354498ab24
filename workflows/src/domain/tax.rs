//! Tax in the brand's style.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    money,
    order::Tax,
    policy::{Policy, TaxStyle, TaxTarget},
    sales_order::{DraftLine, Entry, Origin, Problem, Sheet, one_unit, special},
};

/// One SuiteTax override: NetSuite's `taxDetails` line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxDetail {
    /// The line that it belongs to.
    pub reference: String,
    /// Internal id of the tax type.
    pub tax_type: String,
    /// Internal id of the tax code.
    pub tax_code: String,
    /// In percent.
    pub rate: Decimal,
    /// What was taxed.
    pub basis: Decimal,
    /// The tax.
    pub amount: Decimal,
}

/// What booking tax came to.
pub(super) struct Booked {
    /// SuiteTax overrides.
    pub(super) details: Vec<TaxDetail>,
    /// Tax that NetSuite adds to the lines' sum.
    pub(super) added: Decimal,
}

/// Books the order's tax on the sheet.
pub(super) fn book(sheet: &mut Sheet<'_>) -> Result<Booked, Problem> {
    match sheet.policy.tax_style {
        TaxStyle::None if sheet.order.total_tax.is_zero() => Ok(Booked { details: vec![], added: Decimal::ZERO }),
        TaxStyle::None => Err(Problem::missing(
            "unmappedTax",
            format!("order {} has {} of tax, but orders.tax_style is none", sheet.order.name, sheet.order.total_tax),
        )),
        TaxStyle::TaxLine => tax_lines(sheet),
        TaxStyle::SuiteTaxOverride => overrides(sheet),
        TaxStyle::TaxCode => codes(sheet),
    }
}

/// One line of the tax item per tax of the order. The item is the same for all, so a title that nobody has mapped is only flagged.
fn tax_lines(sheet: &mut Sheet<'_>) -> Result<Booked, Problem> {
    for tax in sheet.order.taxes.iter().filter(|t| !t.amount.is_zero()) {
        if !sheet.policy.taxes.contains_key(&tax.title) {
            sheet.flag_catch_all(&tax.title);
        }
        let item = special(&sheet.policy.special.tax, "tax", "tax")?;
        let description = Some(format!("{} {}%", tax.title, percent(tax.rate)));
        sheet.charge(DraftLine { description, ..one_unit(item, tax.amount) });
    }
    Ok(Booked { details: vec![], added: Decimal::ZERO })
}

/// SuiteTax: the shop's amounts per line and tax. What the lines' shares leave of the order's tax goes to the largest.
fn overrides(sheet: &mut Sheet<'_>) -> Result<Booked, Problem> {
    let mut details = vec![];
    for n in 0..sheet.entries.len() {
        let (taxes, current, ordered) = taxes_of(sheet.entries[n].origin);
        let basis = basis(&sheet.entries, n);
        for tax in taxes {
            let amount = money::share(tax.amount, current, ordered, sheet.digits).ok_or_else(|| {
                Problem::record("invalidOrder", format!("tax {:?} of {} overflows", tax.title, tax.amount))
            })?;
            let target = target(sheet, &tax.title)?;
            let Some(tax_type) = target.tax_type else {
                return Err(Problem::missing(
                    "unmappedTax",
                    format!("tax {:?}: its mapping has no type, which SuiteTax needs", tax.title),
                ));
            };
            let rate = percent(tax.rate);
            details.push(TaxDetail { reference: reference(n), tax_type, tax_code: target.code, rate, basis, amount });
        }
    }
    let residue = sheet.order.total_tax - details.iter().map(|d| d.amount).sum::<Decimal>();
    if residue.abs() <= sheet.policy.rounding_limit
        && let Some(largest) = details.iter_mut().rev().max_by_key(|d| d.amount)
    {
        largest.amount += residue;
    }
    let added = details.iter().map(|d| d.amount).sum();
    Ok(Booked { details, added })
}

/// What the n-th line's taxes are on. A discount stands directly behind its line and lowers it.
fn basis(entries: &[Entry<'_>], n: usize) -> Decimal {
    let discount = entries.get(n + 1).filter(|e| matches!(e.origin, Origin::Discount)).map(|e| e.line.amount);
    entries[n].line.amount + discount.unwrap_or_default()
}

/// Legacy tax: NetSuite computes it from a rate on every line; the sum is predicted in the same way.
fn codes(sheet: &mut Sheet<'_>) -> Result<Booked, Problem> {
    let mut added = Decimal::ZERO;
    let mut previous: Option<(String, Decimal)> = None;
    for n in 0..sheet.entries.len() {
        let (mut taxes, ..) = taxes_of(sheet.entries[n].origin);
        // A tax of nothing on something was not levied; on nothing it only says which tax it would be.
        let of_nothing = basis(&sheet.entries, n).is_zero();
        taxes.retain(|tax| of_nothing || !tax.amount.is_zero());
        let taxed = match (sheet.entries[n].origin, taxes.first()) {
            (Origin::Discount, _) => previous.clone(),
            (_, Some(first)) => {
                let rate = taxes.iter().map(|t| percent(t.rate)).sum();
                Some((target(sheet, &first.title)?.code, rate))
            }
            (_, None) => None,
        };
        let line = &mut sheet.entries[n].line;
        match &taxed {
            Some((code, rate)) => {
                added += money::round(line.amount * *rate / Decimal::ONE_HUNDRED, sheet.digits);
                line.tax_code = Some(code.clone());
                line.tax_rate = Some(*rate);
            }
            None => exempt(sheet.policy, line)?,
        }
        previous = taxed;
    }
    Ok(Booked { details: vec![], added })
}

/// Marks a line as untaxed, with legacy tax.
pub(super) fn exempt(policy: &Policy, line: &mut DraftLine) -> Result<(), Problem> {
    let Some(target) = policy.exempt_tax.as_ref().or(policy.catch_all_tax.as_ref()) else {
        return Err(Problem::missing("unmappedTax", "a line has no tax, but mappings.exempt_tax is not configured"));
    };
    line.tax_code = Some(target.code.clone());
    line.tax_rate = Some(Decimal::ZERO);
    Ok(())
}

/// How a tax override names the n-th line.
pub(super) fn reference(n: usize) -> String {
    format!("L{}", n + 1)
}

/// The taxes of what a draft line stands for, with its current and ordered quantity.
fn taxes_of(origin: Origin<'_>) -> (Vec<Tax>, u32, u32) {
    match origin {
        Origin::Merchandise(line) => (line.taxes.clone(), line.quantity, line.ordered),
        Origin::Shipping(line) => (line.taxes.clone(), 1, 1),
        Origin::Discount | Origin::Other => (vec![], 1, 1),
    }
}

/// The mapped target; the catch-all for a tax that is not mapped, and then the order is flagged.
fn target(sheet: &mut Sheet<'_>, title: &str) -> Result<TaxTarget, Problem> {
    let Some((target, catch_all)) = sheet.policy.tax_target(title) else {
        return Err(Problem::missing(
            "unmappedTax",
            format!("tax {title:?} is not mapped; add it to mappings.taxes, or configure mappings.catch_all_tax"),
        ));
    };
    let target = target.clone();
    if catch_all {
        sheet.flag_catch_all(title);
    }
    Ok(target)
}

fn percent(rate: Decimal) -> Decimal {
    (rate * Decimal::ONE_HUNDRED).normalize()
}
