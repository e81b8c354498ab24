//! An order's money, computed from its own lines. What a client sends as a total is never looked at.

use rust_decimal::Decimal;

use super::value::round;

/// The money of one order, in its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Sum of the lines' amounts.
    pub(crate) subtotal: Decimal,
    /// The header discount, negative or zero.
    pub(crate) discount: Decimal,
    /// Shipping and handling cost.
    pub(crate) shipping: Decimal,
    /// All taxes.
    pub(crate) tax: Decimal,
    /// What the customer owes.
    pub(crate) total: Decimal,
}

/// A line's amount: as given, else quantity × rate; rounded to the currency's digits.
pub(crate) fn line_amount(quantity: Decimal, rate: Decimal, amount: Option<Decimal>, digits: u32) -> Decimal {
    round(amount.unwrap_or(quantity * rate), digits)
}

/// A percentage of an amount, rounded to the currency's digits.
pub(crate) fn tax_of(amount: Decimal, percent: Decimal, digits: u32) -> Decimal {
    round(amount * percent / Decimal::ONE_HUNDRED, digits)
}

/// Adds an order up.
pub(crate) fn sum(amounts: &[Decimal], discount: Decimal, shipping: Decimal, taxes: &[Decimal]) -> Totals {
    let subtotal = amounts.iter().sum();
    let tax = taxes.iter().sum();
    Totals { subtotal, discount, shipping, tax, total: subtotal + discount + shipping + tax }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cents(cents: i64) -> Decimal {
        Decimal::new(cents, 2)
    }

    #[test]
    fn a_given_amount_stands_and_rates_are_rounded_away_from_zero() {
        assert_eq!(line_amount(cents(300), cents(333), Some(cents(1000)), 2), cents(1000));
        assert_eq!(line_amount(cents(150), cents(333), None, 2), cents(500));
        assert_eq!(line_amount(cents(100), cents(1050), None, 0), Decimal::from(11));
        assert_eq!(line_amount(cents(100), cents(-1050), None, 0), Decimal::from(-11));
        assert_eq!(tax_of(cents(1999), Decimal::from(6), 2), cents(120));
    }

    proptest! {
        #[test]
        fn the_total_is_the_sum_of_its_parts(
            amounts in prop::collection::vec(-1_000_000_i64..1_000_000, 0..40),
            taxes in prop::collection::vec(0_i64..100_000, 0..40),
            shipping in 0_i64..100_000,
            discount in -100_000_i64..=0,
        ) {
            let expected: i64 =
                amounts.iter().sum::<i64>() + taxes.iter().sum::<i64>() + shipping + discount;
            let amounts: Vec<_> = amounts.into_iter().map(cents).collect();
            let taxes: Vec<_> = taxes.into_iter().map(cents).collect();
            let totals = sum(&amounts, cents(discount), cents(shipping), &taxes);
            prop_assert_eq!(totals.total, cents(expected));
            prop_assert_eq!(
                totals.subtotal + totals.discount + totals.shipping + totals.tax,
                totals.total
            );
        }

        #[test]
        fn amounts_have_no_more_digits_than_the_currency(
            quantity in 1_i64..1000, rate in -1_000_000_i64..1_000_000, digits in 0_u32..4,
        ) {
            let amount = line_amount(Decimal::from(quantity), Decimal::new(rate, 4), None, digits);
            prop_assert_eq!(amount, round(amount, digits));
            let exact = Decimal::from(quantity) * Decimal::new(rate, 4);
            prop_assert!((amount - exact).abs() * Decimal::TWO <= Decimal::new(1, digits));
        }
    }
}
