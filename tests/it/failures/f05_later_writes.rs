//! F05 once more: every write after the Sales Order, in every way in which its answer can be lost.
//!
//! The order travels to its end all the same: one order at the warehouse, one Item Fulfillment, one fulfillment in the shop, one
//! Invoice, one payment, each mark once.

use std::{collections::BTreeSet, time::Duration};

use bus::{RunRequest, RunView};
use config::Config;
use futures_util::future::join_all;
use sandbox::{
    dcl::{Carton, Shipment},
    faults::{Fault, Rule},
    ledger::{Entry, Vendor},
};
use serde_json::{Value, json};
use temporalio_client::UntypedWorkflow;
use workflows::ids;

use super::f05_lost_answers::reset;
use crate::{
    order_to_cash::{order, paid, run, sku, total, with_the_warehouse},
    world::{World, eventually, run_of},
};

/// A write on the way from Sales Order to cash.
struct Write {
    /// Whose it is.
    agent: &'static str,
    vendor: Vendor,
    operation: &'static str,
    /// Requests of the same name that other steps have made before it.
    earlier: usize,
    /// Would a repeat make a second document?
    creates: bool,
    /// Is money that comes before its invoice taken as a deposit?
    deposits: bool,
}

const fn creates(agent: &'static str, vendor: Vendor, operation: &'static str) -> Write {
    Write { agent, vendor, operation, earlier: 0, creates: true, deposits: false }
}

const fn marks(agent: &'static str, vendor: Vendor, operation: &'static str, earlier: usize) -> Write {
    Write { agent, vendor, operation, earlier, creates: false, deposits: false }
}

const fn takes(operation: &'static str) -> Write {
    let (agent, vendor) = (ids::NETSUITE_PAYMENT, Vendor::Netsuite);
    Write { agent, vendor, operation, earlier: 0, creates: true, deposits: true }
}

/// All of them, in their order. Agent 1 has released the Sales Order and tagged the shop's order before.
const WRITES: [Write; 11] = [
    creates(ids::NETSUITE_TO_DCL, Vendor::Dcl, "POST batches"),
    marks(ids::NETSUITE_TO_DCL, Vendor::Netsuite, "PATCH salesOrder", 1),
    creates(ids::DCL_TRACKING, Vendor::Netsuite, "POST salesOrder/!transform/itemFulfillment"),
    creates(ids::DCL_TRACKING, Vendor::Shopify, "fulfillmentCreate"),
    marks(ids::DCL_TRACKING, Vendor::Netsuite, "PATCH itemFulfillment", 0),
    creates(ids::NETSUITE_INVOICE, Vendor::Netsuite, "POST salesOrder/!transform/invoice"),
    marks(ids::NETSUITE_INVOICE, Vendor::Shopify, "tagsAdd", 1),
    marks(ids::NETSUITE_INVOICE, Vendor::Netsuite, "PATCH salesOrder", 2),
    creates(ids::NETSUITE_PAYMENT, Vendor::Netsuite, "PUT customerPayment"),
    takes(DEPOSIT),
    takes("POST customerDeposit/!transform/depositApplication"),
];
/// The one write that comes before the warehouse has shipped.
const DEPOSIT: &str = "PUT customerDeposit";
const ORDER: u64 = 5051;

/// An order on its way.
struct Journey {
    world: World,
    /// The Sales Order's id and number.
    so: String,
    number: String,
    write: &'static Write,
}

impl Journey {
    /// Up to the agent whose write goes wrong.
    async fn begin(way: &str, write: &'static Write, fault: Fault, change: impl FnOnce(&mut Config)) -> Self {
        let world = World::order_to_cash(&format!("f05-later-{way}"), |config| {
            if write.deposits {
                config.brands.get_mut("acme").unwrap().payments.ahead = config::Ahead::Deposit;
            }
            change(config);
        })
        .await;
        let rule = Rule { skip: write.earlier as u32, ..Rule::new(write.vendor, write.operation, fault) };
        world.faults(vec![rule.times(1)]);
        world.sandbox.shopify.place_order(order(ORDER)).unwrap();
        eventually("a run", async || world.view(&run_of(ORDER)).await).await;
        let booked = world.result(&run_of(ORDER)).await.unwrap();
        let text = |field: &str| booked[field].as_str().unwrap().to_owned();
        let journey = Self { so: text("salesOrderId"), number: text("salesOrderNumber"), world, write };
        match write.operation {
            // It waits for its invoice as soon as it has written.
            DEPOSIT => drop(eventually("a run", async || journey.world.view(&journey.run()).await).await),
            _ if write.agent == ids::NETSUITE_TO_DCL => {}
            _ => journey.ship().await,
        }
        journey
    }

    fn run_of(&self, agent: &str) -> String {
        match agent {
            ids::DCL_TRACKING => run(agent, &self.number),
            ids::NETSUITE_PAYMENT => run(agent, &ORDER.to_string()),
            _ => run(agent, &self.so),
        }
    }

    /// The run whose write goes wrong.
    fn run(&self) -> String {
        self.run_of(self.write.agent)
    }

    /// The warehouse ships what it has got, and the poll sees it.
    async fn ship(&self) {
        self.done(ids::NETSUITE_TO_DCL).await;
        if self.write.deposits {
            // Money that comes after the invoice would be a payment.
            let taken = async || (!self.world.sandbox.netsuite.records("customerDeposit").is_empty()).then_some(());
            eventually("the deposit", taken).await;
        }
        self.world.sandbox.dcl.ship_all(&self.number).unwrap();
        let report = self.world.poll(ids::DCL_ORDERS_POLL).await;
        assert_eq!(report["published"], 1, "{}: {report}", self.write.operation);
    }

    /// Waits until an agent has begun and ended.
    async fn done(&self, agent: &str) {
        let id = self.run_of(agent);
        eventually(&format!("{}: {id}", self.write.operation), async || self.world.view(&id).await).await;
        self.world.result(&id).await.unwrap_or_else(|e| panic!("{}: {id}: {e}", self.write.operation));
    }

    /// The write's requests that the vendor has got.
    fn requests(&self) -> usize {
        let sandbox = &self.world.sandbox;
        let counts = match self.write.vendor {
            Vendor::Shopify => sandbox.shopify.requests(),
            Vendor::Netsuite => sandbox.netsuite.requests(),
            Vendor::Dcl => sandbox.dcl.requests(),
        };
        (counts.get(self.write.operation).copied().unwrap_or_default() as usize).saturating_sub(self.write.earlier)
    }

    /// The write as far as the vendor has done it.
    fn writes(&self) -> Vec<Entry> {
        self.world.writes(self.write.vendor, self.write.operation).split_off(self.write.earlier)
    }

    /// Waits until the vendor has got the write.
    async fn on_its_way(&self) {
        eventually(self.write.operation, async || (self.requests() > 0).then_some(())).await;
    }

    /// Waits until the next attempt has looked, found nothing, and does not believe it.
    async fn settling(&self) {
        let settling = |view: &RunView| {
            view.pending.iter().any(|a| a.last_failure.as_deref().is_some_and(|f| f.contains("may still land")))
        };
        self.world
            .until(&self.run(), &format!("{}: the empty look-up is not believed", self.write.operation), settling)
            .await;
        assert!(self.writes().is_empty(), "{}: the look-up came before the landing", self.write.operation);
    }

    /// To the end, where everything is there once.
    async fn arrive(&self) {
        let (world, what) = (&self.world, self.write.operation);
        if world.sandbox.dcl.order(&self.number).is_none_or(|order| order["order_stage"] != 60) {
            self.ship().await;
        }
        for agent in [ids::NETSUITE_TO_DCL, ids::DCL_TRACKING, ids::NETSUITE_INVOICE, ids::NETSUITE_PAYMENT] {
            self.done(agent).await;
            world.until(&self.run_of(agent), "done", |v| v.agent_status.as_deref() == Some("done")).await;
        }
        let landed = || self.writes().len() >= self.requests();
        eventually(&format!("{what}: every request landed"), async || landed().then_some(())).await;
        let all = |record| world.sandbox.netsuite.records(record);
        assert_eq!(world.sandbox.dcl.orders().len(), 1, "{what}: orders at the warehouse");
        let money: &[&str] =
            if self.write.deposits { &["customerDeposit", "depositApplication"] } else { &["customerPayment"] };
        for record in ["itemFulfillment", "invoice"].iter().chain(money) {
            assert_eq!(all(record).len(), 1, "{what}: {record}: {:#?}", all(record));
        }
        let in_shop = world.sandbox.shopify.order(ORDER).unwrap();
        let told = in_shop["fulfillments"].as_array().unwrap();
        assert_eq!(told.len(), 1, "{what}: {told:#?}");
        let named = &all("itemFulfillment")[0]["custbody_shopify_fulfillment_id"];
        assert_eq!(named, &json!(told[0]["id"].to_string()), "{what}: the Item Fulfillment names it");
        let tags = in_shop["tags"].as_str().unwrap();
        assert_eq!(tags.split(", ").filter(|tag| *tag == "INVOICED").count(), 1, "{what}: {tags}");
        let so = &world.sales_orders(ORDER)[0];
        for mark in ["custbody_sent_to_3pl", "custbody_o2c_invoiced"] {
            assert_eq!(so[mark], true, "{what}: {mark}");
        }
        if self.write.creates {
            let done = self.writes().into_iter().filter(|entry| entry.result.starts_with("ok")).count();
            assert_eq!(done, 1, "{what}: {:#?}", self.writes());
        }
        let verdict = world.verdict(&[]).await;
        assert!(verdict.is_clean(), "{what}: {verdict}");
    }

    /// The input that means the run's record.
    fn input(&self) -> Value {
        match self.write.agent {
            ids::DCL_TRACKING => json!({ "brand": "acme", "dclOrderNumber": self.number }),
            ids::NETSUITE_PAYMENT => json!({ "brand": "acme", "orderId": ORDER.to_string() }),
            _ => json!({ "brand": "acme", "salesOrderId": self.so }),
        }
    }

    /// Runs the agent again, as a person would.
    async fn again(&self) {
        let before = self.world.view(&self.run()).await.unwrap().run_id;
        let workflow = self.write.agent.to_owned();
        let request =
            RunRequest { workflow, brand: Some("acme".into()), payload: self.input(), start_at: None, rerun: true };
        self.world.bus().run(&request).await.unwrap();
        self.world.until(&self.run(), "another run", |v| v.run_id != before).await;
    }
}

/// A world for each write; more of them at once keep a small machine busy beyond what a test waits for.
async fn each(writes: impl Iterator<Item = &'static Write>, test: impl AsyncFn(&'static Write)) {
    let writes: Vec<&'static Write> = writes.collect();
    for some in writes.chunks(6) {
        join_all(some.iter().map(|write| test(write))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_lost_after_the_write() {
    each(WRITES.iter(), async |write| {
        let journey = Journey::begin("lost", write, Fault::AnswerLost, |_| {}).await;
        journey.arrive().await;
        assert_eq!(journey.writes()[0].result, "ok, answer lost", "{}", write.operation);
    })
    .await;
}

/// A world that gives every request so many seconds to land.
fn patient(seconds: u64) -> impl Fn(&mut Config) {
    move |config| {
        let deadline = Duration::from_secs(seconds);
        config.netsuite.get_mut("main").unwrap().request_deadline = deadline;
        config.dcl.get_mut("main").unwrap().request_deadline = deadline;
        config.brands.get_mut("acme").unwrap().shopify.request_deadline = deadline;
    }
}

/// The look-up after the lost answer finds nothing; then the write lands.
#[tokio::test(flavor = "multi_thread")]
async fn the_write_lands_after_the_look_up() {
    each(WRITES.iter(), async |write| {
        let journey = Journey::begin("late", write, Fault::LandsLater { millis: 8000 }, patient(10)).await;
        if write.creates {
            journey.settling().await;
        }
        journey.arrive().await;
        let landed = || journey.writes().iter().any(|entry| entry.result == "ok, landed late");
        eventually(write.operation, async || landed().then_some(())).await;
        journey.arrive().await;
    })
    .await;
}

/// The worker dies while the vendor is at work. The vendor finishes; another worker goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_during_the_write() {
    each(WRITES.iter(), async |write| {
        let mut journey = Journey::begin("killed", write, Fault::Latency { millis: 4000 }, patient(5)).await;
        journey.on_its_way().await;
        journey.world.take_worker().kill();
        assert!(journey.writes().is_empty(), "{}: killed too late", write.operation);
        journey.world.start_worker();
        journey.arrive().await;
    })
    .await;
}

/// The same, but the vendor is so slow that the next worker looks before the write has landed.
#[tokio::test(flavor = "multi_thread")]
async fn the_write_of_a_dead_worker_lands_after_the_look_up_of_the_next() {
    each(WRITES.iter().filter(|write| write.creates), async |write| {
        let mut journey = Journey::begin("dead", write, Fault::Latency { millis: 18_000 }, patient(20)).await;
        journey.on_its_way().await;
        journey.world.take_worker().kill();
        journey.world.start_worker();
        journey.settling().await;
        journey.arrive().await;
    })
    .await;
}

/// A person resets the run to its first workflow task while the vendor is at work for it.
#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_reset_during_the_write() {
    each(WRITES.iter(), async |write| {
        let journey = Journey::begin("reset", write, Fault::Latency { millis: 4000 }, patient(5)).await;
        journey.on_its_way().await;
        let before = journey.world.view(&journey.run()).await.unwrap().run_id;
        reset(&journey.world, &journey.run(), &before).await;
        assert!(journey.writes().is_empty(), "{}: reset too late", write.operation);
        journey.world.until(&journey.run(), "another run", |v| v.run_id != before).await;
        journey.arrive().await;
    })
    .await;
}

/// A person ends the run when the write is done and nobody knows, and runs the agent again.
#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_ended_after_the_write_and_made_again() {
    each(WRITES.iter(), async |write| {
        let journey = Journey::begin("ended", write, Fault::AnswerLost, |_| {}).await;
        eventually(write.operation, async || (!journey.writes().is_empty()).then_some(())).await;
        let handle = journey.world.client.get_workflow_handle::<UntypedWorkflow>(journey.run());
        // One that was faster than the person is made again all the same.
        let _ = handle.terminate(Default::default()).await;
        journey.again().await;
        journey.arrive().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_made_again_on_purpose() {
    each(WRITES.iter(), async |write| {
        let journey = Journey::begin("rerun", write, Fault::AnswerLost, |_| {}).await;
        journey.arrive().await;
        journey.again().await;
        journey.arrive().await;
    })
    .await;
}

/// A carton without a tracking number, of which Shopify knows nothing but the goods: the first unit of two is told once, and
/// the second is not taken for the first.
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_about_an_untracked_carton_is_lost() {
    let world = World::order_to_cash("f05-untracked", |_| {}).await;
    world.faults(vec![Rule::new(Vendor::Shopify, "fulfillmentCreate", Fault::AnswerLost)]);
    let mut two = order(ORDER);
    for field in ["quantity", "current_quantity", "fulfillable_quantity"] {
        two["line_items"][0][field] = json!(2);
    }
    total(&mut two, "398.00");
    let (so, number) = with_the_warehouse(&world, two).await;
    let item = sku(&world, ORDER, 0);
    for n in 1..=2 {
        let carton = Carton { tracking: Some(String::new()), ..Carton::of(&[(&item, 1)]) };
        world.sandbox.dcl.ship(&number, Shipment { cartons: vec![carton] }).unwrap();
        world.poll(ids::DCL_ORDERS_POLL).await;
        let told = |v: &RunView| v.status == "completed" && v.result.as_ref().is_some_and(|r| r["fulfillments"] == n);
        world.until(&run(ids::DCL_TRACKING, &number), "told", told).await;
        let in_shop = world.sandbox.shopify.order(ORDER).unwrap();
        let made = in_shop["fulfillments"].as_array().unwrap();
        assert_eq!(made.len(), n, "{made:#?}");
    }
    let booked = world.sandbox.netsuite.records("itemFulfillment");
    let named: BTreeSet<_> =
        booked.iter().map(|f| f["custbody_shopify_fulfillment_id"].as_str().unwrap_or_default()).collect();
    assert!(named.len() == 2 && !named.contains(""), "each names its own: {named:?}");
    paid(&world, &so, ORDER).await;
    let verdict = world.verdict(&[]).await;
    assert!(verdict.is_clean(), "{verdict}");
}
