//! Agent 1: a Shopify order becomes a NetSuite Sales Order, exactly once.
//!
//! * **Trigger**: any Shopify webhook about an order, the reconciling poll, an `OrderCreated` of another channel, a person.
//! * **Preconditions**: the order exists, was placed after the go-live, is neither cancelled nor a test; payment and risk as
//!   the brand's policy says (until then the run waits); not already sent.
//! * **Steps**: find or create the customer · create the Sales Order, Pending Approval · verify its total to the cent ·
//!   release it · tag the Shopify order.
//! * **Post-conditions**: one Sales Order with our `externalId` whose total is the order's, released, the order tagged.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{end, hand_over},
    boundary,
    call::{Stop, call, fail, failure},
    canonical, contracts,
    contracts::{
        CreateSalesOrder, EnsureCustomer, Found, Identify, LookUp, SalesOrder, SalesOrderRef, ShopifyOrderRef, TagOrder,
    },
    desk::{self, Desk, HasDesk, Woken},
    domain::{
        customer,
        input::{OrderInput, Subject},
        money,
        order::{Order, Source},
        policy::{Policy, PolicyQuestion},
        readiness::{Readiness, readiness},
        sales_order::{self, Problem},
    },
    event::{Event, EventKind},
    ids,
    trail::{self, Link},
};

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Booked {
    /// Internal id of the Sales Order.
    pub sales_order_id: String,
    /// Its document number.
    pub sales_order_number: String,
    /// Its total, and its currency.
    pub total: String,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct ShopifyToNetsuite {
    desk: Desk,
    /// A person has accepted the risk.
    approved: bool,
    /// What the order of another channel was published with, by every event so far.
    published: Published,
    /// The order was cancelled, edited or refunded since it was read.
    changed: bool,
}

/// Events after which an order that was read is no longer the order.
const CHANGES: [&str; 3] = ["OrderCancelled", "OrderEdited", "OrderRefunded"];

impl HasDesk for ShopifyToNetsuite {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

/// The contents that a channel's order was published with.
#[derive(Default)]
struct Published {
    hashes: BTreeSet<String>,
    /// It was published otherwise before this run.
    before: bool,
}

/// The order that this run is about.
struct Subjected {
    brand: String,
    key: String,
    subject: Subject,
}

type Ctx = WorkflowContext<ShopifyToNetsuite>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl ShopifyToNetsuite {
    /// `{"brand":"acme","orderId":"450789469"}` or `{"brand":"acme","order":{…}}`; returns [`Booked`].
    #[run(name = "shopifyToNetsuiteWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        let subject = match identify(ctx, &input).await {
            Ok(subject) => subject,
            Err(stop) => return Err(end(stop)),
        };
        let id = ids::workflow_id(ids::SHOPIFY_TO_NETSUITE, &subject.brand, &subject.key);
        if ctx.workflow_id() != id {
            let (input, document) = (subject.input(), subject.document());
            return canonical::result_of(ctx, Self::run, &id, input, &subject.brand, &document).await.map_err(end);
        }
        trail::begin(ctx, &subject.brand, &subject.document(), subject.content())?;
        loop {
            let seen = desk::generation(ctx);
            match book(ctx, &subject, seen).await {
                Ok(Some(booked)) => return Ok(json!(booked)),
                Ok(None) => ctx.set_current_details("the order has changed meanwhile; looking again"),
                Err(Stop::Park(problem)) => {
                    if desk::park(ctx, &subject.brand, problem, seen).await? == Woken::ByDecision {
                        ctx.state_mut(|s| s.published = Published::default());
                    }
                }
                Err(other) => {
                    desk::ended(ctx);
                    return Err(end(other));
                }
            }
        }
    }

    /// Something happened to the order: look again.
    #[signal(name = "event")]
    pub fn event(&mut self, _: &mut SyncWorkflowContext<Self>, event: RawValue) {
        // An event is a hint: one that cannot be read still says that there is something to look at.
        let event = boundary::json(&event).unwrap_or_default();
        self.changed |= CHANGES.iter().any(|kind| event["type"] == *kind);
        self.published.hashes.extend(event["content"].as_str().map(str::to_owned));
        self.published.before |= event["repeated"] == true;
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

/// From order to tagged order, once through; none if the order changed before its Sales Order was released.
async fn book(ctx: &mut Ctx, subject: &Subjected, seen: u64) -> Result<Option<Booked>, Stop> {
    published_once(ctx, subject)?;
    let (order, policy) = ready_order(ctx, subject, seen).await?;
    let key = ids::sales_order_key(&subject.brand, &order.key, 1);
    let (found, wanted) = look_up(ctx, subject, &order, &policy, &key).await?;
    let id = match found.sales_orders.as_slice() {
        [] => {
            not_sent_by_others(&order, &policy, &key)?;
            let draft = sales_order::draft(&subject.brand, &order, &policy, &found.items, 1)?;
            let customer = customer_of(ctx, subject, wanted, &found, &policy).await?;
            create(ctx, subject, customer, draft, &found, &order).await?
        }
        [id] => id.clone(),
        several => {
            return Err(Problem::ambiguous(
                "salesOrder",
                format!("several Sales Orders have the key {key}: {}", several.join(", ")),
            )
            .into());
        }
    };
    let sales_order = sales_order_now(ctx, subject, &id).await?;
    note(ctx, subject, &order, &sales_order);
    if !policy.is_sent(&order.tags) {
        total_is_the_orders(&sales_order, &order)?;
        if ctx.state(|s| s.changed) {
            return Ok(None);
        }
        release(ctx, subject, &policy, &sales_order).await?;
        tag(ctx, subject, &order, &policy).await?;
        if policy.hands_over {
            let related = vec![subject.document(), format!("netsuite:salesOrder:{}", sales_order.number)];
            hand_over(ctx, next(subject, &order, &sales_order), related).await?;
        }
        if let (true, Subject::Id(order_id)) = (policy.deposits, &subject.subject) {
            let booked = Event::about(EventKind::SalesOrderBooked, &subject.brand, *order_id);
            let related = vec![format!("netsuite:salesOrder:{}", sales_order.id)];
            hand_over(ctx, booked, related).await?;
        }
    }
    let booked = Booked {
        sales_order_id: sales_order.id,
        sales_order_number: sales_order.number,
        total: format!("{} {}", sales_order.total, order.currency),
    };
    published_once(ctx, subject)?;
    report(ctx, subject, &order, &booked)?;
    Ok(Some(booked))
}

// ── steps ──

/// Which order, of which brand. Nonsense ends the run at once, with the field's name.
async fn identify(ctx: &Ctx, input: &RawValue) -> Result<Subjected, Stop> {
    let input = boundary::json(input)
        .and_then(|input| OrderInput::parse(&input))
        .map_err(|e| failure("InvalidInput", e.to_string()))?;
    let name = match &input.subject {
        Subject::Name(name) => Some(name.clone()),
        _ => None,
    };
    let (brand, subject) = match (input.brand, name) {
        (Some(brand), None) => (brand, input.subject),
        (brand, name) => {
            let question = Identify { brand, order_name: name, workflow: ids::SHOPIFY_TO_NETSUITE.to_owned() };
            let found = call(ctx, contracts::identify_order(), question, "which order is meant").await?;
            (found.brand, found.order_id.map_or(input.subject, Subject::Id))
        }
    };
    let key = match &subject {
        Subject::Id(id) => id.to_string(),
        Subject::Given(order) => order.key(),
        Subject::Name(name) => return Err(fail("NotFound", format!("orderId: no order is named {name}"))),
    };
    Ok(Subjected { brand, key, subject })
}

/// What a channel published is the truth, so it cannot say two things. Parks until a person's `retry`: no event ends it.
fn published_once(ctx: &Ctx, subject: &Subjected) -> Result<(), Stop> {
    let Subject::Given(order) = &subject.subject else { return Ok(()) };
    let own = ids::content_hash(order);
    if ctx.state(|s| s.published.before || s.published.hashes.iter().any(|h| *h != own)) {
        let what = format!("{} order {} was published again with other content", order.channel, order.order_id);
        return Err(Problem::record(
            "contentDiffers",
            format!("{what}; correct the Sales Order by hand, or resolve with retry"),
        )
        .into());
    }
    Ok(())
}

/// The order, once it may be booked. Until then: waits for an event about it, as long as the policy allows.
async fn ready_order(ctx: &mut Ctx, subject: &Subjected, mut seen: u64) -> Result<(Order, Policy), Stop> {
    let mut waited = Duration::ZERO;
    loop {
        ctx.state_mut(|s| s.changed = false);
        let order = match &subject.subject {
            Subject::Given(order) => order.order(),
            Subject::Id(order_id) => {
                let order = ShopifyOrderRef { brand: subject.brand.clone(), order_id: *order_id };
                call(ctx, contracts::get_shopify_order(), order, format!("read order {order_id}")).await?
            }
            Subject::Name(name) => return Err(fail("NotFound", format!("orderId: no order is named {name}"))),
        };
        desk::note(ctx, subject.documents(&order), vec![]);
        order.check()?;
        let question = PolicyQuestion::about(&subject.brand, &order);
        let policy = call(ctx, contracts::read_policy(), question, "read the brand's policy for this order").await?;
        let approved = ctx.state(|s| s.approved);
        match readiness(&order, &policy, approved) {
            Readiness::Ready => return Ok((order, policy)),
            Readiness::Never(why) => {
                stop_sales_order(ctx, subject, &order, &policy).await?;
                return Err(fail("PreconditionFailed", why));
            }
            Readiness::NeedsDecision(what) => {
                let problem = Problem::record(
                    "needsDecision",
                    format!("order {}: {what}; resolve with retry accepts it", order.name),
                );
                if desk::park(ctx, &subject.brand, problem, seen).await? == Woken::ByDecision {
                    ctx.state_mut(|s| s.approved = true);
                }
            }
            Readiness::NotYet(what) => {
                let (since, left) = (trail::now(ctx), policy.wait_limit.saturating_sub(waited));
                if desk::wait(ctx, &subject.brand, &what, left, seen).await? == Woken::ByTime {
                    return Err(fail("WaitLimitExceeded", format!("order {}: still waiting for {what}", order.name)));
                }
                waited +=
                    since.zip(trail::now(ctx)).map_or(Duration::ZERO, |(a, b)| b.duration_since(a).unsigned_abs());
            }
        }
        // What woke the run is looked at now; only what comes after wakes it again.
        seen = desk::generation(ctx);
    }
}

/// Customer, items and any Sales Order with our key, in one request.
async fn look_up(
    ctx: &Ctx,
    subject: &Subjected,
    order: &Order,
    policy: &Policy,
    key: &str,
) -> Result<(Found, Option<customer::CustomerDraft>), Stop> {
    let currency = policy.currency.clone().unwrap_or_default();
    let wanted = customer::draft(&subject.brand, order, policy, &currency);
    let question = LookUp {
        brand: subject.brand.clone(),
        sales_order_key: key.to_owned(),
        customer: wanted.clone(),
        item_names: sales_order::unmapped_names(order, policy),
    };
    let found =
        call(ctx, contracts::look_up_sales_order(), question, format!("look for {key}, its customer and items"))
            .await?;
    Ok((found, wanted))
}

/// An order that was cancelled after it was booked: its Sales Order is kept from the warehouse, whose agent does the rest.
async fn stop_sales_order(ctx: &Ctx, subject: &Subjected, order: &Order, policy: &Policy) -> Result<(), Stop> {
    if !order.cancelled || !policy.hands_over {
        return Ok(());
    }
    let question = LookUp {
        brand: subject.brand.clone(),
        sales_order_key: ids::sales_order_key(&subject.brand, &order.key, 1),
        customer: None,
        item_names: BTreeSet::new(),
    };
    let found = call(ctx, contracts::look_up_sales_order(), question, "look for the Sales Order").await?;
    for id in found.sales_orders {
        let request = SalesOrderRef { brand: subject.brand.clone(), sales_order_id: id.clone() };
        call(ctx, contracts::hold_sales_order(), request, "keep the Sales Order from the warehouse").await?;
        let cancelled = Event::about_sales_order(EventKind::SalesOrderCancelled, &subject.brand, &id);
        hand_over(ctx, cancelled, vec![subject.document()]).await?;
    }
    Ok(())
}

/// A tag without our Sales Order: somebody else has booked the order, or means to.
fn not_sent_by_others(order: &Order, policy: &Policy, key: &str) -> Result<(), Stop> {
    match policy.is_sent(&order.tags) {
        true => Err(fail(
            "PreconditionFailed",
            format!(
                "order {} is tagged {} but NetSuite has no Sales Order {key}; remove the tag to have it booked",
                order.name, policy.sent_tag
            ),
        )),
        false => Ok(()),
    }
}

/// The customer's internal id: found, the brand's default, or made.
async fn customer_of(
    ctx: &Ctx,
    subject: &Subjected,
    wanted: Option<customer::CustomerDraft>,
    found: &Found,
    policy: &Policy,
) -> Result<String, Stop> {
    let Some(wanted) = wanted else {
        return policy.default_customer.clone().ok_or_else(|| {
            Problem::missing(
                "unmappedCustomer",
                "the order has neither customer nor e-mail; configure orders.default_customer",
            )
            .into()
        });
    };
    match customer::choose(&wanted, &found.customers)? {
        Some(id) => Ok(id),
        None => {
            let summary = format!("create customer {}", wanted.external_id);
            let request = EnsureCustomer { brand: subject.brand.clone(), customer: wanted };
            call(ctx, contracts::ensure_customer(), request, summary).await
        }
    }
}

/// Undo, once compensation exists: close the Sales Order that has the draft's key.
async fn create(
    ctx: &Ctx,
    subject: &Subjected,
    customer: String,
    draft: sales_order::SalesOrderDraft,
    found: &Found,
    order: &Order,
) -> Result<String, Stop> {
    let summary = format!("create {}", draft.external_id);
    let request = CreateSalesOrder {
        brand: subject.brand.clone(),
        looked_at: found.at,
        placed_at: order.created_at,
        customer,
        after_reset: ctx.run_id() != ctx.info().first_execution_run_id(),
        draft,
    };
    call(ctx, contracts::create_sales_order(), request, summary).await
}

/// The Sales Order as NetSuite computed it.
async fn sales_order_now(ctx: &Ctx, subject: &Subjected, id: &str) -> Result<SalesOrder, Stop> {
    let request = SalesOrderRef { brand: subject.brand.clone(), sales_order_id: id.to_owned() };
    call(ctx, contracts::get_sales_order(), request, "verify the total").await
}

/// Anything but the order's total parks, before the Sales Order can ship.
fn total_is_the_orders(sales_order: &SalesOrder, order: &Order) -> Result<(), Problem> {
    if sales_order.total == order.total {
        return Ok(());
    }
    let show = |amount| money::show(amount, &order.currency);
    Err(Problem::record(
        "totalDiffers",
        format!(
            "{} comes to {} in NetSuite, order {} to {}; the Sales Order is not released",
            sales_order.number,
            show(sales_order.total),
            order.name,
            show(order.total)
        ),
    ))
}

/// Pending Approval becomes Pending Fulfillment, unless the brand leaves that to a person.
async fn release(ctx: &Ctx, subject: &Subjected, policy: &Policy, sales_order: &SalesOrder) -> Result<(), Stop> {
    match sales_order.status.as_str() {
        "A" if policy.release => {}
        // Released already, by us or by a person, or on its way to the customer.
        "A" | "B" | "D" | "E" | "F" | "G" => return Ok(()),
        other => {
            let what = format!("{} has the status {other:?}; it cannot be released", sales_order.number);
            return Err(Problem::record("salesOrderStatus", what).into());
        }
    }
    let request = SalesOrderRef { brand: subject.brand.clone(), sales_order_id: sales_order.id.clone() };
    call(ctx, contracts::release_sales_order(), request, format!("release {}", sales_order.number)).await
}

/// The mark at Shopify. An order of another channel has nothing to tag.
async fn tag(ctx: &Ctx, subject: &Subjected, order: &Order, policy: &Policy) -> Result<(), Stop> {
    let Subject::Id(order_id) = subject.subject else { return Ok(()) };
    if order.source != Source::Shopify {
        return Ok(());
    }
    let tags = vec![policy.sent_tag.clone()];
    let request = TagOrder { brand: subject.brand.clone(), order_id, tags };
    call(ctx, contracts::tag_shopify_order(), request, format!("tag order {} {}", order.name, policy.sent_tag)).await
}

/// What the next agent looks for: the warehouse's, or the one that bills where nothing ships.
fn next(subject: &Subjected, order: &Order, sales_order: &SalesOrder) -> Event {
    let ships = order.lines.iter().any(|line| line.requires_shipping && line.quantity > 0);
    let kind = if ships { EventKind::SalesOrderReleased } else { EventKind::SalesOrderBillable };
    Event::about_sales_order(kind, &subject.brand, &sales_order.id)
}

/// Leaves the run findable by either document.
fn note(ctx: &Ctx, subject: &Subjected, order: &Order, sales_order: &SalesOrder) {
    let to = format!("netsuite:salesOrder:{}", sales_order.id);
    let by_number = format!("netsuite:salesOrder:{}", sales_order.number);
    let link = Link::new(subject.document(), to, "createSalesOrder").called(&sales_order.number);
    desk::note(ctx, subject.documents(order).into_iter().chain([by_number]).collect(), vec![link]);
}

fn report(ctx: &Ctx, subject: &Subjected, order: &Order, booked: &Booked) -> Result<(), Stop> {
    let details = format!("order {} is {} over {}", order.name, booked.sales_order_number, booked.total);
    Ok(desk::done(ctx, &subject.brand, details)?)
}

impl Subjected {
    /// Tells two publications of a channel's order apart.
    fn content(&self) -> Option<String> {
        match &self.subject {
            Subject::Given(order) => Some(ids::content_hash(order)),
            _ => None,
        }
    }

    fn document(&self) -> String {
        match &self.subject {
            Subject::Given(order) => format!("{}:order:{}", order.channel, order.order_id),
            _ => format!("shopify:order:{}", self.key),
        }
    }

    /// By its id, and by what people call it.
    fn documents(&self, order: &Order) -> Vec<String> {
        let channel = match &self.subject {
            Subject::Given(order) => order.channel.as_str(),
            _ => "shopify",
        };
        vec![self.document(), format!("{channel}:order:{}", order.name)]
    }

    fn input(&self) -> Value {
        match &self.subject {
            Subject::Given(order) => json!({ "brand": self.brand, "order": order }),
            _ => json!({ "brand": self.brand, "orderId": self.key }),
        }
    }
}
