//! Decimal money in Shopify's two spellings, with its value in two currencies at once.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// Digits after the point of an ISO 4217 currency.
pub fn digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Rounds half away from zero to the currency's digits.
pub fn round(amount: Decimal, currency: &str) -> Decimal {
    amount.round_dp_with_strategy(digits(currency), RoundingStrategy::MidpointAwayFromZero)
}

/// As REST and webhooks write it: all of the currency's digits, `"12.50"`.
pub fn rest(amount: Decimal, currency: &str) -> String {
    let mut amount = round(amount, currency);
    amount.rescale(digits(currency));
    amount.to_string()
}

/// As GraphQL writes it: no trailing zeros but one digit at least, `"12.5"`, `"10.0"`.
pub fn graphql(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() == 0 {
        amount.rescale(1);
    }
    amount.to_string()
}

/// Reads a decimal from a JSON string or number; anything else is zero.
pub fn read(value: &Value) -> Decimal {
    match value {
        Value::String(text) => text.trim().parse().unwrap_or_default(),
        Value::Number(number) => number.to_string().parse().unwrap_or_default(),
        _ => Decimal::ZERO,
    }
}

/// One amount in the shop's and in the customer's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bag {
    /// In the shop's currency.
    pub shop: Decimal,
    /// In the currency that the customer saw.
    pub presentment: Decimal,
}

impl Bag {
    /// Reads a REST `…_set`; a missing one is zero.
    pub fn read(set: &Value) -> Bag {
        Bag { shop: read(&set["shop_money"]["amount"]), presentment: read(&set["presentment_money"]["amount"]) }
    }

    /// Reads `<name>_set` of a REST object, else its plain `<name>` for both sides.
    pub fn field(object: &Value, name: &str) -> Bag {
        match object.get(format!("{name}_set")) {
            Some(set @ Value::Object(_)) => Bag::read(set),
            _ => {
                let amount = read(&object[name]);
                Bag { shop: amount, presentment: amount }
            }
        }
    }

    /// Both sides are zero.
    pub fn is_zero(self) -> bool {
        self.shop.is_zero() && self.presentment.is_zero()
    }

    /// The amount of `count` pieces. Orders from outside may be absurd: it stops at the largest
    /// decimal.
    pub fn times(self, count: i64) -> Bag {
        self.map(|amount| amount.saturating_mul(Decimal::from(count)))
    }

    /// Applies `change` to both sides.
    pub fn map(self, change: impl Fn(Decimal) -> Decimal) -> Bag {
        Bag { shop: change(self.shop), presentment: change(self.presentment) }
    }
}

impl std::ops::Add for Bag {
    type Output = Bag;
    fn add(self, other: Bag) -> Bag {
        Bag {
            shop: self.shop.saturating_add(other.shop),
            presentment: self.presentment.saturating_add(other.presentment),
        }
    }
}

impl std::ops::Sub for Bag {
    type Output = Bag;
    fn sub(self, other: Bag) -> Bag {
        Bag {
            shop: self.shop.saturating_sub(other.shop),
            presentment: self.presentment.saturating_sub(other.presentment),
        }
    }
}

impl std::iter::Sum for Bag {
    fn sum<I: Iterator<Item = Bag>>(bags: I) -> Bag {
        bags.fold(Bag::default(), |total, bag| total + bag)
    }
}

/// The two currencies of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currencies {
    /// The shop's.
    pub shop: String,
    /// The one that the customer saw.
    pub presentment: String,
}

impl Currencies {
    /// Reads them from a REST order; without a presentment currency it is the shop's.
    pub fn of(order: &Value) -> Currencies {
        let shop = order["currency"].as_str().unwrap_or("USD");
        Currencies {
            shop: shop.to_owned(),
            presentment: order["presentment_currency"].as_str().unwrap_or(shop).to_owned(),
        }
    }

    /// Rounds each side to the digits of its currency.
    pub fn round(&self, bag: Bag) -> Bag {
        Bag { shop: round(bag.shop, &self.shop), presentment: round(bag.presentment, &self.presentment) }
    }

    /// The share that `part` of `whole` pieces has in an amount, rounded.
    pub fn share(&self, bag: Bag, part: i64, whole: i64) -> Bag {
        if whole == 0 {
            return Bag::default();
        }
        self.round(bag.times(part).map(|amount| amount / Decimal::from(whole)))
    }

    /// The REST `…_set`.
    pub fn rest_set(&self, bag: Bag) -> Value {
        json!({
            "shop_money": {
                "amount": rest(bag.shop, &self.shop), "currency_code": self.shop
            },
            "presentment_money": {
                "amount": rest(bag.presentment, &self.presentment),
                "currency_code": self.presentment
            }
        })
    }

    /// The GraphQL `MoneyBag`.
    pub fn money_bag(&self, bag: Bag) -> Value {
        json!({
            "shopMoney": {"amount": graphql(bag.shop), "currencyCode": self.shop},
            "presentmentMoney": {
                "amount": graphql(bag.presentment), "currencyCode": self.presentment
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_spellings() {
        for (text, currency, as_rest, as_graphql) in [
            ("12.50", "USD", "12.50", "12.5"),
            ("10", "USD", "10.00", "10.0"),
            ("1000", "JPY", "1000", "1000.0"),
            ("0.00", "EUR", "0.00", "0.0"),
            ("2.345", "USD", "2.35", "2.345"),
        ] {
            let amount: Decimal = text.parse().unwrap();
            assert_eq!(rest(amount, currency), as_rest);
            assert_eq!(graphql(amount), as_graphql);
        }
        assert_eq!(read(&json!(195.66)), "195.66".parse().unwrap());
    }
}
