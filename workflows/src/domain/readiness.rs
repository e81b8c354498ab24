//! May this order be booked now, later, or never?

use super::{
    order::{Order, Risk, Source},
    policy::Policy,
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Now.
    Ready,
    /// Not yet: something outside has to happen first. The text says what.
    NotYet(String),
    /// A person has to decide first. The text says what about.
    NeedsDecision(String),
    /// Never. The text says why.
    Never(String),
}

/// Decides from the order and the brand's policy.
/// `approved`: a person has looked at the risk and said yes.
pub fn readiness(order: &Order, policy: &Policy, approved: bool) -> Readiness {
    let never = |why: String| Readiness::Never(format!("order {}: {why}", order.name));
    if order.created_at < policy.go_live {
        return never(format!("placed {} before the go-live {}", order.created_at, policy.go_live));
    }
    if order.test && !policy.allow_test_orders {
        return never("a test order; orders.allow_test_orders books them, too".to_owned());
    }
    if order.cancelled {
        return never("cancelled in the shop".to_owned());
    }
    let free_shipping = order.shipping_lines.iter().all(|line| line.price.is_zero());
    if order.lines.is_empty() && free_shipping && order.total.is_zero() {
        return never("refunded or edited away; nothing left to book".to_owned());
    }
    if let Some(state) = unpaid(order, policy) {
        return Readiness::NotYet(format!("payment: the order is {state}"));
    }
    match order.risk {
        Risk::High if policy.hold_high_risk && !approved => {
            Readiness::NeedsDecision("risk: the shop rates the order as high risk".to_owned())
        }
        Risk::Pending if policy.hold_high_risk => Readiness::NotYet("the shop's risk assessment".to_owned()),
        _ => Readiness::Ready,
    }
}

/// The payment state that is not enough. A channel's order is published when it may be booked; a free order needs no payment.
fn unpaid<'a>(order: &'a Order, policy: &Policy) -> Option<&'a str> {
    if order.source != Source::Shopify || order.total.is_zero() {
        return None;
    }
    match order.payment_state.as_deref() {
        Some(state) if policy.payment_states.contains(state) => None,
        Some(state) => Some(state),
        None => Some("without any payment"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sales_order::fixture::{order, policy};
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn preconditions_in_order() {
        let (order, policy) = (order(), policy());
        assert_eq!(readiness(&order, &policy, false), Readiness::Ready);

        let mut early = order.clone();
        early.created_at = policy.go_live - jiff::SignedDuration::from_secs(1);
        early.cancelled = true;
        assert!(matches!(readiness(&early, &policy, false), Readiness::Never(why) if why.contains("go-live")));

        let mut test = order.clone();
        test.test = true;
        assert!(matches!(readiness(&test, &policy, false), Readiness::Never(why) if why.contains("test order")));

        let mut pending = order.clone();
        pending.payment_state = Some("PENDING".into());
        assert!(matches!(readiness(&pending, &policy, false), Readiness::NotYet(why) if why.contains("PENDING")));
        pending.total = Decimal::ZERO;
        assert_eq!(readiness(&pending, &policy, false), Readiness::Ready);

        // A shipping line stays when its price has been refunded.
        let mut refunded = order.clone();
        refunded.lines.clear();
        refunded.total = Decimal::ZERO;
        refunded.shipping_lines.truncate(1);
        refunded.shipping_lines[0].price = Decimal::ZERO;
        assert!(matches!(readiness(&refunded, &policy, false), Readiness::Never(why) if why.contains("nothing left")));

        let mut risky = order.clone();
        risky.risk = Risk::Pending;
        assert!(matches!(readiness(&risky, &policy, false), Readiness::NotYet(_)));
        risky.risk = Risk::High;
        assert!(matches!(readiness(&risky, &policy, false), Readiness::NeedsDecision(_)));
        assert_eq!(readiness(&risky, &policy, true), Readiness::Ready);
    }
}
