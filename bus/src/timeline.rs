use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_client::{WorkflowExecution, WorkflowListOptions};
use workflows::{
    domain::input::InvalidInput,
    ids,
    trail::{self, Link},
};

use crate::{Bus, BusError, RunView, unavailable};

/// Executions read for one order; an order that was looked at more often shows its newest.
const MOST_RUNS: usize = 500;
/// Runs looked at together.
const TOGETHER: usize = 8;
/// An activity that fails this often is worth a person's look.
const TRIED_OFTEN: i32 = 5;

/// Everything that became of one order, in all systems.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// The brand.
    pub brand: String,
    /// What people call the order: `#1001`; its document where it has no name.
    pub order: String,
    /// What a person should look at; nothing if all is well.
    pub attention: Vec<Attention>,
    /// What it waits for, that is expected to come by itself.
    pub waits: Vec<Attention>,
    /// Its documents in all systems, by time.
    pub documents: Vec<Document>,
    /// Every run about it, closed ones too, by time.
    pub runs: Vec<RunView>,
}

/// Something that a person should look at, or that the order waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attention {
    /// The run that it is about.
    pub workflow_id: String,
    /// Its type.
    pub workflow: String,
    /// `needsAttention` (it is parked until somebody resolves it), `failed`, `retrying` (it has failed often); or `waiting`.
    pub kind: String,
    /// Why.
    pub message: String,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// `netsuite:salesOrder:1203`.
    pub document: String,
    /// `shopify`, `netsuite`, `dcl`, or a channel's name.
    pub system: String,
    /// `order`, `salesOrder`, `itemFulfillment`, `fulfillment`, `invoice`, `cashSale`, `transaction`, `customerPayment`,
    /// `customerDeposit`, `depositApplication`.
    pub kind: String,
    /// Its id there.
    pub id: String,
    /// What people call it: its number, or the tracking numbers of a shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// When a run first saw it.
    pub at: Option<Timestamp>,
    /// The run that did.
    pub run: Option<String>,
    /// The document that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The step that made it; none for what was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

impl Bus {
    /// Everything that became of an order, found by any of its documents (`netsuite:invoice:1290`), its number or GID in
    /// the shop, its name (`#1001`), or its number in NetSuite and at the warehouse (`SO1002`). The brand may be left out
    /// where one is configured.
    pub async fn timeline(&self, brand: Option<&str>, what: &str) -> Result<Timeline, BusError> {
        let brand = self.brand_or_only(brand)?;
        self.enabled(&brand)?;
        let named = documents_meant(what)?;
        let mut found = self.listed(&brand, &named).await?;
        let further: BTreeSet<String> = found.iter().flat_map(related).filter(|d| !named.contains(d)).collect();
        if !further.is_empty() {
            found.extend(self.listed(&brand, &further).await?);
        }
        let mut seen = BTreeSet::new();
        found.retain(|run| seen.insert(run.run_id.clone()));
        if found.is_empty() {
            return Err(BusError::NotFound(format!("about {what:?} of brand {brand}")));
        }
        let runs = self.looked_at(found).await?;
        Timeline::of(brand, what, runs)
    }

    /// Executions that have one of these documents, as the list shows them.
    async fn listed(&self, brand: &str, documents: &BTreeSet<String>) -> Result<Vec<RunView>, BusError> {
        let documents: Vec<String> = documents.iter().map(|document| format!("'{document}'")).collect();
        let query = format!("Brand = '{brand}' AND Documents IN ({})", documents.join(", "));
        let options = WorkflowListOptions::builder().limit(MOST_RUNS).build();
        let runs = self.client.list_workflows(query, options);
        runs.map_ok(|run| RunView::listed(&run)).try_collect().await.map_err(unavailable)
    }

    /// The last execution of each run is inspected: what it tries and how it ended is not in the list.
    async fn looked_at(&self, mut runs: Vec<RunView>) -> Result<Vec<RunView>, BusError> {
        runs.sort_by_key(|run| run.started);
        let last: BTreeMap<String, usize> =
            runs.iter().enumerate().map(|(n, run)| (run.workflow_id.clone(), n)).collect();
        let inspect = |(id, n): (String, usize)| async move { Ok::<_, BusError>((n, self.inspect(&id).await?)) };
        let views: Vec<(usize, RunView)> =
            stream::iter(last).map(inspect).buffer_unordered(TOGETHER).try_collect().await?;
        for (n, view) in views {
            runs[n] = view;
        }
        Ok(runs)
    }
}

impl RunView {
    fn listed(run: &WorkflowExecution) -> Self {
        let attributes = run.search_attributes();
        let memo = |key: &str| run.memo().get(key).ok().flatten().unwrap_or_default();
        let time = |t: Option<std::time::SystemTime>| t.and_then(|t| Timestamp::try_from(t).ok());
        Self {
            workflow_id: run.id().to_owned(),
            run_id: run.run_id().to_owned(),
            workflow: run.workflow_type().to_owned(),
            status: crate::view::camel(&format!("{:?}", run.status())),
            agent_status: attributes.get(&trail::AGENT_STATUS),
            brand: attributes.get(&trail::BRAND),
            documents: attributes.get(&trail::DOCUMENTS).unwrap_or_default(),
            lineage: memo(trail::LINEAGE),
            problem: memo(trail::PROBLEM),
            started: time(run.start_time()),
            closed: time(run.close_time()),
            history_length: usize::try_from(run.history_length()).unwrap_or_default(),
            pending: vec![],
            result: None,
            failure: None,
        }
    }
}

/// The documents that a text can mean. Refuses what a query could not hold.
fn documents_meant(what: &str) -> Result<BTreeSet<String>, InvalidInput> {
    let what = what.trim();
    let expected = "a document (netsuite:invoice:1290), an order's number, GID or name (#1001), or SO1002 expected";
    if what.is_empty() || what.len() > 250 || what.contains(|c: char| c.is_control() || matches!(c, '\'' | '"' | '\\'))
    {
        return Err(InvalidInput::new("order", expected));
    }
    let id = match what.strip_prefix("gid://shopify/Order/") {
        Some(id) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => id,
        Some(_) => return Err(InvalidInput::new("order", expected)),
        None if what.matches(':').count() >= 2 => return Ok([what.to_owned()].into()),
        None => what,
    };
    let mut meant: BTreeSet<String> = [format!("shopify:order:{id}")].into();
    if id.bytes().all(|b| b.is_ascii_digit()) {
        meant.insert(format!("shopify:order:#{id}"));
    } else if !id.starts_with('#') {
        meant.extend([format!("netsuite:salesOrder:{id}"), format!("dcl:order:{id}")]);
    }
    Ok(meant)
}

/// The documents of a run by which the other runs about its order are found. Not the order's name, which another may have.
fn related(run: &RunView) -> Vec<String> {
    let names = names(std::slice::from_ref(run));
    let mut related = vec![];
    for document in &run.documents {
        let Some((system, kind, id)) = parts(document) else { continue };
        match (system, kind) {
            // The warehouse knows an order by the Sales Order's number.
            ("netsuite", "salesOrder") if !is_number(id) => related.push(format!("dcl:order:{id}")),
            ("dcl", "order") => related.push(format!("netsuite:salesOrder:{id}")),
            _ => {}
        }
        let is_order = is_order(system, kind) && !names.contains_key(document);
        if is_order || matches!((system, kind), ("dcl", "order") | ("netsuite", "salesOrder")) {
            related.push(document.clone());
        }
    }
    related
}

fn parts(document: &str) -> Option<(&str, &str, &str)> {
    let mut parts = document.splitn(3, ':');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// The shop's or a channel's order, with which everything begins.
fn is_order(system: &str, kind: &str) -> bool {
    kind == "order" && !matches!(system, "dcl" | "netsuite")
}

fn is_number(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_digit())
}

impl Timeline {
    /// From the runs, oldest first.
    fn of(brand: String, what: &str, runs: Vec<RunView>) -> Result<Self, BusError> {
        let names = names(&runs);
        let documents = documents(&runs, &names);
        let orders: Vec<&Document> = documents.iter().filter(|d| is_order(&d.system, &d.kind)).collect();
        let order = match orders.as_slice() {
            [order] => order.label.clone().unwrap_or_else(|| order.document.clone()),
            [] => what.to_owned(),
            several => {
                let several: Vec<&str> = several.iter().map(|order| order.document.as_str()).collect();
                let problem = format!("{what:?} is of several orders, name one of them: {}", several.join(", "));
                return Err(InvalidInput::new("order", problem).into());
            }
        };
        Ok(Self { brand, order, attention: attention(&runs), waits: waits(&runs), documents, runs })
    }
}

/// Documents that are another's name: a run tells order and Sales Order first by id, then by what people call them.
fn names(runs: &[RunView]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for run in runs {
        let mut ids: BTreeMap<(&str, &str), &String> = BTreeMap::new();
        for document in &run.documents {
            let Some((system, kind, id)) = parts(document) else { continue };
            if !is_order(system, kind) && (system, kind) != ("netsuite", "salesOrder") {
                continue;
            }
            let needs_number = matches!(system, "shopify" | "netsuite");
            match ids.get(&(system, kind)) {
                Some(first) => drop(names.insert(document.clone(), (*first).clone())),
                None if needs_number && !is_number(id) => {}
                None => drop(ids.insert((system, kind), document)),
            }
        }
    }
    names
}

/// Every document once, by the run that saw it first. `runs` are sorted by their start.
fn documents(runs: &[RunView], names: &BTreeMap<String, String>) -> Vec<Document> {
    let mut found: Vec<Document> = vec![];
    let mut add = |document: &str, at: Option<Timestamp>, run: &RunView, link: Option<&Link>| {
        let (document, name) = match names.get(document) {
            Some(id) => (id.as_str(), document.splitn(3, ':').nth(2)),
            None => (document, None),
        };
        let Some((system, kind, id)) = parts(document) else { return };
        let known = match found.iter().position(|d| d.document == document) {
            Some(n) => n,
            None => {
                let (system, kind, id) = (system.to_owned(), kind.to_owned(), id.to_owned());
                let (document, run) = (document.to_owned(), Some(run.workflow_id.clone()));
                found.push(Document { document, system, kind, id, label: None, at, run, from: None, action: None });
                found.len() - 1
            }
        };
        let known = &mut found[known];
        let label = link.and_then(|link| link.label.clone()).or(name.map(str::to_owned));
        if let Some(label) = label {
            known.label = Some(label);
        }
        let earlier = known.action.is_none() || at.is_some_and(|at| known.at.is_none_or(|known| at < known));
        if let Some(link) = link.filter(|_| earlier) {
            known.at = at.or(known.at);
            known.run = Some(run.workflow_id.clone());
            known.from = Some(link.from.clone());
            known.action = Some(link.by.clone());
        }
    };
    for run in runs {
        for link in links(run) {
            if !names.contains_key(&link.from) && link.from.starts_with("shopify:transaction:") {
                add(&link.from, link.at, run, None);
            }
            add(&link.to, link.at, run, Some(&link));
        }
        for document in &run.documents {
            add(document, run.started, run, None);
        }
    }
    found.sort_by_key(|document| (document.at.is_none(), document.at));
    found
}

fn links(run: &RunView) -> Vec<Link> {
    serde_json::from_value(run.lineage.clone()).unwrap_or_default()
}

/// What is parked, has failed, or fails again and again. `runs` are sorted by their start.
fn attention(runs: &[RunView]) -> Vec<Attention> {
    let mut attention = vec![];
    for run in last(runs) {
        let mut add = |kind: &str, message: String| {
            let (workflow_id, workflow) = (run.workflow_id.clone(), run.workflow.clone());
            attention.push(Attention { workflow_id, workflow, kind: kind.to_owned(), message });
        };
        match run.status.as_str() {
            "running" if run.agent_status.as_deref() == Some(trail::Status::NeedsAttention.as_str()) => {
                let message = run.problem["message"].as_str().unwrap_or("it does not say why");
                add("needsAttention", message.to_owned());
            }
            "running" => {
                for pending in run.pending.iter().filter(|pending| pending.attempt >= TRIED_OFTEN) {
                    let why = pending.last_failure.as_deref().unwrap_or("no answer yet");
                    add("retrying", format!("{}, attempt {}: {why}", pending.activity, pending.attempt));
                }
            }
            "completed" | "continuedAsNew" => {}
            ended => {
                let why = run.failure.as_deref().unwrap_or(ended);
                add("failed", why.strip_prefix("Workflow failed: ").unwrap_or(why).to_owned());
            }
        }
    }
    attention
}

/// What runs wait for, and what the warehouse still owes: there no run waits, the poll begins the next.
fn waits(runs: &[RunView]) -> Vec<Attention> {
    let ships = runs.iter().any(|run| run.workflow == ids::DCL_TRACKING);
    let mut waits = vec![];
    for run in last(runs) {
        let completed = run.status == "completed";
        let message = match run.workflow.as_str() {
            _ if run.status == "running" && run.agent_status.as_deref() == Some(trail::Status::Waiting.as_str()) => {
                run.problem["message"].as_str().unwrap_or("it does not say what").to_owned()
            }
            ids::NETSUITE_TO_DCL if completed && !ships => "the warehouse to ship".to_owned(),
            ids::NETSUITE_INVOICE if completed && run.result.as_ref().is_some_and(|r| r["complete"] == false) => {
                "the rest to be shipped and billed".to_owned()
            }
            _ => continue,
        };
        let (workflow_id, workflow) = (run.workflow_id.clone(), run.workflow.clone());
        waits.push(Attention { workflow_id, workflow, kind: "waiting".to_owned(), message });
    }
    waits
}

/// The last execution of each run.
fn last(runs: &[RunView]) -> impl Iterator<Item = &RunView> {
    let last: BTreeMap<&str, &str> = runs.iter().map(|run| (run.workflow_id.as_str(), run.run_id.as_str())).collect();
    runs.iter().filter(move |run| last.get(run.workflow_id.as_str()) == Some(&run.run_id.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(workflow: &str, second: i64, fields: Value) -> RunView {
        let mut run = json!({
            "workflowId": format!("{workflow}:acme:1"), "runId": second.to_string(), "workflow": workflow,
            "status": "completed", "agentStatus": "done", "brand": "acme", "documents": [], "lineage": null,
            "problem": null, "started": at(second), "closed": null, "historyLength": 3, "pending": [], "result": null,
            "failure": null,
        });
        run.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(run).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn link(from: &str, to: &str, second: i64, label: &str) -> Value {
        json!({"from": from, "to": to, "by": "make", "at": at(second), "label": label})
    }

    const ORDER: [&str; 4] =
        ["shopify:order:7", "shopify:order:#1001", "netsuite:salesOrder:12", "netsuite:salesOrder:SO1"];

    #[test]
    fn what_people_type_means_documents() {
        let meant = |text: &str| documents_meant(text).map(|meant| meant.into_iter().collect::<Vec<_>>());
        assert_eq!(meant("netsuite:invoice:7").unwrap(), ["netsuite:invoice:7"]);
        assert_eq!(meant("gid://shopify/Order/7").unwrap(), ["shopify:order:#7", "shopify:order:7"]);
        assert_eq!(meant(" #1001 ").unwrap(), ["shopify:order:#1001"]);
        assert_eq!(meant("SO1").unwrap(), ["dcl:order:SO1", "netsuite:salesOrder:SO1", "shopify:order:SO1"]);
        for wrong in ["", " ", "a' OR Brand = 'b", "a\\", "gid://shopify/Order/x", &"9".repeat(300)] {
            assert_eq!(documents_meant(wrong).unwrap_err().field, "order", "{wrong}");
        }
    }

    #[test]
    fn from_an_invoice_the_whole_chain_is_found() {
        let invoice = run("bill", 3, json!({"documents": ([&ORDER[..], &["netsuite:invoice:9"]].concat())}));
        let related = related(&invoice);
        assert!(related.contains(&"dcl:order:SO1".to_owned()) && related.contains(&ORDER[0].to_owned()), "{related:?}");
        assert!(!related.iter().any(|d| d == "netsuite:invoice:9" || d == "shopify:order:#1001"), "{related:?}");
    }

    #[test]
    fn documents_stand_once_under_their_first_time_with_their_name() {
        let sales_order = link(ORDER[0], ORDER[2], 12, "SO1");
        let paid = link("shopify:transaction:5", "netsuite:customerPayment:8", 30, "PYMT1");
        let shipped = |second| link("dcl:order:SO1", "netsuite:itemFulfillment:9", second, "1Z");
        let runs = vec![
            run("book", 10, json!({"documents": ORDER, "lineage": [sales_order]})),
            run("ship", 20, json!({"documents": ["dcl:order:SO1"], "lineage": [shipped(21)]})),
            run("ship", 25, json!({"documents": ["dcl:order:SO1"], "lineage": [shipped(26)]})),
            run("pay", 28, json!({"documents": ORDER, "lineage": [paid]})),
        ];
        let timeline = Timeline::of("acme".into(), "SO1", runs).unwrap();
        assert_eq!(timeline.order, "#1001");
        let shown: Vec<_> = timeline
            .documents
            .iter()
            .map(|d| (d.document.as_str(), d.label.as_deref().unwrap_or_default(), d.at.unwrap().as_second()))
            .collect();
        assert_eq!(
            shown,
            [
                ("shopify:order:7", "#1001", 10),
                ("netsuite:salesOrder:12", "SO1", 12),
                ("dcl:order:SO1", "", 20),
                ("netsuite:itemFulfillment:9", "1Z", 21),
                ("shopify:transaction:5", "", 30),
                ("netsuite:customerPayment:8", "PYMT1", 30),
            ]
        );
        assert!(timeline.attention.is_empty());
    }

    #[test]
    fn a_name_that_two_orders_have_is_refused() {
        let other = ["shopify:order:8", "shopify:order:#1001"];
        let runs = vec![run("book", 1, json!({"documents": ORDER})), run("book2", 2, json!({"documents": other}))];
        let error = Timeline::of("acme".into(), "#1001", runs).unwrap_err().to_string();
        assert!(error.contains("shopify:order:7, shopify:order:8"), "{error}");
    }

    #[test]
    fn attention_is_what_the_last_execution_of_a_run_needs() {
        let parked =
            json!({"status": "running", "agentStatus": "needsAttention", "problem": {"message": "no address"}});
        let tried = |attempt: i32| json!([{"activity": "createBill", "attempt": attempt, "lastFailure": "busy"}]);
        let runs = vec![
            run("a", 1, json!({"status": "failed", "failure": "Workflow failed: no such order"})),
            run("a", 2, json!({})),
            run("b", 3, json!({"status": "failed", "failure": "Workflow failed: cancelled"})),
            run("c", 4, parked),
            run("d", 5, json!({"status": "running", "agentStatus": "running", "pending": tried(7)})),
            run("e", 6, json!({"status": "running", "agentStatus": "running", "pending": tried(2)})),
            run("f", 7, json!({"status": "running", "agentStatus": "waiting", "problem": {"message": "payment"}})),
        ];
        assert_eq!(waits(&runs).iter().map(|w| w.message.as_str()).collect::<Vec<_>>(), ["payment"]);
        let billed = run(ids::NETSUITE_INVOICE, 9, json!({"result": {"complete": false}}));
        assert_eq!(waits(&[billed])[0].message, "the rest to be shipped and billed");
        let sent = run(ids::NETSUITE_TO_DCL, 1, json!({}));
        assert_eq!(waits(std::slice::from_ref(&sent))[0].message, "the warehouse to ship");
        assert!(waits(&[sent, run(ids::DCL_TRACKING, 2, json!({}))]).is_empty());
        let shown: Vec<_> = attention(&runs).into_iter().map(|a| (a.workflow, a.kind, a.message)).collect();
        let expected = [
            ("b", "failed", "cancelled"),
            ("c", "needsAttention", "no address"),
            ("d", "retrying", "createBill, attempt 7: busy"),
        ];
        assert_eq!(shown, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    }
}
