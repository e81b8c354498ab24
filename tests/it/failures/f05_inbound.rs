//! F05 once more: every write of the inbound way, in every way in which its answer can be lost.
//!
//! The goods arrive all the same: one notification at the warehouse, one Item Receipt, each mark once. DCL cannot be asked for a
//! notification: that it refuses the same reference again is how the first one is found.

use std::time::Duration;

use bus::{RunRequest, RunView};
use config::{Config, Short};
use futures_util::future::join_all;
use sandbox::{
    dcl::Arrival,
    faults::{Fault, Rule},
    ledger::{Entry, Vendor},
};
use serde_json::{Value, json};
use workflows::ids;

use super::f05_lost_answers::reset;
use crate::{
    inbound::{booked, inbound, item, lines, number_of, purchase, record, run, status, units, world},
    world::{World, eventually},
};

/// A write on the way from order to receipt.
struct Write {
    /// Whose it is.
    agent: &'static str,
    vendor: Vendor,
    operation: &'static str,
    /// Requests of the same name that other steps have made before it.
    earlier: usize,
    /// Would a repeat make a second document?
    creates: bool,
    /// Of a transfer, not of a purchase?
    transfer: bool,
}

const fn write(agent: &'static str, vendor: Vendor, operation: &'static str, creates: bool) -> Write {
    Write { agent, vendor, operation, earlier: 0, creates, transfer: false }
}

const RECEIVE_TRANSFER: &str = "POST transferOrder/!transform/itemReceipt";
const WRITES: [Write; 5] = [
    write(ids::PO_NOTIFICATION, Vendor::Dcl, "POST po_notifications", true),
    write(ids::PO_NOTIFICATION, Vendor::Netsuite, "PATCH purchaseOrder", false),
    write(ids::PO_RECEIPT, Vendor::Netsuite, "POST purchaseOrder/!transform/itemReceipt", true),
    Write { transfer: true, ..write(ids::PO_RECEIPT, Vendor::Netsuite, RECEIVE_TRANSFER, true) },
    Write { earlier: 1, ..write(ids::PO_RECEIPT, Vendor::Netsuite, "PATCH purchaseOrder", false) },
];

/// Goods on their way.
struct Journey {
    world: World,
    /// The order's internal id.
    id: String,
    write: &'static Write,
}

impl Journey {
    /// Up to the agent whose write goes wrong. Of what was ordered one piece does not come, and its line is closed.
    async fn begin(way: &str, write: &'static Write, fault: Fault, change: impl FnOnce(&mut Config)) -> Self {
        let name = format!("f05-inbound-{way}");
        let world = world(&name, |config| {
            inbound(config).short = Short::Close;
            change(config);
        })
        .await;
        let rule = Rule { skip: write.earlier as u32, ..Rule::new(write.vendor, write.operation, fault) };
        let of = [("TEE-SLATE", 4)];
        let id = match write.transfer {
            false => purchase(&world, &of),
            true => {
                let body = json!({
                    "subsidiary": {"id": "1"}, "location": {"id": "2"}, "transferLocation": {"id": "1"},
                    "orderStatus": {"id": "B"}, "tranDate": "2026-01-02", "item": lines(&world, &of),
                });
                let id = world.sandbox.netsuite.put_record("transferOrder", body).unwrap();
                let left = json!({"createdFrom": {"id": id}, "shipStatus": {"id": "C"}, "tranDate": "2026-01-03"});
                world.sandbox.netsuite.put_record("itemFulfillment", left).unwrap();
                id
            }
        };
        world.faults(vec![rule.times(1)]);
        world.poll(ids::NETSUITE_PURCHASES_POLL).await;
        let journey = Self { world, id, write };
        if write.agent == ids::PO_RECEIPT {
            journey.receive().await;
        }
        journey
    }

    fn run_of(&self, agent: &str) -> String {
        match agent {
            ids::PO_NOTIFICATION => run(agent, &self.id),
            _ => run(agent, number_of(&self.world, &self.id)),
        }
    }

    /// The run whose write goes wrong.
    fn run(&self) -> String {
        self.run_of(self.write.agent)
    }

    /// Three of four pieces arrive, long ago, and the poll sees them.
    async fn receive(&self) {
        self.done(ids::PO_NOTIFICATION).await;
        let number = number_of(&self.world, &self.id);
        let date = Some("2026-01-10".parse().unwrap());
        self.world.sandbox.dcl.receive(number, Arrival { date, ..Arrival::of(&[("TEE-SLATE", 3)]) }).unwrap();
        let report = self.world.poll(ids::DCL_RECEIPTS_POLL).await;
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
        let counts =
            if self.write.vendor == Vendor::Dcl { sandbox.dcl.requests() } else { sandbox.netsuite.requests() };
        (counts.get(self.write.operation).copied().unwrap_or_default() as usize).saturating_sub(self.write.earlier)
    }

    /// The write as far as the vendor has done it.
    fn writes(&self) -> Vec<Entry> {
        let mut all = self.world.writes(self.write.vendor, self.write.operation);
        all.split_off(self.write.earlier.min(all.len()))
    }

    /// Waits until the vendor has got the write.
    async fn on_its_way(&self) {
        eventually(self.write.operation, async || (self.requests() > 0).then_some(())).await;
    }

    /// Waits until the write that was on its way is done.
    async fn landed(&self) {
        eventually(self.write.operation, async || (!self.writes().is_empty()).then_some(())).await;
    }

    /// Waits until the next attempt has looked, found nothing, and does not believe it.
    async fn settling(&self) {
        let settling = |view: &RunView| {
            view.pending.iter().any(|a| a.last_failure.as_deref().is_some_and(|f| f.contains("may still land")))
        };
        let what = format!("{}: the empty look-up is not believed", self.write.operation);
        self.world.until(&self.run(), &what, settling).await;
        assert!(self.writes().is_empty(), "{}: the look-up came before the landing", self.write.operation);
    }

    /// To the end, where everything is there once.
    async fn arrive(&self) {
        let (world, what) = (&self.world, self.write.operation);
        self.done(ids::PO_NOTIFICATION).await;
        if world.sandbox.netsuite.records("itemReceipt").is_empty() && self.write.agent == ids::PO_NOTIFICATION {
            self.receive().await;
        }
        for agent in [ids::PO_NOTIFICATION, ids::PO_RECEIPT] {
            self.done(agent).await;
            world.until(&self.run_of(agent), "done", |v| v.agent_status.as_deref() == Some("done")).await;
        }
        let landed = || self.writes().len() >= self.requests();
        eventually(&format!("{what}: every request landed"), async || landed().then_some(())).await;
        let number = number_of(world, &self.id);
        assert_eq!(world.sandbox.dcl.notifications().len(), 1, "{what}");
        let receipts = world.sandbox.netsuite.records("itemReceipt");
        assert_eq!(receipts.len(), 1, "{what}: {receipts:#?}");
        assert_eq!(receipts[0]["externalId"], format!("IR-acme-{number}-R000001"), "{what}");
        assert_eq!(booked(world), units(&[("TEE-SLATE", 3)]), "{what}");
        let received = world.sandbox.netsuite.received(item(world, "TEE-SLATE").parse().unwrap(), 1);
        assert_eq!(received, 3.into(), "{what}");
        let kind = if self.write.transfer { "transferOrder" } else { "purchaseOrder" };
        let order = record(world, kind, &self.id);
        assert_eq!(order["custbody_dcl_po_number"], number.to_string(), "{what}");
        // What is short of a purchase is closed; of a transfer it is still under way. Both wait for more than a receipt.
        assert_eq!(status(world, kind, &self.id), "F", "{what}");
        assert_eq!(order["item"]["items"][0]["isClosed"], !self.write.transfer, "{what}");
        if self.write.creates {
            let done = self.writes().into_iter().filter(|entry| entry.result.starts_with("ok")).count();
            assert_eq!(done, 1, "{what}: {:#?}", self.writes());
        }
    }

    /// The input that means the run's record.
    fn input(&self) -> Value {
        match self.write.agent {
            ids::PO_NOTIFICATION => json!({ "brand": "acme", "transactionId": self.id }),
            _ => json!({ "brand": "acme", "dclPoNumber": number_of(&self.world, &self.id) }),
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

/// A world that gives every request so many seconds to land.
fn patient(seconds: u64) -> impl Fn(&mut Config) {
    move |config| {
        let deadline = Duration::from_secs(seconds);
        config.netsuite.get_mut("main").unwrap().request_deadline = deadline;
        config.dcl.get_mut("main").unwrap().request_deadline = deadline;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_lost_after_the_write() {
    join_all(WRITES.iter().map(async |write| {
        let journey = Journey::begin("lost", write, Fault::AnswerLost, |_| {}).await;
        journey.arrive().await;
        assert_eq!(journey.writes()[0].result, "ok, answer lost", "{}", write.operation);
    }))
    .await;
}

/// The look-up after the lost answer finds nothing; then the write lands.
#[tokio::test(flavor = "multi_thread")]
async fn the_write_lands_after_the_look_up() {
    join_all(WRITES.iter().map(async |write| {
        let journey = Journey::begin("late", write, Fault::LandsLater { millis: 8000 }, patient(10)).await;
        if write.creates {
            journey.settling().await;
        }
        journey.arrive().await;
        let landed = || journey.writes().iter().any(|entry| entry.result == "ok, landed late");
        eventually(write.operation, async || landed().then_some(())).await;
        journey.arrive().await;
    }))
    .await;
}

/// The worker dies while the vendor is at work. The vendor finishes; another worker goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_during_the_write() {
    join_all(WRITES.iter().map(async |write| {
        let mut journey = Journey::begin("killed", write, Fault::Latency { millis: 4000 }, patient(5)).await;
        journey.on_its_way().await;
        journey.world.take_worker().kill();
        assert!(journey.writes().is_empty(), "{}: killed too late", write.operation);
        journey.world.start_worker();
        journey.landed().await;
        journey.arrive().await;
    }))
    .await;
}

/// A person resets the run to its first workflow task while the vendor is at work for it.
#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_reset_during_the_write() {
    join_all(WRITES.iter().map(async |write| {
        let journey = Journey::begin("reset", write, Fault::Latency { millis: 4000 }, patient(5)).await;
        journey.on_its_way().await;
        let before = journey.world.view(&journey.run()).await.unwrap().run_id;
        reset(&journey.world, &journey.run(), &before).await;
        assert!(journey.writes().is_empty(), "{}: reset too late", write.operation);
        journey.world.until(&journey.run(), "another run", |v| v.run_id != before).await;
        journey.landed().await;
        journey.arrive().await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_made_again_on_purpose() {
    join_all(WRITES.iter().map(async |write| {
        let journey = Journey::begin("rerun", write, Fault::AnswerLost, |_| {}).await;
        journey.arrive().await;
        journey.again().await;
        journey.arrive().await;
    }))
    .await;
}
