//! One order and one policy that tests vary.

use rust_decimal::{Decimal, dec};

use super::super::{
    order::{Address, Buyer, Line, Order, Risk, ShippingLine, Source, Tax},
    policy::{Policy, SpecialItems, TaxStyle, TaxTarget},
};

pub(crate) fn tax(title: &str, rate: Decimal, amount: Decimal) -> Tax {
    Tax { title: title.into(), rate, amount }
}

pub(crate) fn line(id: &str, sku: &str, quantity: u32, ordered: u32, unit_price: Decimal) -> Line {
    Line {
        id: id.into(),
        sku: Some(sku.into()),
        variant: None,
        title: sku.into(),
        quantity,
        ordered,
        unit_price,
        discount: Decimal::ZERO,
        taxes: vec![],
        requires_shipping: true,
        gift_card: false,
    }
}

/// 2 × 10.00 less 1.00, tax 1.14, shipping 5.00: 25.14.
pub(crate) fn order() -> Order {
    let mut goods = line("1", "MUG", 2, 2, dec!(10.00));
    goods.discount = dec!(1.00);
    goods.taxes = vec![tax("State Tax", dec!(0.06), dec!(1.14))];
    Order {
        key: "450789469".into(),
        name: "#1001".into(),
        source: Source::Shopify,
        created_at: "2026-11-02T12:00:00Z".parse().unwrap(),
        date: "2026-11-02".parse().unwrap(),
        cancelled: false,
        test: false,
        tags: vec![],
        payment_state: Some("PAID".into()),
        risk: Risk::None,
        currency: "USD".into(),
        presentment: None,
        buyer: Buyer {
            id: Some("207119551".into()),
            email: Some("bob@example.com".into()),
            first_name: Some("Bob".into()),
            last_name: Some("Norman".into()),
            phone: None,
        },
        billing: Some(Address { name: Some("Bob Norman".into()), ..Address::default() }),
        shipping: None,
        gift_message: None,
        taxes_included: false,
        lines: vec![goods],
        shipping_lines: vec![ShippingLine {
            id: "9".into(),
            title: "Standard".into(),
            code: None,
            price: dec!(5.00),
            taxes: vec![],
        }],
        tip: Decimal::ZERO,
        duties: Decimal::ZERO,
        taxes: vec![tax("State Tax", dec!(0.06), dec!(1.14))],
        total_tax: dec!(1.14),
        total: dec!(25.14),
    }
}

pub(crate) fn policy() -> Policy {
    let some = |id: &str| Some(id.to_owned());
    let target = |code: &str| TaxTarget { code: code.into(), tax_type: some("401") };
    Policy {
        go_live: "2026-11-01T00:00:00Z".parse().unwrap(),
        subsidiary: "1".into(),
        form: None,
        location: some("1"),
        class: None,
        department: None,
        default_customer: some("500"),
        currency: some("1"),
        tax_style: TaxStyle::TaxLine,
        rounding_limit: dec!(0.05),
        allow_test_orders: false,
        payment_states: ["PAID".to_owned()].into(),
        hold_high_risk: true,
        release: true,
        wait_limit: std::time::Duration::from_secs(3600),
        sent_tag: "SENT_TO_NS".into(),
        hands_over: true,
        deposits: false,
        items: [("MUG".to_owned(), "1001".to_owned())].into(),
        taxes: [("State Tax".to_owned(), target("403"))].into(),
        catch_all_tax: Some(target("402")),
        exempt_tax: None,
        ship_method: some("201"),
        special: SpecialItems {
            discount: some("901"),
            shipping: some("902"),
            tip: some("903"),
            tax: some("904"),
            rounding: some("905"),
            gift_card: some("906"),
            duty: some("907"),
        },
    }
}
