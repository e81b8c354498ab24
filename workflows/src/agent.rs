//! What every agent but the first does alike: find its record, be the one run of it, look until nothing is left to do.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use temporalio_common::{WorkflowDefinition, data_converters::RawValue};
use temporalio_sdk::{WorkflowContext, WorkflowResult, WorkflowTermination};

use crate::{
    boundary,
    call::{Stop, call, fail, failure},
    canonical,
    contracts::{
        self, ChainBy, ChainQuestion, Identify, IdentifySalesOrder, InboundBy, InboundOrderQuestion, Publication,
    },
    desk::{self, HasDesk, Woken},
    domain::{
        chain::Chain,
        input::{Record, RecordInput},
    },
    event::Event,
    ids, trail,
};

/// The record that a run is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The brand.
    pub brand: String,
    /// The last part of the workflow id.
    pub key: String,
    /// `netsuite:salesOrder:1203`.
    pub document: String,
    /// The input that means it.
    pub input: Value,
}

impl Subject {
    fn sales_order(brand: String, id: String) -> Self {
        let input = json!({ "brand": brand, "salesOrderId": id });
        Self { brand, document: format!("netsuite:salesOrder:{id}"), key: id, input }
    }

    fn dcl_order(brand: String, number: String) -> Self {
        let input = json!({ "brand": brand, "dclOrderNumber": number });
        Self { brand, document: format!("dcl:order:{number}"), key: number, input }
    }

    fn transaction(brand: String, id: String) -> Self {
        let input = json!({ "brand": brand, "transactionId": id });
        Self { brand, document: format!("netsuite:transaction:{id}"), key: id, input }
    }

    fn dcl_po(brand: String, number: String) -> Self {
        let input = json!({ "brand": brand, "dclPoNumber": number });
        Self { brand, document: format!("dcl:purchaseOrder:{number}"), key: number, input }
    }

    fn order(brand: String, id: u64) -> Self {
        let input = json!({ "brand": brand, "orderId": id.to_string() });
        Self { brand, document: format!("shopify:order:{id}"), key: id.to_string(), input }
    }
}

/// Runs one agent on one record. `fields` are those by which its input may name the record; the first is its key.
pub async fn attend<W, D, T>(
    ctx: &mut WorkflowContext<W>,
    workflow: D,
    fields: &[&str],
    input: RawValue,
    work: impl AsyncFn(&mut WorkflowContext<W>, &Subject) -> Result<T, Stop>,
) -> WorkflowResult<Value>
where
    W: HasDesk,
    D: WorkflowDefinition<Input = RawValue> + 'static,
    D::Output: Serialize,
    T: Serialize,
{
    let name = workflow.name().to_owned();
    let subject = identify(ctx, &name, fields, &input).await.map_err(end)?;
    let id = ids::workflow_id(&name, &subject.brand, &subject.key);
    if ctx.workflow_id() != id {
        let (input, document) = (subject.input.clone(), subject.document.clone());
        return canonical::result_of(ctx, workflow, &id, input, &subject.brand, &document).await.map_err(end);
    }
    trail::begin(ctx, &subject.brand, &subject.document, None)?;
    let mut waited = Duration::ZERO;
    loop {
        let seen = desk::generation(ctx);
        match work(ctx, &subject).await {
            Ok(result) => {
                // Nothing is awaited between this look and the end, so that no event is lost.
                if desk::generation(ctx) == seen {
                    return Ok(json!(result));
                }
            }
            Err(Stop::End(end)) => {
                desk::ended(ctx);
                return Err(end);
            }
            Err(Stop::Park(problem)) => {
                desk::park(ctx, &subject.brand, problem, seen).await?;
            }
            Err(Stop::Wait { what, limit }) => {
                let since = trail::now(ctx);
                if desk::wait(ctx, &subject.brand, &what, limit.saturating_sub(waited), seen).await? == Woken::ByTime {
                    return Err(failure("WaitLimitExceeded", format!("still waiting for {what}")).into());
                }
                waited +=
                    since.zip(trail::now(ctx)).map_or(Duration::ZERO, |(a, b)| b.duration_since(a).unsigned_abs());
            }
        }
    }
}

/// Which record, of which brand. Nonsense ends the run at once, with the field's name.
async fn identify<W>(
    ctx: &WorkflowContext<W>,
    workflow: &str,
    fields: &[&str],
    input: &RawValue,
) -> Result<Subject, Stop> {
    let input = boundary::json(input)
        .and_then(|input| RecordInput::parse(&input, fields))
        .map_err(|e| failure("InvalidInput", e.to_string()))?;
    let by_order = fields[0] == "orderId";
    Ok(match (input.brand, input.record) {
        (Some(brand), Record::SalesOrder(id)) if !by_order => Subject::sales_order(brand, id),
        (Some(brand), Record::DclOrder(number)) => Subject::dcl_order(brand, number),
        (Some(brand), Record::Order(id)) => Subject::order(brand, id),
        (Some(brand), Record::Transaction(id)) => Subject::transaction(brand, id),
        (Some(brand), Record::DclPo(number)) => Subject::dcl_po(brand, number),
        (brand, Record::DclOrder(number)) => Subject::dcl_order(meant_brand(ctx, workflow, brand).await?, number),
        (brand, Record::Order(id)) => Subject::order(meant_brand(ctx, workflow, brand).await?, id),
        (brand, Record::Transaction(id)) => Subject::transaction(meant_brand(ctx, workflow, brand).await?, id),
        (brand, Record::DclPo(number)) => Subject::dcl_po(meant_brand(ctx, workflow, brand).await?, number),
        (brand, Record::TransactionNumber(number)) => {
            let brand = meant_brand(ctx, workflow, brand).await?;
            let by = InboundBy::Number(number.clone());
            let question = InboundOrderQuestion { brand: brand.clone(), by };
            let found = call(ctx, contracts::read_inbound_order(), question, "which order is meant").await?;
            let missing = || fail("NotFound", format!("transactionId: no purchase or transfer order is {number}"));
            Subject::transaction(brand, found.ok_or_else(missing)?.id)
        }
        (brand, Record::OrderName(name)) => {
            let question = Identify { brand, order_name: Some(name.clone()), workflow: workflow.to_owned() };
            let found = call(ctx, contracts::identify_order(), question, "which order is meant").await?;
            let id = found.order_id.ok_or_else(|| fail("NotFound", format!("orderId: no order is named {name}")))?;
            Subject::order(found.brand, id)
        }
        (brand, record) => {
            let (id, number) = match record {
                Record::SalesOrder(id) => (Some(id), None),
                Record::SalesOrderNumber(number) => (None, Some(number)),
                _ => (None, None),
            };
            let question = IdentifySalesOrder { brand, id, number, workflow: workflow.to_owned() };
            let found = call(ctx, contracts::identify_sales_order(), question, "which Sales Order is meant").await?;
            match (by_order, found.shopify_order) {
                (false, _) => Subject::sales_order(found.brand, found.sales_order_id),
                (true, Some(order)) => Subject::order(found.brand, order),
                (true, None) => {
                    let what = format!("salesOrderId: Sales Order {} is of no Shopify order", found.sales_order_id);
                    return Err(fail("PreconditionFailed", what));
                }
            }
        }
    })
}

/// The brand that the input names, or the only one.
async fn meant_brand<W>(ctx: &WorkflowContext<W>, workflow: &str, brand: Option<String>) -> Result<String, Stop> {
    let question = Identify { brand, order_name: None, workflow: workflow.to_owned() };
    Ok(call(ctx, contracts::identify_order(), question, "which brand is meant").await?.brand)
}

/// The Sales Order with all that became of it; none if NetSuite has none.
pub async fn chain<W: HasDesk>(ctx: &mut WorkflowContext<W>, brand: &str, by: ChainBy) -> Result<Option<Chain>, Stop> {
    let summary = format!("read {by} with its documents");
    let question = ChainQuestion { brand: brand.to_owned(), by };
    let chain = call(ctx, contracts::read_chain(), question, summary).await?;
    if let Some(chain) = &chain {
        desk::note(ctx, chain.documents(), vec![]);
    }
    Ok(chain)
}

/// The run's own Sales Order, which must be there and the brand's.
pub async fn own_chain<W: HasDesk>(ctx: &mut WorkflowContext<W>, subject: &Subject) -> Result<Chain, Stop> {
    let by = ChainBy::SalesOrder(subject.key.clone());
    let missing = || fail("NotFound", format!("salesOrderId: NetSuite has no Sales Order {}", subject.key));
    let chain = chain(ctx, &subject.brand, by).await?.ok_or_else(missing)?;
    chain.must_be_of(&subject.brand).map_err(|why| fail("PreconditionFailed", why))?;
    Ok(chain)
}

/// Tells the next agent, if the brand has it.
pub async fn hand_over<W>(ctx: &WorkflowContext<W>, event: Event, related: Vec<String>) -> Result<(), Stop> {
    let summary = format!("publish {:?}", event.kind);
    let event = Event { related, ..event };
    call(ctx, contracts::publish(), Publication { event }, summary).await.map(drop)
}

/// Was this run reset? Then a request of the run before it may still be on its way.
pub fn after_reset<W>(ctx: &WorkflowContext<W>) -> bool {
    ctx.run_id() != ctx.info().first_execution_run_id()
}

/// A run that has no brand yet cannot park: what is wrong with its input or configuration ends it.
pub fn end(stop: Stop) -> WorkflowTermination {
    match stop {
        Stop::End(end) => end,
        Stop::Park(problem) => failure("InvalidInput", problem.message).into(),
        Stop::Wait { what, .. } => failure("WaitLimitExceeded", format!("still waiting for {what}")).into(),
    }
}
