//! The verdict over both vendors: clean after a batch through the product, and not to be deceived.

use std::collections::{BTreeMap, BTreeSet};

use checker::{Kind, Outcome};
use futures_util::future::join_all;
use sandbox::{generate, ledger::Vendor};
use serde_json::{Value, json};

use crate::{
    liar::Liar,
    world::{World, eventually, order, price, run_of},
};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_generated_orders_are_booked_once_or_have_a_named_reason() {
    let world = World::start("verdict-batch").await;
    let ids: Vec<u64> =
        generate::orders(7, 60).into_iter().map(|o| world.sandbox.shopify.place_order(o).unwrap()).collect();
    let outcomes = join_all(ids.iter().map(async |id| (*id, outcome(&world, *id).await))).await;
    world.sandbox.shopify.deliveries_settled().await;
    let reasons: BTreeMap<u64, String> = outcomes.into_iter().filter_map(|(id, why)| Some((id, why?))).collect();
    assert!(reasons.values().all(|why| why.len() > 10), "{reasons:?}");
    // The generator makes some of either, or this proves nothing.
    assert!((1..30).contains(&reasons.len()), "{reasons:?}");

    let named: Vec<(u64, &str)> = reasons.iter().map(|(id, why)| (*id, why.as_str())).collect();
    let verdict = world.verdict(&named).await;
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.summary.booked, verdict.summary.with_reason), (60 - reasons.len(), reasons.len()), "{verdict}");
    let mut writes: BTreeMap<String, u32> = BTreeMap::new();
    for write in world.writes(Vendor::Netsuite, "PUT salesOrder").into_iter().filter(|w| w.result == "ok") {
        *writes.entry(write.key.unwrap()).or_default() += 1;
    }
    let booked: BTreeMap<String, u32> =
        ids.iter().filter(|id| !reasons.contains_key(id)).map(|id| (format!("SO-acme-{id}"), 1)).collect();
    assert_eq!(writes, booked);
    world.assert_never_wedged(&ids.iter().map(|id| run_of(*id)).collect::<Vec<_>>()).await;

    // A reason does not stand for two Sales Orders, and without it the order is missing.
    let (without, others) = named.split_first().unwrap();
    let verdict = world.verdict(others).await;
    assert_eq!(found(&verdict), BTreeSet::from([(Kind::Missing, Some(without.0))]), "{verdict}");
}

/// None: booked. Else why not.
async fn outcome(world: &World, id: u64) -> Option<String> {
    let run = run_of(id);
    let view = eventually("a run at rest", async || {
        let at_rest = |v: &bus::RunView| {
            v.closed.is_some() || matches!(v.agent_status.as_deref(), Some("needsAttention" | "waiting"))
        };
        world.view(&run).await.filter(at_rest)
    })
    .await;
    match (view.result, view.failure) {
        (Some(_), _) => None,
        (None, Some(failure)) => Some(failure),
        (None, None) => Some(view.problem["message"].as_str().unwrap_or_default().to_owned()),
    }
}

fn found(verdict: &checker::Verdict) -> BTreeSet<(Kind, Option<u64>)> {
    verdict.violations.iter().map(|v| (v.kind, v.order)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_violation_is_named() {
    let mut world = World::asleep("verdict-planted", sandbox::Options::default(), |_| {}).await;
    world.start_worker();
    let ids = 1701..=1716;
    for id in ids.clone() {
        world.sandbox.shopify.load_order(order(id)).unwrap();
        world.start_order(id).await;
    }
    for id in ids {
        world.result(&run_of(id)).await.unwrap();
    }
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(verdict.summary.booked, 16);

    let planted = plant(&Plants { world: &world });
    let verdict = world.verdict(&[]).await;
    assert_eq!(found(&verdict), planted, "{verdict}");
    let untouched = verdict.orders.iter().filter(|o| matches!(o.outcome, Outcome::Booked { .. })).count();
    assert_eq!(untouched, 4, "{verdict}");
    // A reason excuses what is missing or not finished, and nothing that is wrong.
    let excuses: Vec<(u64, &str)> = (1701..=1716).map(|id| (id, "parked: so they say")).collect();
    let excused = [Kind::Missing, Kind::Unreleased, Kind::SalesOrderWithoutTag];
    let unforgiven: BTreeSet<_> = planted.into_iter().filter(|(kind, _)| !excused.contains(kind)).collect();
    assert_eq!(found(&world.verdict(&excuses).await), unforgiven);
}

/// Writes at the vendors behind everybody's back.
struct Plants<'a> {
    world: &'a World,
}

impl Plants<'_> {
    /// Changes an order without telling anybody.
    fn order(&self, id: u64, change: impl FnOnce(&mut Value)) {
        let mut order = self.world.sandbox.shopify.order(id).unwrap();
        change(&mut order);
        self.world.sandbox.shopify.load_order(order).unwrap();
    }

    /// Changes a Sales Order as an administrator would.
    fn sales_order(&self, id: u64, mut fields: Value) {
        fields["id"] = self.world.sales_orders(id)[0]["id"].clone();
        self.world.sandbox.netsuite.put_record("salesOrder", fields).unwrap();
    }

    /// A Sales Order like the order's, under another key.
    fn another(&self, id: u64, fields: Value) {
        let there = &self.world.sales_orders(id)[0];
        let item = &there["item"]["items"][0];
        let mut body = json!({
            "entity": { "id": there["entity"]["id"] },
            "subsidiary": { "id": "1" },
            "currency": { "id": "1" },
            "orderStatus": { "id": "B" },
            "custbody_o2c_brand": "acme",
            "item": { "items": [{ "item": { "id": item["item"]["id"] }, "quantity": 1, "amount": item["amount"] }] },
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.world.sandbox.netsuite.put_record("salesOrder", body).unwrap();
    }

    fn delete(&self, id: u64) {
        self.world.sandbox.netsuite.delete_record("salesOrder", &format!("eid:SO-acme-{id}")).unwrap();
    }
}

/// One violation of every kind that both vendors' states can show, each on an order of its own.
fn plant(plants: &Plants<'_>) -> BTreeSet<(Kind, Option<u64>)> {
    plants.delete(1701);
    plants.order(1701, |order| order["tags"] = json!(""));
    plants.another(1702, json!({"externalId": "SO-acme-1702-g2", "custbody_shopify_order_id": "1702"}));
    plants.another(1702, json!({"externalId": "SO-acme-9999", "custbody_shopify_order_id": "9999"}));
    plants.sales_order(1703, json!({"custbody_shopify_order_id": "1704"}));
    plants.order(1705, |order| price(order, "current_total_price", "198.00"));
    plants.order(1706, |order| price(order, "current_total_price", "204.00"));
    plants.sales_order(1706, json!({"shippingCost": 5, "shipMethod": {"id": "201"}}));
    // 500 trades in several currencies, and is nobody's customer but the till's.
    plants.sales_order(1707, json!({"entity": {"id": "500"}}));
    plants.sales_order(1708, json!({"orderStatus": {"id": "A"}}));
    plants.delete(1709);
    plants.order(1710, |order| order["tags"] = json!("vip"));
    plants.order(1711, |order| order["created_at"] = json!("2025-12-31T23:59:59Z"));
    plants.order(1712, |order| {
        for side in ["shop_money", "presentment_money"] {
            order["current_total_price_set"][side]["currency_code"] = json!("EUR");
        }
        (order["currency"], order["presentment_currency"]) = (json!("EUR"), json!("EUR"));
    });
    plants.delete(1713);
    let elsewhere = json!({
        "externalId": "SO-acme-1713", "custbody_shopify_order_id": "1713", "entity": {"id": "501"},
        "subsidiary": {"id": "2"}, "currency": {"id": "2"}, "customForm": {"id": "101"},
    });
    plants.another(1714, elsewhere);
    BTreeSet::from([
        (Kind::Missing, Some(1701)),
        (Kind::Doubled, Some(1702)),
        (Kind::Orphan, Some(9999)),
        (Kind::Reference, Some(1703)),
        (Kind::Total, Some(1705)),
        (Kind::Lines, Some(1706)),
        (Kind::Customer, Some(1707)),
        (Kind::Unreleased, Some(1708)),
        (Kind::TagWithoutSalesOrder, Some(1709)),
        (Kind::Missing, Some(1709)),
        (Kind::SalesOrderWithoutTag, Some(1710)),
        (Kind::BeforeGoLive, Some(1711)),
        (Kind::Currency, Some(1712)),
        (Kind::Subsidiary, Some(1713)),
        (Kind::Customer, Some(1713)),
        (Kind::Currency, Some(1713)),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_a_vendor_cuts_is_named() {
    let mut world = World::start("verdict-cut").await;
    for id in 1721..=1723 {
        world.sandbox.shopify.place_order(order(id)).unwrap();
        eventually("a run", async || world.view(&run_of(id)).await).await;
        world.result(&run_of(id)).await.unwrap();
    }
    // The last order is not told, and says nobody so: neither it nor its Sales Order may pass unnoticed.
    let liar = Liar::before(world.sandbox.shopify_url.clone()).await;
    world.sandbox.shopify_url = liar.url.clone();
    assert!(world.verdict(&[]).await.is_clean());
    liar.lies(|_, _, answer| {
        if let Some(nodes) = answer["data"]["orders"]["nodes"].as_array_mut() {
            nodes.pop();
        }
    });
    let verdict = world.verdict(&[]).await;
    assert!(found(&verdict).contains(&(Kind::ListCut, None)), "{verdict}");
    assert_eq!(verdict.violations.iter().filter(|v| v.kind == Kind::Orphan).count(), 1, "{verdict}");
}
