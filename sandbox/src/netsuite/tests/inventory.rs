//! Stock and what items are made of, asked by SuiteQL.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{World, order_with};
use crate::catalogue::{Catalogue, Kind, Plan, Trouble};
use crate::netsuite::Options;

fn loaded(world: &World, skus: u32, troubles: &[Trouble]) -> Catalogue {
    let plan = Plan { skus, locations: 3, bundles: skus / 10, ..Plan::default() };
    let plan = Plan { troubles: troubles.iter().copied().collect(), ..plan };
    let catalogue = Catalogue::generate(&plan).unwrap();
    world.account.load_catalogue(&catalogue).unwrap();
    catalogue
}

fn number(row: &Value, name: &str) -> i64 {
    row[name].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn stock_is_paged_by_its_key_and_agrees_with_the_catalogue() {
    let world = World::usual().await;
    let catalogue = loaded(&world, 700, &[]);
    let q = "SELECT item, location, quantityonhand, quantityavailable FROM aggregateItemLocation \
             WHERE item >= 100001 AND (item > ? OR (item = ? AND location > ?)) ORDER BY item, location";
    let (mut last, mut found, mut pages) = ((0, 0), Vec::new(), 0);
    loop {
        let rows = world.rows(q, &[json!(last.0), json!(last.0), json!(last.1)]).await;
        let Some(end) = rows.last() else { break };
        last = (number(end, "item"), number(end, "location"));
        pages += 1;
        found.extend(rows);
    }
    // 630 items and 35 assemblies at the three new locations and in Europe; kits have none.
    assert_eq!((found.len(), pages), (665 * 4, 3));
    let told: BTreeMap<(i64, i64), Option<i64>> = found
        .iter()
        .map(|row| {
            let available = row.get("quantityavailable").map(|quantity| quantity.as_str().unwrap().parse().unwrap());
            ((number(row, "item"), number(row, "location")), available)
        })
        .collect();
    for sku in catalogue.skus.iter().filter(|sku| sku.kind != Kind::Kit) {
        for level in &sku.levels {
            let place = catalogue.places[level.place].netsuite;
            assert_eq!(told[&(sku.item_id.unwrap(), place)], level.on_hand, "{}", sku.sku);
        }
        // Never stocked in Europe: there is a row, and it has no figures.
        assert_eq!(told[&(sku.item_id.unwrap(), 3)], None);
    }
}

#[tokio::test]
async fn a_query_has_no_results_beyond_a_hundred_thousand() {
    let world = World::usual().await;
    loaded(&world, 300, &[]);
    let body = json!({"q": "SELECT a.item, b.item FROM aggregateItemLocation a CROSS JOIN aggregateItemLocation b"});
    let page = async |offset: u32| {
        let path = format!("/query/v1/suiteql?limit=1000&offset={offset}");
        world.call_with("POST", &path, &[("prefer", "transient")], body.clone()).await
    };
    let last = page(99_000).await;
    assert_eq!(last.status, StatusCode::OK);
    assert_eq!((&last.body["totalResults"], &last.body["hasMore"]), (&json!(100_000), &json!(false)));
    page(100_000).await.refused("INVALID_PARAMETER", "offset");
}

#[tokio::test]
async fn the_tables_differ_in_what_they_leave_out() {
    let world = World::usual().await;
    world.account.put_record("assemblyItem", json!({"id": "7001", "itemId": "SET"})).unwrap();
    world.account.put_record("inventoryItem", json!({"id": "7002", "itemId": "LOT", "isLotItem": true})).unwrap();
    for item in [1001, 7001, 7002] {
        world.account.set_stock(item, 1, Decimal::from(5)).unwrap();
    }
    let found = async |table: &str| {
        let q = format!("SELECT item FROM {table} WHERE item IN (1001, 7001, 7002) AND location = 1 ORDER BY item");
        let rows = world.rows(&q, &[]).await;
        rows.iter().map(|row| number(row, "item")).collect::<Vec<_>>()
    };
    assert_eq!(found("aggregateitemlocation").await, [1001, 7001, 7002]);
    assert_eq!(found("inventoryBalance").await, [1001, 7001, 7002]);
    assert_eq!(found("inventoryItemLocations").await, [1001]);
}

#[tokio::test]
async fn what_moved_since_stands_on_lines_in_the_accounts_zone() {
    let zone = TimeZone::fixed(jiff::tz::offset(-8));
    let world = World::new(Options { time_zone: zone, ..Options::default() }).await;
    world.clock.set("2026-03-09T03:00:00Z".parse().unwrap());
    world.put_order("K", order_with("orderStatus", json!({"id": "B"}))).await.id();
    world.clock.advance(Duration::from_secs(3600));
    world.account.adjust_stock(1007, 1, Decimal::from(-3)).unwrap();
    let q = "SELECT DISTINCT tl.item FROM transactionline tl JOIN item i ON i.id = tl.item \
             WHERE i.itemtype = 'InvtPart' AND tl.linelastmodifieddate >= \
             TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS') ORDER BY tl.item";
    let since = async |at: &str| {
        let rows = world.rows(q, &[json!(at)]).await;
        rows.iter().map(|row| number(row, "item")).collect::<Vec<_>>()
    };
    // Three in the morning in UTC is seven in the evening of the day before.
    assert_eq!(since("2026-03-08 19:00:00").await, [1001, 1002, 1007]);
    assert_eq!(since("2026-03-08 19:30:00").await, [1007]);
    assert_eq!(since("2026-03-08 21:00:00").await, [0_i64; 0]);
    let q = "SELECT TO_CHAR(SYSDATE, 'HH24') AS hour, quantity, BUILTIN.DF(t.type) AS kind FROM transactionline tl \
             JOIN transaction t ON t.id = tl.transaction WHERE t.type = 'InvAdjst' AND tl.mainline = 'F'";
    let row = world.rows(q, &[]).await[0].clone();
    assert_eq!(row, json!({"links": [], "hour": "20", "quantity": "-3", "kind": "Inventory Adjustment"}));
}

#[tokio::test]
async fn the_revision_in_force_follows_the_date() {
    let mut world = World::usual().await;
    let catalogue = loaded(&world, 200, &[]);
    let assembly = catalogue.skus.iter().find(|sku| sku.kind == Kind::Assembly).unwrap();
    let parts = &assembly.components;
    let asked = async |world: &World| {
        let q = "SELECT m.item, m.bomquantity * NVL(u.conversionrate, 1) AS pieces FROM assemblyItemBom a \
                 JOIN bom b ON b.id = a.billofmaterials JOIN bomRevisionComponentMember m \
                 ON m.bomrevision = a.currentrevision LEFT JOIN unitsTypeUom u ON u.internalid = m.unit \
                 WHERE a.assembly = ? AND a.masterdefault = 'T' AND b.isinactive = 'F' ORDER BY m.lineid";
        let rows = world.rows(q, &[json!(assembly.item_id.unwrap())]).await;
        rows.iter().map(|row| (number(row, "item"), number(row, "pieces"))).collect::<Vec<_>>()
    };
    let times =
        |factor: u32| parts.iter().map(|part| (part.item_id, i64::from(part.quantity * factor))).collect::<Vec<_>>();
    assert_eq!(asked(&world).await, times(1));
    world.clock.advance(Duration::from_secs(360 * 86_400));
    world.token = world.log_in().await;
    assert_eq!(asked(&world).await, times(2));
    let q = "SELECT COUNT(*) AS revisions, MIN(r.effectivestartdate) AS first FROM bomRevision r \
             JOIN itemAssemblyItemBom a ON a.billofmaterials = r.billofmaterials WHERE a.assembly = ?";
    assert_eq!(world.rows(q, &[json!(assembly.item_id.unwrap())]).await[0]["revisions"], "3");
}

#[tokio::test]
async fn bills_of_materials_may_count_in_dozens() {
    let world = World::usual().await;
    let catalogue = loaded(&world, 600, &[]);
    let dozens = |sku: &&crate::catalogue::Sku| sku.components.iter().any(|part| part.in_dozens);
    let assembly = catalogue.skus.iter().find(dozens).expect("a plan of this size has one");
    let q = "SELECT m.bomquantity, m.unit, u.unitname, u.conversionrate FROM assemblyItemBom a \
             JOIN bomRevisionComponentMember m ON m.bomrevision = a.currentrevision \
             JOIN unitsTypeUom u ON u.internalid = m.unit WHERE a.assembly = ?";
    let row = world.rows(q, &[json!(assembly.item_id.unwrap())]).await[0].clone();
    let wanted = json!({"links": [], "bomquantity": "1", "unit": "2", "unitname": "Dozen", "conversionrate": "12"});
    assert_eq!(row, wanted);
}

#[tokio::test]
async fn kits_name_their_members_in_two_tables() {
    let world = World::usual().await;
    let catalogue = loaded(&world, 200, &[Trouble::NestedBundle, Trouble::CircularBom, Trouble::NeverStocked]);
    let kit = catalogue.skus.iter().find(|sku| sku.kind == Kind::Kit).unwrap();
    for table in ["kitItemMember", "itemMember"] {
        let q = format!("SELECT item, quantity FROM {table} WHERE parentitem = ? ORDER BY linenumber");
        let rows = world.rows(&q, &[json!(kit.item_id.unwrap())]).await;
        let found: Vec<_> = rows.iter().map(|row| (number(row, "item"), number(row, "quantity"))).collect();
        let wanted: Vec<_> = kit.components.iter().map(|part| (part.item_id, i64::from(part.quantity))).collect();
        assert_eq!(found, wanted, "{table}");
    }
    let own = |name: &str| catalogue.skus.iter().find(|sku| sku.sku == name).unwrap().item_id.unwrap();
    let q = "SELECT item FROM kitItemMember WHERE parentitem = ?";
    let circular = own("CIRCULAR-SELF");
    assert_eq!(number(&world.rows(q, &[json!(circular)]).await[0], "item"), circular);
    let q = "SELECT quantityavailable FROM aggregateItemLocation WHERE item = ?";
    let never = world.rows(q, &[json!(own("NEVER-STOCKED-PART"))]).await;
    assert_eq!(never, vec![json!({"links": []}); 4]);
}

#[tokio::test]
async fn an_account_takes_a_catalogue_once_and_new_items_come_after_it() {
    let world = World::usual().await;
    let catalogue = loaded(&world, 40, &[]);
    let error = world.account.load_catalogue(&catalogue).unwrap_err().to_string();
    assert!(error.contains("100001"), "{error}");
    let id = world.account.put_record("inventoryItem", json!({"itemId": "NEW"})).unwrap();
    assert_eq!(id, "100041");
    let row = world.account.record("inventoryItem", "100001").unwrap();
    assert_eq!(row["itemId"], catalogue.skus[0].sku);
    assert_eq!(world.account.item_id(&catalogue.skus[7].sku), Some(100_008));
    assert_eq!(world.account.item_id("NO-SUCH"), None);
    let rows = world.rows("SELECT itemid FROM item WHERE itemid = ?", &[json!(catalogue.skus[7].sku)]).await;
    assert_eq!(rows.len(), 1);
}
