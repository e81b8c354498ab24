//! Customer, items and any Sales Order with our key, in one SuiteQL.

use client_core::Result;
use client_netsuite::{Client, rows};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::{Found, LookUp},
    domain::{
        customer::{CustomerDraft, FoundCustomer},
        sales_order::ItemsByName,
    },
};

use super::call;
use crate::Agents;

const SALES_ORDERS: &str = "SELECT 'salesOrder' AS kind, TO_CHAR(t.id) AS id, t.externalid AS external_id, t.tranid AS name \
     FROM transaction t WHERE t.type = 'SalesOrd' AND t.externalid = ?";
const CUSTOMERS: &str = "SELECT 'customer' AS kind, TO_CHAR(c.id) AS id, c.externalid AS external_id, c.entityid AS name \
     FROM customer c WHERE c.isinactive = 'F' AND (c.externalid = ?";
const ITEMS: &str = "SELECT 'item' AS kind, TO_CHAR(i.id) AS id, i.externalid AS external_id, i.itemid AS name \
     FROM item i WHERE i.isinactive = 'F' AND i.itemid IN";

#[derive(Deserialize)]
struct Row {
    kind: String,
    #[serde(deserialize_with = "rows::text")]
    id: String,
    #[serde(default, deserialize_with = "rows::optional_text")]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "rows::optional_text")]
    name: Option<String>,
}

/// One request, whatever is asked for.
pub(crate) async fn look_up(
    agents: &Agents,
    ctx: &ActivityContext,
    question: LookUp,
) -> std::result::Result<Found, ActivityError> {
    let account = agents.account_of(&question.brand)?;
    let mut query = Query::default();
    query.part(SALES_ORDERS, [json!(question.sales_order_key)]);
    if let Some(customer) = &question.customer {
        query.customers(customer);
    }
    if !question.item_names.is_empty() {
        let marks = vec!["?"; question.item_names.len()].join(", ");
        query.part(&format!("{ITEMS} ({marks})"), question.item_names.iter().map(|n| json!(n)));
    }
    let rows = agents.call(ctx, call("lookUp", account), query.rows(&account.client)).await?;
    let mut found = Found { sales_orders: vec![], customers: vec![], items: ItemsByName::new(), at: Timestamp::now() };
    for row in rows {
        match row.kind.as_str() {
            "salesOrder" => found.sales_orders.push(row.id),
            "customer" => found.customers.push(FoundCustomer { id: row.id, external_id: row.external_id }),
            _ => found.items.entry(row.name.unwrap_or_default()).or_default().push(row.id),
        }
    }
    Ok(found)
}

/// Customers by our key, or by e-mail within the subsidiary.
pub(super) async fn customers(client: &Client, draft: &CustomerDraft) -> Result<Vec<FoundCustomer>> {
    let mut query = Query::default();
    query.customers(draft);
    let rows = query.rows(client).await?;
    Ok(rows.into_iter().map(|row| FoundCustomer { id: row.id, external_id: row.external_id }).collect())
}

/// Parts that become one statement.
#[derive(Default)]
struct Query {
    parts: Vec<String>,
    params: Vec<Value>,
}

impl Query {
    fn part(&mut self, sql: &str, params: impl IntoIterator<Item = Value>) {
        self.parts.push(sql.to_owned());
        self.params.extend(params);
    }

    fn customers(&mut self, draft: &CustomerDraft) {
        match &draft.email {
            Some(email) => self.part(
                &format!("{CUSTOMERS} OR (LOWER(c.email) = ? AND c.subsidiary = ?))"),
                [json!(draft.external_id), json!(email), json!(draft.subsidiary)],
            ),
            None => self.part(&format!("{CUSTOMERS})"), [json!(draft.external_id)]),
        }
    }

    async fn rows(self, client: &Client) -> Result<Vec<Row>> {
        client.suiteql(&self.parts.join(" UNION ALL "), &self.params).try_collect().await
    }
}
