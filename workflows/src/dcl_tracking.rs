//! Agent 3: what the warehouse shipped is booked in NetSuite and told to the customer by Shopify.
//!
//! * **Trigger**: the poll of orders that changed at DCL, a person. The order may ship again: every run books what is new.
//! * **Preconditions**: the order is one of ours.
//! * **Steps**: one Item Fulfillment for each new shipment, and by policy a Cash Sale · one Shopify fulfillment for each Item
//!   Fulfillment that has none · tracking numbers that changed since · tell the agent that bills.
//! * **Post-conditions**: every carton is named by one Item Fulfillment, which names its Shopify fulfillment; never more is
//!   fulfilled than was ordered.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{self, Subject, attend, hand_over},
    boundary,
    call::{Stop, call, fail},
    contracts::{
        self, ChainBy, CreateFulfillment, DclOrderRef, FulfillShopify, LinkFulfillment, Tracking, UpdateTracking,
    },
    desk::{self, Desk, HasDesk},
    domain::{
        chain::{Bill, Chain, Fulfillment, Part, units},
        sales_order::Problem,
        shipment::{self, DclOrder, FulfillmentDraft, ShippingPolicy},
    },
    event::{Event, EventKind},
    netsuite_invoice,
    trail::Link,
};

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shipped {
    /// The Sales Order's number.
    pub dcl_order_number: String,
    /// Item Fulfillments by now.
    pub fulfillments: usize,
    /// Item Fulfillments that this run has made.
    pub made: usize,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct DclTracking {
    desk: Desk,
}

impl HasDesk for DclTracking {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

type Ctx = WorkflowContext<DclTracking>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl DclTracking {
    /// `{"brand":"acme","dclOrderNumber":"SO1002"}`; returns [`Shipped`].
    #[run(name = "dclTrackingUpdateWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        attend(ctx, Self::run, &["dclOrderNumber"], input, book).await
    }

    /// Something happened to the order: look again.
    #[signal(name = "event")]
    pub fn event(&mut self, _: &mut SyncWorkflowContext<Self>, _: RawValue) {
        self.desk.event();
    }

    /// A person's decision about a parked run.
    #[update(name = "resolve")]
    pub fn resolve(&mut self, _: &mut SyncWorkflowContext<Self>, how: RawValue) -> Result<String, Refused> {
        let resolution = self.desk.check(&boundary::json(&how)?)?;
        Ok(self.desk.resolve(resolution)?)
    }

    /// Refuses a decision that cannot be taken before it enters the history.
    #[update_validator(resolve)]
    fn check_resolution(&self, _: &WorkflowContextView, how: &RawValue) -> Result<(), Refused> {
        self.desk.check(&boundary::json(how)?)?;
        Ok(())
    }

    /// What the run is parked for; null if it is not.
    #[query(name = "problem")]
    pub fn problem(&self, _: &WorkflowContextView) -> Option<Problem> {
        self.desk.problem().cloned()
    }
}

/// Books what is new, once through.
async fn book(ctx: &mut Ctx, subject: &Subject) -> Result<Shipped, Stop> {
    let (order, mut chain) = order_and_chain(ctx, subject).await?;
    let question = order.question(&subject.brand);
    let policy = call(ctx, contracts::read_shipping_policy(), question, "read the brand's shipping policy").await?;
    let drafts = shipment::plan(&subject.brand, &order, &chain, &policy)?;
    let made = drafts.len();
    note(ctx, subject, &chain);
    for draft in drafts {
        let fulfillment = fulfill(ctx, subject, &chain, draft).await?;
        chain.fulfillments.push(fulfillment);
        note(ctx, subject, &chain);
    }
    for n in 0..chain.fulfillments.len() {
        chain.fulfillments[n] = tell_shopify(ctx, subject, &order, &chain, &chain.fulfillments[n], &policy).await?;
        note(ctx, subject, &chain);
    }
    if policy.cash_sale {
        chain.bills = sell(ctx, subject, &chain).await?;
    } else if made > 0 || chain.unbilled() {
        // Also what an earlier run booked: it may have ended before it could tell.
        let billable = Event::about_sales_order(EventKind::SalesOrderBillable, &subject.brand, &chain.sales_order.id);
        hand_over(ctx, billable, chain.documents()).await?;
    }
    all_accounted_for(ctx, &order, &chain, &policy)?;
    report(ctx, subject, &chain, made)
}

// ── steps ──

/// The order as the warehouse has it, and the Sales Order that it ships.
async fn order_and_chain(ctx: &mut Ctx, subject: &Subject) -> Result<(DclOrder, Chain), Stop> {
    let number = &subject.key;
    let which = DclOrderRef { brand: subject.brand.clone(), number: number.clone() };
    let order = call(ctx, contracts::get_dcl_order(), which, format!("read order {number} at DCL")).await?;
    let order = order.ok_or_else(|| fail("NotFound", format!("dclOrderNumber: DCL has no order {number}")))?;
    let chain = agent::chain(ctx, &subject.brand, ChainBy::Number(number.clone())).await?;
    let chain = chain.ok_or_else(|| {
        fail("PreconditionFailed", format!("dclOrderNumber: {number} is not ours; NetSuite has no such Sales Order"))
    })?;
    chain.must_be_of(&subject.brand).map_err(|why| fail("PreconditionFailed", why))?;
    Ok((order, chain))
}

/// One shipment, in NetSuite. Undo, once compensation exists: void the fulfillment that has the draft's key.
async fn fulfill(ctx: &Ctx, subject: &Subject, chain: &Chain, draft: FulfillmentDraft) -> Result<Fulfillment, Stop> {
    let mut fulfillment = Fulfillment {
        id: String::new(),
        external_id: Some(draft.external_id.clone()),
        shipped: true,
        cartons: draft.packages.iter().map(|p| p.carton.clone()).collect(),
        tracking: draft.packages.iter().filter_map(|p| p.tracking.clone()).collect(),
        shopify: vec![],
        parts: draft.lines.iter().map(|l| Part { line: l.line, quantity: l.quantity, amount: Decimal::ZERO }).collect(),
    };
    let summary = format!("fulfill {} with {}", chain.sales_order.number, draft.external_id);
    let request = CreateFulfillment {
        brand: subject.brand.clone(),
        sales_order_id: chain.sales_order.id.clone(),
        draft,
        looked_at: chain.at,
        after_reset: agent::after_reset(ctx),
    };
    fulfillment.id = call(ctx, contracts::create_fulfillment(), request, summary).await?;
    Ok(fulfillment)
}

/// A brand that sells by Cash Sale is paid as it ships.
async fn sell(ctx: &mut Ctx, subject: &Subject, chain: &Chain) -> Result<Vec<Bill>, Stop> {
    let now = agent::chain(ctx, &subject.brand, ChainBy::SalesOrder(chain.sales_order.id.clone())).await?;
    Ok(netsuite_invoice::bill(ctx, &subject.brand, now.unwrap_or_else(|| chain.clone())).await?.bills)
}

/// One Shopify fulfillment for each Item Fulfillment; a tracking number that changed later is changed there, too.
async fn tell_shopify(
    ctx: &Ctx,
    subject: &Subject,
    order: &DclOrder,
    chain: &Chain,
    fulfillment: &Fulfillment,
    policy: &ShippingPolicy,
) -> Result<Fulfillment, Stop> {
    let mut told = fulfillment.clone();
    let Some(order_id) = chain.shopify_order().filter(|_| !fulfillment.cartons.is_empty()) else { return Ok(told) };
    let numbers = order.tracking_of(&fulfillment.cartons);
    let tracking = tracking(order, &fulfillment.cartons, numbers.clone(), policy);
    if fulfillment.shopify.is_empty() {
        let request = FulfillShopify {
            brand: subject.brand.clone(),
            order_id,
            lines: shopify_lines(chain, fulfillment)?,
            tracking,
            others: chain.fulfillments.iter().flat_map(|f| f.shopify.iter().copied()).collect(),
            notify: policy.notify_customer,
            after_reset: agent::after_reset(ctx),
        };
        let summary = format!("tell Shopify of {}", fulfillment.cartons.join(", "));
        told.shopify = call(ctx, contracts::fulfill_shopify(), request, summary).await?;
    } else if numbers != fulfillment.tracking && !numbers.is_empty() {
        let request = UpdateTracking {
            brand: subject.brand.clone(),
            fulfillments: fulfillment.shopify.clone(),
            tracking,
            notify: policy.notify_customer,
        };
        call(ctx, contracts::update_tracking(), request, format!("change the tracking to {}", numbers.join(", ")))
            .await?;
    } else {
        return Ok(told);
    }
    told.tracking = numbers;
    let request = LinkFulfillment {
        brand: subject.brand.clone(),
        fulfillment_id: told.id.clone(),
        shopify: told.shopify.clone(),
        tracking: told.tracking.clone(),
    };
    call(ctx, contracts::link_fulfillment(), request, "name the Shopify fulfillment on the Item Fulfillment").await?;
    Ok(told)
}

/// The shop's lines that a fulfillment ships.
fn shopify_lines(chain: &Chain, fulfillment: &Fulfillment) -> Result<BTreeMap<String, u32>, Problem> {
    let mut lines = BTreeMap::new();
    for part in &fulfillment.parts {
        let line = chain.line(part.line);
        if let Some(id) = line.and_then(|l| l.shopify_line.clone()) {
            *lines.entry(id).or_default() += units(part.quantity, &format!("line {}", part.line))?;
        }
    }
    Ok(lines)
}

/// The carrier as Shopify knows it, and where its parcels are followed.
fn tracking(order: &DclOrder, cartons: &[String], numbers: Vec<String>, policy: &ShippingPolicy) -> Tracking {
    let dcl = order.carrier_of(cartons);
    let carrier = dcl.and_then(|name| policy.carriers.get(name));
    let urls =
        carrier.and_then(|c| c.url.as_ref()).map(|url| numbers.iter().map(|n| url.replace("{tracking}", n)).collect());
    let company = carrier.map(|c| c.company.clone()).or_else(|| dcl.cloned());
    Tracking { company, urls: urls.unwrap_or_default(), numbers }
}

/// An order on which the warehouse will do nothing more, and that is not shipped in full, waits for a person.
fn all_accounted_for(ctx: &Ctx, order: &DclOrder, chain: &Chain, policy: &ShippingPolicy) -> Result<(), Stop> {
    match shipment::short(order, chain, &shipment::fulfilled(&chain.fulfillments)) {
        Some(problem) if !policy.accept_short && !ctx.state(|s| s.desk.has_accepted(&problem.kind)) => {
            Err(problem.into())
        }
        _ => Ok(()),
    }
}

/// Leaves the run findable by any document, and each shipment with its way.
fn note(ctx: &Ctx, subject: &Subject, chain: &Chain) {
    let mut links = vec![];
    for fulfillment in &chain.fulfillments {
        let booked = format!("netsuite:itemFulfillment:{}", fulfillment.id);
        let tracking = fulfillment.tracking.join(", ");
        links.push(Link::new(&subject.document, &booked, "createFulfillment").called(&tracking));
        for id in &fulfillment.shopify {
            let told = format!("shopify:fulfillment:{id}");
            links.push(Link::new(&booked, told, "fulfillShopify").called(&tracking));
        }
    }
    let documents = chain.documents().into_iter().chain([subject.document.clone()]).collect();
    desk::note(ctx, documents, links);
}

fn report(ctx: &Ctx, subject: &Subject, chain: &Chain, made: usize) -> Result<Shipped, Stop> {
    let details = format!("{}: {} shipments booked", chain.label(), chain.fulfillments.len());
    desk::done(ctx, &subject.brand, details)?;
    Ok(Shipped { dcl_order_number: subject.key.clone(), fulfillments: chain.fulfillments.len(), made })
}
