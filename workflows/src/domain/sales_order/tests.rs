use proptest::prelude::*;
use rust_decimal::dec;

use super::{
    super::order::ShippingLine,
    fixture::{line, order, policy, tax},
    *,
};

fn drafted(order: &Order, policy: &Policy) -> Result<SalesOrderDraft, Problem> {
    draft("acme", order, policy, &ItemsByName::new(), 1)
}

/// What NetSuite will come to: its lines, and the tax that it adds.
fn booked(draft: &SalesOrderDraft, digits: u32) -> Decimal {
    let lines: Decimal = draft.lines.iter().map(|l| l.amount).sum();
    let details: Decimal = draft.tax_details.iter().map(|t| t.amount).sum();
    let legacy: Decimal = draft
        .lines
        .iter()
        .map(|l| money::round(l.amount * l.tax_rate.unwrap_or_default() / Decimal::ONE_HUNDRED, digits))
        .sum();
    lines + details + legacy
}

fn amounts(draft: &SalesOrderDraft) -> Vec<(&str, Decimal)> {
    draft.lines.iter().map(|l| (l.item.as_str(), l.amount)).collect()
}

#[test]
fn lines_discounts_shipping_and_tax_in_order() {
    let draft = drafted(&order(), &policy()).unwrap();
    assert_eq!(
        amounts(&draft),
        [("1001", dec!(20.00)), ("901", dec!(-1.00)), ("902", dec!(5.00)), ("904", dec!(1.14))]
    );
    assert_eq!(draft.external_id, "SO-acme-450789469");
    assert_eq!(booked(&draft, 2), dec!(25.14));
}

#[test]
fn suite_tax_overrides_carry_the_shops_amounts() {
    let mut policy = policy();
    policy.tax_style = TaxStyle::SuiteTaxOverride;
    let draft = drafted(&order(), &policy).unwrap();
    assert_eq!(draft.tax_details.len(), 1);
    let detail = &draft.tax_details[0];
    assert_eq!((detail.reference.as_str(), detail.basis, detail.amount), ("L1", dec!(19.00), dec!(1.14)));
    assert_eq!(detail.rate, dec!(6));
    assert_eq!(draft.lines[0].reference.as_deref(), Some("L1"));
}

#[test]
fn legacy_tax_taxes_the_discount_too() {
    let mut policy = policy();
    policy.tax_style = TaxStyle::TaxCode;
    let draft = drafted(&order(), &policy).unwrap();
    assert_eq!(draft.lines[1].tax_rate, Some(dec!(6)));
    assert_eq!(draft.lines[2].tax_rate, Some(Decimal::ZERO));
    assert_eq!(booked(&draft, 2), dec!(25.14));
}

#[test]
fn a_buyer_who_pays_no_tax_is_exempt_and_a_free_line_keeps_its_tax_code() {
    let (mut order, mut policy) = (order(), policy());
    policy.tax_style = TaxStyle::TaxCode;
    order.shipping_lines.clear();
    order.lines[0].taxes[0].amount = Decimal::ZERO;
    (order.total_tax, order.total) = (Decimal::ZERO, dec!(19.00));
    assert_eq!(drafted(&order, &policy).unwrap().lines[0].tax_rate, Some(Decimal::ZERO));
    order.lines[0].discount = dec!(20.00);
    order.total = Decimal::ZERO;
    let draft = drafted(&order, &policy).unwrap();
    assert_eq!(draft.lines[0].tax_rate, Some(dec!(6)));
    assert_eq!(booked(&draft, 2), Decimal::ZERO);
}

#[test]
fn a_part_of_a_line_has_its_part_of_discount_and_tax() {
    let mut order = order();
    order.lines = vec![line("1", "MUG", 2, 3, dec!(10.00))];
    order.lines[0].discount = dec!(10.00);
    order.lines[0].taxes = vec![tax("State Tax", dec!(0.06), dec!(1.20))];
    order.shipping_lines.clear();
    order.taxes = vec![tax("State Tax", dec!(0.06), dec!(0.80))];
    (order.total_tax, order.total) = (dec!(0.80), dec!(14.13));
    let draft = drafted(&order, &policy()).unwrap();
    assert_eq!(amounts(&draft), [("1001", dec!(20.00)), ("901", dec!(-6.67)), ("904", dec!(0.80))]);
}

#[test]
fn included_tax_comes_off_the_line() {
    let mut order = order();
    order.taxes_included = true;
    order.lines = vec![line("1", "MUG", 1, 1, dec!(120.00))];
    order.lines[0].taxes = vec![tax("VAT", dec!(0.2), dec!(20.00))];
    order.shipping_lines = vec![ShippingLine {
        id: "9".into(),
        title: "Post".into(),
        code: None,
        price: dec!(6.00),
        taxes: vec![tax("VAT", dec!(0.2), dec!(1.00))],
    }];
    order.taxes = vec![tax("VAT", dec!(0.2), dec!(21.00))];
    (order.total_tax, order.total) = (dec!(21.00), dec!(126.00));
    let draft = drafted(&order, &policy()).unwrap();
    assert_eq!(amounts(&draft), [("1001", dec!(100.00)), ("902", dec!(5.00)), ("904", dec!(21.00))]);
}

#[test]
fn an_unmapped_tax_is_booked_and_flagged() {
    let (mut order, mut policy) = (order(), policy());
    order.lines[0].taxes[0].title = "Moon Tax".into();
    policy.tax_style = TaxStyle::SuiteTaxOverride;
    let draft = drafted(&order, &policy).unwrap();
    assert_eq!(draft.tax_details[0].tax_code, "402");
    assert_eq!(draft.custom["custbody_o2c_flags"], "tax 'Moon Tax' booked by catch-all");
    policy.catch_all_tax = None;
    assert_eq!(drafted(&order, &policy).unwrap_err().kind, "unmappedTax");
}

#[test]
fn a_cent_is_rounded_and_a_dollar_parks() {
    let mut order = order();
    order.total = dec!(25.15);
    let draft = drafted(&order, &policy()).unwrap();
    assert_eq!(amounts(&draft).last(), Some(&("905", dec!(0.01))));
    order.total = dec!(26.14);
    let problem = drafted(&order, &policy()).unwrap_err();
    assert_eq!(problem.kind, "totalDiffers");
    assert!(problem.message.contains("1.00 USD is more than the rounding limit"), "{}", problem.message);
}

#[test]
fn what_is_not_mapped_is_named() {
    let (mut order, policy) = (order(), policy());
    order.lines.push(line("2", "ÜBER-9", 1, 1, Decimal::ZERO));
    order.lines.push(line("3", "NOPE", 1, 1, Decimal::ZERO));
    let problem = drafted(&order, &policy).unwrap_err();
    assert!(problem.configuration && problem.message.contains("\"ÜBER-9\", SKU \"NOPE\""), "{}", problem.message);

    let items: ItemsByName =
        [("ÜBER-9".to_owned(), vec!["5".to_owned()]), ("NOPE".to_owned(), vec!["6".to_owned(), "7".to_owned()])].into();
    let problem = draft("acme", &order, &policy, &items, 1).unwrap_err();
    assert_eq!(problem.kind, "ambiguousItem");
    assert!(problem.message.contains("6, 7"), "{}", problem.message);

    order.lines.truncate(1);
    let mut bare = policy.clone();
    bare.special.discount = None;
    assert!(drafted(&order, &bare).unwrap_err().message.contains("special_items.discount"));
    bare.currency = None;
    assert!(drafted(&order, &bare).unwrap_err().message.contains("orders.currencies.USD"));
}

#[test]
fn absurd_figures_do_not_overflow() {
    let mut order = order();
    order.lines[0].unit_price = Decimal::MAX;
    assert_eq!(drafted(&order, &policy()).unwrap_err().kind, "invalidOrder");
}

proptest! {
    /// Whatever the order: the draft comes to the order's total, or there is none.
    #[test]
    fn the_lines_sum_to_the_total(
        lines in prop::collection::vec((0i64..500_000, 1u32..9, 0u32..9, 0i64..400, 0i64..2_000), 1..12),
        shipping in 0i64..5_000,
        style in 0usize..3,
        included: bool,
        off in -9i64..9,
    ) {
        let (mut order, mut policy) = (order(), policy());
        policy.tax_style = [TaxStyle::TaxLine, TaxStyle::SuiteTaxOverride, TaxStyle::TaxCode][style];
        order.taxes_included = included;
        order.lines = lines.iter().enumerate().map(|(n, (cents, ordered, taken, discount, rate))| {
            let mut line = line(&n.to_string(), "MUG", ordered - (taken % ordered), *ordered, Decimal::new(*cents, 2));
            line.discount = Decimal::new((*discount).min(cents * i64::from(*ordered)), 2);
            let rate = Decimal::new(*rate, 4);
            let net = line.unit_price * Decimal::from(*ordered) - line.discount;
            line.taxes = vec![tax("State Tax", rate, money::round(net * rate, 2))];
            line
        }).collect();
        order.shipping_lines[0].price = Decimal::new(shipping, 2);
        let current = |l: &Line, amount| money::share(amount, l.quantity, l.ordered, 2).unwrap();
        let tax_now: Decimal = order.lines.iter().map(|l| current(l, l.taxes[0].amount)).sum();
        let goods: Decimal = order.lines.iter().map(|l| l.unit_price * Decimal::from(l.quantity) - current(l, l.discount)).sum();
        order.taxes = vec![tax("State Tax", dec!(0.06), tax_now)];
        order.total_tax = tax_now;
        order.total = goods + order.shipping_lines[0].price + if included { Decimal::ZERO } else { tax_now } + Decimal::new(off, 2);
        match drafted(&order, &policy) {
            Ok(draft) => prop_assert_eq!(booked(&draft, 2), order.total),
            Err(problem) => prop_assert!(problem.kind == "totalDiffers" || problem.kind == "negativeTotal", "{:?}", problem),
        }
    }
}
