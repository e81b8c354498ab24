//! Arithmetic of money: decimal, rounded half up at the currency's smallest unit.

use rust_decimal::{Decimal, RoundingStrategy};

/// Decimal places of a currency, ISO 4217.
pub fn digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Half up, away from zero.
pub fn round(amount: Decimal, digits: u32) -> Decimal {
    amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// Larger amounts are a slip of the pen; within this nothing that is computed from an order overflows.
const LARGEST: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);
/// More decimal places than any currency or unit price has.
const FINEST: u32 = 6;

/// Is it an amount that anybody could mean?
pub fn is_sane(amount: Decimal) -> bool {
    amount.abs() <= LARGEST && amount.normalize().scale() <= FINEST
}

/// Is it a tax rate that anybody could mean, as a fraction?
pub fn is_sane_rate(rate: Decimal) -> bool {
    !rate.is_sign_negative() && rate <= Decimal::TEN && rate.normalize().scale() <= 10
}

/// As people write it: `29.50 USD`. No digit of the amount is hidden.
pub fn show(amount: Decimal, currency: &str) -> String {
    let places = digits(currency).max(amount.normalize().scale()) as usize;
    format!("{amount:.places$} {currency}")
}

/// The part of `amount` that falls on `current` of `ordered` units. `None` where nothing was ordered or it overflows.
pub fn share(amount: Decimal, current: u32, ordered: u32, digits: u32) -> Option<Decimal> {
    let product = amount.checked_mul(current.into())?;
    product.checked_div(ordered.into()).map(|part| round(part, digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_a_cent_goes_up() {
        assert_eq!(round(Decimal::new(1005, 3), 2), Decimal::new(101, 2));
        assert_eq!(round(Decimal::new(-1005, 3), 2), Decimal::new(-101, 2));
        assert_eq!(share(Decimal::new(1000, 2), 2, 3, 2), Some(Decimal::new(667, 2)));
        assert_eq!(share(Decimal::ONE, 1, 0, 2), None);
    }

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        for (cents, scale, currency, shown) in [
            (295, 1, "USD", "29.50 USD"),
            (-5, 0, "USD", "-5.00 USD"),
            (4586, 0, "JPY", "4586 JPY"),
            (45860, 1, "JPY", "4586 JPY"),
            (1005, 3, "USD", "1.005 USD"),
        ] {
            assert_eq!(show(Decimal::new(cents, scale), currency), shown);
        }
    }

    #[test]
    fn the_bounds() {
        assert_eq!(LARGEST, Decimal::from(1_000_000_000_000_i64));
        assert!(is_sane(-LARGEST) && !is_sane(LARGEST + Decimal::ONE) && !is_sane(Decimal::new(1, 7)));
        assert!(is_sane_rate(Decimal::new(6, 2)) && !is_sane_rate(Decimal::new(-1, 2)) && !is_sane_rate(Decimal::MAX));
    }

    proptest! {
        #[test]
        fn the_whole_is_the_whole(cents in 0i64..1_000_000_000, ordered in 1u32..10_000) {
            let amount = Decimal::new(cents, 2);
            prop_assert_eq!(share(amount, ordered, ordered, 2), Some(amount));
            prop_assert_eq!(share(amount, 0, ordered, 2), Some(Decimal::ZERO));
        }

        #[test]
        fn two_parts_are_the_whole_within_a_cent(cents in 0i64..1_000_000_000, ordered in 1u32..10_000, seed in 0u32..10_000) {
            let (amount, current) = (Decimal::new(cents, 2), seed % (ordered + 1));
            let parts = share(amount, current, ordered, 2).unwrap() + share(amount, ordered - current, ordered, 2).unwrap();
            prop_assert!((parts - amount).abs() <= Decimal::new(1, 2));
        }
    }
}
