//! The orders that the demo places.

use anyhow::Context;
use jiff::Timestamp;
use sandbox::{Sandbox, generate};
use serde_json::Value;

/// Shopify's own examples, as its API answers them: an order alone, or the first of a list.
const SAMPLES: [&str; 4] = [
    include_str!("../../../sandbox/data/shopify/order/1.json"),
    include_str!("../../../sandbox/data/shopify/order/4.json"),
    include_str!("../../../sandbox/data/shopify/order/13.json"),
    include_str!("../../../sandbox/data/shopify/order/20.json"),
];

/// What the tables show of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) id: u64,
    /// `#1001`. Not unique: three of the samples share one.
    pub(super) name: String,
    /// A name, else an e-mail address, else a dash.
    pub(super) customer: String,
    /// Current total with its currency.
    pub(super) total: String,
    /// When its webhook was sent off; unknown for orders that others placed.
    pub(super) at: Option<Timestamp>,
}

/// Shopify's samples, then generated orders.
pub(super) fn orders(seed: u64, count: u32) -> anyhow::Result<Vec<Value>> {
    let count = count as usize;
    let mut orders = Vec::with_capacity(count);
    for text in SAMPLES.iter().take(count) {
        let mut answer: Value = serde_json::from_str(text)?;
        let order = if answer["order"].is_object() { &mut answer["order"] } else { &mut answer["orders"][0] };
        orders.push(order.take());
    }
    let generated = u32::try_from(count - orders.len())?;
    orders.extend(generate::orders(seed, generated));
    Ok(orders)
}

/// Puts an order into the shop, which sends its webhooks.
pub(super) fn place(sandbox: &Sandbox, order: Value) -> anyhow::Result<Placed> {
    let at = sandbox.clock.now();
    let mut placed = Placed::of(&order);
    placed.id =
        sandbox.shopify.place_order(order).with_context(|| format!("order {} cannot be placed", placed.name))?;
    placed.at = Some(at);
    Ok(placed)
}

impl Placed {
    /// From an order's REST resource.
    pub(super) fn of(order: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
        let customer = &order["customer"];
        let name = format!("{} {}", text(&customer["first_name"]), text(&customer["last_name"]));
        let names = [name.trim().to_owned(), text(&customer["email"]), text(&order["email"])];
        Self {
            id: order["id"].as_u64().unwrap_or_default(),
            name: text(&order["name"]),
            customer: names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "–".to_owned()),
            total: format!("{} {}", text(&order["current_total_price"]), text(&order["currency"])),
            at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_come_first_and_every_order_has_an_id_of_its_own() {
        let placed: Vec<Placed> = orders(7, 40).unwrap().iter().map(Placed::of).collect();
        assert_eq!(placed.len(), 40);
        assert_eq!(
            placed[0],
            Placed {
                id: 450_789_469,
                name: "#1001".into(),
                customer: "Bob Norman".into(),
                total: "199.65 USD".into(),
                at: None
            }
        );
        assert_eq!((placed[1].name.as_str(), placed[1].customer.as_str()), ("#1002", "–"));
        let ids: std::collections::BTreeSet<u64> = placed.iter().map(|order| order.id).collect();
        assert_eq!(ids.len(), 40);
        assert_eq!(orders(7, 2).unwrap().len(), 2);
    }

    #[test]
    fn a_guest_is_known_by_the_address() {
        let guest = serde_json::json!({"id": 5, "email": "ann@example.com", "customer": null});
        assert_eq!(Placed::of(&guest).customer, "ann@example.com");
    }
}
