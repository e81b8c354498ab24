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
