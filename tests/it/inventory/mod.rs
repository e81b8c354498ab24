//! Stock: what NetSuite has, less what is sold, is what the store shows.

mod bad_input;
mod bundles;
mod check;
mod f06_bad_entry;
mod f15_only_differences;
mod f16_points;
mod f19_variant_gone;
mod f20_duplicate_sku;
mod f21_two_writers;
mod f25_beyond_a_page;
mod killed;
mod schedules;
mod ticks;

use config::{Config, Stock};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sandbox::{
    catalogue::{Catalogue, Kind, Plan, Sku},
    ledger::{Entry, Vendor},
};
use serde_json::{Value, json};
use workflows::ids;

use crate::world::{World, order};

/// A world with a catalogue, and what was loaded.
pub struct Shelves {
    pub world: World,
    pub catalogue: Catalogue,
}

impl Shelves {
    /// The stock's agents on a catalogue.
    pub async fn start(name: &str, plan: Plan) -> Self {
        Self::with(name, plan, |_| {}).await
    }

    /// The same with other settings.
    pub async fn with(name: &str, plan: Plan, change: impl FnOnce(&mut Config)) -> Self {
        let mut shelves = Self::asleep(name, plan, change).await;
        shelves.world.start_worker();
        shelves
    }

    /// The same without a worker.
    pub async fn asleep(name: &str, plan: Plan, change: impl FnOnce(&mut Config)) -> Self {
        let catalogue = Catalogue::generate(&plan).unwrap();
        let mut world = World::asleep(name, sandbox::Options::default(), |_| {}).await;
        world.sandbox.load_catalogue(&catalogue).unwrap();
        let locations = catalogue.places.iter().map(|p| (p.netsuite.to_string(), p.shopify.to_string())).collect();
        world.reconfigure(|config| {
            let brand = config.brands.get_mut("acme").unwrap();
            brand.agents = ids::SYNCS.map(str::to_owned).to_vec();
            brand.orders.location = Some(catalogue.places[0].netsuite.to_string());
            brand.stock = Some(Stock::new(locations));
            change(config);
        });
        Self { world, catalogue }
    }

    /// A run of a sync outside its schedule; its report.
    pub async fn sync(&self, workflow: &str, scope: Value) -> Value {
        let id = self.begin(workflow, json!({ "scope": scope })).await;
        self.world.result(&id).await.unwrap()
    }

    /// The items' sync of everything.
    pub async fn full(&self) -> Value {
        self.sync(ids::INVENTORY_SYNC, json!("full")).await
    }

    /// Starts a run of the stock's; its id.
    pub async fn begin(&self, workflow: &str, payload: Value) -> String {
        let request = bus::RunRequest {
            workflow: workflow.to_owned(),
            brand: Some("acme".into()),
            payload,
            start_at: None,
            rerun: false,
        };
        self.world.bus().run(&request).await.unwrap().workflow_id
    }

    /// The SKU of this name.
    pub fn sku(&self, name: &str) -> &Sku {
        self.catalogue.skus.iter().find(|sku| sku.sku == name).unwrap()
    }

    /// The n-th SKU with stock of its own.
    pub fn item(&self, n: usize) -> &Sku {
        self.catalogue.skus.iter().filter(|sku| sku.kind == Kind::Item).nth(n).unwrap()
    }

    /// What the store shows of a SKU's first variant at a place.
    pub fn shown(&self, sku: &Sku, place: usize) -> Option<i64> {
        let (item, location) = (sku.variants[0].inventory_item, self.catalogue.places[place].shopify);
        self.world.sandbox.shopify.stock_level(item, location).map(|level| level.available)
    }

    /// What NetSuite has available of an item.
    pub fn available(&self, item: i64, place: usize) -> Decimal {
        let stock = self.world.sandbox.netsuite.stock(item, self.catalogue.places[place].netsuite);
        stock.map_or(Decimal::ZERO, |stock| stock.available())
    }

    /// Counts an item anew in NetSuite.
    pub fn count(&self, sku: &Sku, place: usize, on_hand: i64) {
        let location = self.catalogue.places[place].netsuite;
        self.world.sandbox.netsuite.set_stock(sku.item_id.unwrap(), location, on_hand.into()).unwrap();
    }

    /// Every plain item is shown as it should be, `taken` less at the first place.
    pub fn assert_told(&self, taken: impl Fn(&Sku) -> i64) {
        let plain =
            |sku: &&Sku| sku.kind == Kind::Item && sku.tracked && sku.variants.len() == 1 && sku.item_id.is_some();
        for sku in self.catalogue.skus.iter().filter(plain) {
            for place in 0..self.catalogue.places.len() {
                let taken = if place == 0 { taken(sku) } else { 0 };
                let free = self.available(sku.item_id.unwrap(), place) - Decimal::from(taken);
                let Some(wanted) = free.max(Decimal::ZERO).to_i32() else { continue };
                assert_eq!(self.shown(sku, place), Some(wanted.into()), "{} at place {place}", sku.sku);
            }
        }
    }

    /// Calls that set quantities, refused ones too.
    pub fn writes(&self) -> Vec<Entry> {
        self.world.writes(Vendor::Shopify, "inventorySetQuantities")
    }

    /// Somebody orders one SKU in the store.
    pub fn sell(&self, id: u64, sku: &Sku, pieces: u32) {
        let mut order = order(id);
        let line = &mut order["line_items"][0];
        line["sku"] = json!(sku.sku);
        line["variant_id"] = json!(sku.variants[0].variant);
        line["product_id"] = json!(sku.variants[0].product);
        for field in ["quantity", "current_quantity", "fulfillable_quantity"] {
            line[field] = json!(pieces);
        }
        self.world.sandbox.shopify.place_order(order).unwrap();
    }
}

/// A small catalogue of items alone.
pub fn items(skus: u32) -> Plan {
    Plan { skus, locations: 2, bundles: 0, ..Plan::default() }
}

/// Of a report's groups, how many have this reason, and the first SKUs.
pub fn group(report: &Value, list: &str, reason: &str) -> (u64, Vec<String>) {
    let groups = report[list].as_array().unwrap();
    let found = groups.iter().find(|group| group["reason"] == reason);
    let found = found.unwrap_or_else(|| panic!("no {reason} in {list}: {report:#}"));
    let skus = found["skus"].as_array().unwrap().iter().map(|sku| sku.as_str().unwrap().to_owned());
    (found["count"].as_u64().unwrap(), skus.collect())
}

/// Every position that was read has one end.
pub fn assert_adds_up(report: &Value) {
    let count = |field: &str| report[field].as_u64().unwrap();
    let ends = count("changed") + count("unchanged") + count("skipped") + count("failed");
    assert_eq!(count("read"), ends, "{report:#}");
}
