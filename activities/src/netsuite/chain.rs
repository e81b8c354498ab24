//! A Sales Order with everything that NetSuite has made of it, in one SuiteQL.

use std::{collections::BTreeMap, str::FromStr};

use client_core::{Error, Result};
use client_netsuite::rows;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{ChainBy, ChainQuestion, IdentifiedSalesOrder, IdentifySalesOrder},
    domain::chain::{Bill, Chain, Fulfillment, Head, Line, Part, Payment},
};

use super::call;
use crate::{Agents, failure};

/// Each part has the same columns, so that all of them are one statement. `{so}` is the condition on the Sales Order.
const PARTS: [&str; 7] = [
    "SELECT 'salesOrder' AS kind, TO_CHAR(so.id) AS id, '' AS line, so.tranid AS a, so.status AS b, \
     so.custbody_o2c_brand AS c, so.custbody_shopify_order_id AS d, so.custbody_shopify_order_name AS e, \
     TO_CHAR(so.entity) AS f, TO_CHAR(so.currency) AS g, TO_CHAR(so.foreigntotal) AS h, so.custbody_sent_to_3pl AS i, \
     so.custbody_o2c_hold AS j, so.custbody_o2c_invoiced AS k \
     FROM transaction so WHERE so.type = 'SalesOrd' AND {so}",
    "SELECT 'line' AS kind, TO_CHAR(so.id) AS id, TO_CHAR(l.id) AS line, TO_CHAR(l.item) AS a, i.itemid AS b, \
     l.itemtype AS c, TO_CHAR(l.quantity) AS d, TO_CHAR(l.quantityshiprecv) AS e, TO_CHAR(l.quantitybilled) AS f, \
     TO_CHAR(l.foreignamount) AS g, l.isclosed AS h, TO_CHAR(l.location) AS i, l.custcol_shopify_line_id AS j, \
     i.isfulfillable AS k \
     FROM transaction so JOIN transactionline l ON l.transaction = so.id JOIN item i ON i.id = l.item \
     WHERE so.type = 'SalesOrd' AND l.mainline = 'F' AND l.taxline = 'F' AND {so}",
    "SELECT DISTINCT 'document' AS kind, TO_CHAR(t.id) AS id, '' AS line, t.type AS a, t.status AS b, \
     t.tranid AS c, t.externalid AS d, TO_CHAR(t.foreigntotal) AS e, TO_CHAR(t.foreignamountunpaid) AS f, \
     t.custbody_o2c_cartons AS g, t.custbody_o2c_tracking AS h, t.custbody_shopify_fulfillment_id AS i, '' AS j, '' AS k \
     FROM transaction so JOIN nexttransactionlinelink n ON n.previousdoc = so.id JOIN transaction t ON t.id = n.nextdoc \
     WHERE so.type = 'SalesOrd' AND {so}",
    "SELECT 'part' AS kind, TO_CHAR(n.nextdoc) AS id, TO_CHAR(n.previousline) AS line, TO_CHAR(l.quantity) AS a, \
     TO_CHAR(l.foreignamount) AS b, '' AS c, '' AS d, '' AS e, '' AS f, '' AS g, '' AS h, '' AS i, '' AS j, '' AS k \
     FROM transaction so JOIN nexttransactionlinelink n ON n.previousdoc = so.id \
     JOIN transactionline l ON l.transaction = n.nextdoc AND l.id = n.nextline \
     WHERE so.type = 'SalesOrd' AND {so}",
    "SELECT DISTINCT 'payment' AS kind, TO_CHAR(p.id) AS id, '' AS line, p.tranid AS a, p.externalid AS b, \
     TO_CHAR(p.foreigntotal) AS c, TO_CHAR(p.foreignpaymentamountunused) AS d, p.type AS e, '' AS f, '' AS g, '' AS h, '' AS i, '' AS j, '' AS k \
     FROM transaction so JOIN nexttransactionlinelink n ON n.previousdoc = so.id \
     JOIN nexttransactionlinelink m ON m.previousdoc = n.nextdoc AND m.linktype = 'Payment' \
     JOIN transaction p ON p.id = m.nextdoc WHERE so.type = 'SalesOrd' AND {so}",
    "SELECT 'payment' AS kind, TO_CHAR(p.id) AS id, '' AS line, p.tranid AS a, p.externalid AS b, \
     TO_CHAR(p.foreigntotal) AS c, TO_CHAR(p.foreignpaymentamountunused) AS d, p.type AS e, '' AS f, '' AS g, '' AS h, '' AS i, '' AS j, '' AS k \
     FROM transaction so JOIN transaction p ON p.custbody_shopify_order_id = so.custbody_shopify_order_id \
     AND p.custbody_o2c_brand = so.custbody_o2c_brand \
     WHERE so.type = 'SalesOrd' AND p.type IN ('CustPymt', 'CustDep') AND {so}",
    "SELECT DISTINCT 'application' AS kind, TO_CHAR(a.id) AS id, '' AS line, TO_CHAR(d.id) AS a, a.tranid AS b, '' AS c, \
     '' AS d, '' AS e, '' AS f, '' AS g, '' AS h, '' AS i, '' AS j, '' AS k \
     FROM transaction so JOIN transaction d ON d.custbody_shopify_order_id = so.custbody_shopify_order_id \
     AND d.custbody_o2c_brand = so.custbody_o2c_brand \
     JOIN nexttransactionlinelink n ON n.previousdoc = d.id AND n.linktype = 'DepAppl' \
     JOIN transaction a ON a.id = n.nextdoc WHERE so.type = 'SalesOrd' AND d.type = 'CustDep' AND {so}",
];

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) kind: String,
    #[serde(deserialize_with = "rows::text")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "rows::optional_text")]
    line: Option<String>,
    #[serde(default, flatten)]
    columns: BTreeMap<String, Value>,
}

impl Row {
    pub(super) fn text(&self, column: &str) -> Option<String> {
        match self.columns.get(column)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn owed(&self, column: &str) -> Result<String> {
        self.text(column).ok_or_else(|| self.unreadable(column))
    }

    /// NULL counts as zero.
    pub(super) fn amount(&self, column: &str) -> Result<Decimal> {
        match self.text(column) {
            None => Ok(Decimal::ZERO),
            Some(text) => Decimal::from_str(&text)
                .or_else(|_| Decimal::from_scientific(&text))
                .map(|d| d.normalize())
                .map_err(|_| self.unreadable(column)),
        }
    }

    pub(super) fn flag(&self, column: &str) -> bool {
        self.text(column).as_deref() == Some("T")
    }

    /// `B` of `B` or `SalesOrd:B`: accounts show either.
    pub(super) fn status(&self, column: &str) -> String {
        let status = self.text(column).unwrap_or_default();
        status.rsplit(':').next().unwrap_or_default().to_owned()
    }

    pub(super) fn line_number(&self) -> Result<u32> {
        let line = self.line.as_ref().and_then(|l| l.parse().ok());
        line.ok_or_else(|| self.unreadable("line"))
    }

    pub(super) fn unreadable(&self, column: &str) -> Error {
        let path = format!("suiteql.{}.{column}", self.kind);
        Error::Unreadable { path, detail: format!("of record {} is missing or no number", self.id) }
    }
}

/// One request, whatever there is.
pub(crate) async fn read_chain(
    agents: &Agents,
    ctx: &ActivityContext,
    question: ChainQuestion,
) -> std::result::Result<Option<Chain>, ActivityError> {
    let account = agents.account_of(&question.brand)?;
    let (condition, params): (&str, Vec<Value>) = match &question.by {
        ChainBy::SalesOrder(id) => ("so.id = ?", vec![json!(id.parse::<u64>().unwrap_or_default())]),
        ChainBy::Number(number) => ("so.tranid = ?", vec![json!(number)]),
        ChainBy::Order(key) => {
            ("so.custbody_shopify_order_id = ? AND so.custbody_o2c_brand = ?", vec![json!(key), json!(question.brand)])
        }
    };
    let statement = PARTS.map(|part| part.replace("{so}", condition)).join(" UNION ALL ") + " ORDER BY 1, 2, 3";
    let params: Vec<Value> = PARTS.iter().flat_map(|_| params.clone()).collect();
    let read = async {
        let rows: Vec<Row> = account.client.suiteql(&statement, &params).try_collect().await?;
        assemble(&rows)
    };
    agents.call(ctx, call("readChain", account), read).await
}

fn assemble(rows: &[Row]) -> Result<Option<Chain>> {
    let of = |kind: &'static str| rows.iter().filter(move |row| row.kind == kind);
    // One that was closed or cancelled gives way to the one that took its place.
    let ended = |row: &&Row| matches!(row.status("b").as_str(), "C" | "H");
    let id = |row: &&Row| row.id.parse::<u64>().unwrap_or_default();
    let Some(head) = of("salesOrder").max_by_key(|row| (!ended(row), id(row))) else { return Ok(None) };
    let mut lines = of("line").filter(|row| row.id == head.id).map(line).collect::<Result<Vec<_>>>()?;
    lines.sort_by_key(|line| line.line);
    let mut parts: BTreeMap<&str, Vec<Part>> = BTreeMap::new();
    for row in of("part") {
        let part = Part { line: row.line_number()?, quantity: row.amount("a")?.abs(), amount: -row.amount("b")? };
        parts.entry(&row.id).or_default().push(part);
    }
    let mut documents: Vec<&Row> = of("document").collect();
    documents.sort_by_key(id);
    let (mut fulfillments, mut bills) = (vec![], vec![]);
    for row in documents {
        let mut parts = parts.remove(row.id.as_str()).unwrap_or_default();
        parts.retain(|part| lines.iter().any(|line| line.line == part.line));
        match row.text("a").as_deref() {
            Some("ItemShip") => fulfillments.push(fulfillment(row, parts)),
            Some(kind @ ("CustInvc" | "CashSale")) => bills.push(bill(row, kind == "CashSale", parts)?),
            _ => {}
        }
    }
    let mut payments: BTreeMap<u64, Payment> = BTreeMap::new();
    // What a deposit of ours pays is the deposit's; what one pays that a person has taken stands for its money.
    let of_ours = |row: &&Row| of("application").any(|application| application.id == row.id);
    for row in of("payment").filter(|row| !of_ours(row)) {
        payments.insert(id(&row), payment(row)?);
    }
    for row in of("application") {
        let deposit = row.owed("a")?.parse().ok().and_then(|id: u64| payments.get_mut(&id));
        if let Some(deposit) = deposit {
            deposit.applications.push((row.id.clone(), row.text("b").unwrap_or_default()));
        }
    }
    Ok(Some(Chain {
        sales_order: Head {
            id: head.id.clone(),
            number: head.owed("a")?,
            status: head.status("b"),
            brand: head.text("c"),
            order: head.text("d"),
            order_name: head.text("e"),
            customer: head.owed("f")?,
            currency: head.owed("g")?,
            total: head.amount("h")?,
            sent: head.flag("i"),
            held: head.flag("j"),
            invoiced: head.flag("k"),
        },
        lines,
        fulfillments,
        bills,
        payments: payments.into_values().collect(),
        at: Timestamp::now(),
    }))
}

/// Sold lines are negative in SuiteQL, discounts positive.
fn line(row: &Row) -> Result<Line> {
    let quantity = row.amount("d")?.abs();
    Ok(Line {
        line: row.line_number()?,
        item: row.owed("a")?,
        sku: row.owed("b")?,
        item_type: row.text("c").unwrap_or_default(),
        fulfillable: row.flag("k"),
        quantity,
        fulfilled: row.amount("e")?.abs(),
        billed: row.amount("f")?.abs(),
        amount: -row.amount("g")?,
        closed: row.flag("h"),
        location: row.text("i"),
        shopify_line: row.text("j"),
    })
}

fn fulfillment(row: &Row, parts: Vec<Part>) -> Fulfillment {
    let list = |column: &str| -> Vec<String> {
        let text = row.text(column).unwrap_or_default();
        text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
    };
    Fulfillment {
        id: row.id.clone(),
        external_id: row.text("d"),
        shipped: row.status("b") == "C",
        cartons: list("g"),
        tracking: list("h"),
        shopify: list("i").iter().filter_map(|id| id.parse().ok()).collect(),
        parts,
    }
}

fn bill(row: &Row, cash_sale: bool, parts: Vec<Part>) -> Result<Bill> {
    Ok(Bill {
        id: row.id.clone(),
        number: row.text("c").unwrap_or_default(),
        cash_sale,
        external_id: row.text("d"),
        total: row.amount("e")?,
        unpaid: if cash_sale { Decimal::ZERO } else { row.amount("f")? },
        parts,
    })
}

fn payment(row: &Row) -> Result<Payment> {
    Ok(Payment {
        id: row.id.clone(),
        number: row.text("a").unwrap_or_default(),
        external_id: row.text("b"),
        total: row.amount("c")?.abs(),
        unapplied: row.amount("d")?.abs(),
        deposit: row.text("e").as_deref() == Some("CustDep"),
        applications: vec![],
    })
}

/// The brand, where only one can be meant, and the Sales Order with the Shopify order that it books.
pub(crate) async fn identify(
    agents: &Agents,
    ctx: &ActivityContext,
    question: IdentifySalesOrder,
) -> std::result::Result<IdentifiedSalesOrder, ActivityError> {
    let brand = agents.meant_brand(question.brand, &question.workflow)?;
    let (by, what) = match (question.id, question.number) {
        (Some(id), _) => (ChainBy::SalesOrder(id.clone()), id),
        (None, Some(number)) => (ChainBy::Number(number.clone()), number),
        (None, None) => return Err(failure::never("InvalidInput", "salesOrderId: missing")),
    };
    let found = read_chain(agents, ctx, ChainQuestion { brand: brand.clone(), by }).await?;
    let chain = found
        .filter(|chain| chain.must_be_of(&brand).is_ok())
        .ok_or_else(|| failure::never("NotFound", format!("salesOrderId: {brand} has no Sales Order {what}")))?;
    let shopify_order = chain.shopify_order();
    Ok(IdentifiedSalesOrder { brand, sales_order_id: chain.sales_order.id, shopify_order })
}
