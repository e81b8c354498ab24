//! A store's fulfillments and transactions, beside its orders.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ORDER, Shopify, money, order};
use crate::stages::{StoreFulfillment, StoreSide, Transaction};
use crate::state::{List, Order};
use crate::wire::{ReadError, decimal, text};

/// A page of 50 is worth about 140 points of the 1000 that one query may cost.
const ORDERS: &str = "query OrdersToCash($after: String, $query: String) {
  orders(first: 50, after: $after, query: $query, sortKey: CREATED_AT) {
    nodes { ...Read ...Stages }
    pageInfo { hasNextPage endCursor }
  }
}";
const ONE: &str = "query OneToCash($id: ID!) { order(id: $id) { ...Read ...Stages } }";
const STAGES: &str = "fragment Stages on Order {
  displayFinancialStatus
  fulfillments(first: 100) {
    id status
    trackingInfo { number }
    fulfillmentLineItems(first: 250) { nodes { quantity } pageInfo { hasNextPage } }
  }
  transactions(first: 100) {
    id kind status gateway parentTransaction { id }
    amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  }
}";
/// The two lists have no pages: one that is full may have been cut.
const FULL: usize = 100;

impl Shopify {
    /// All orders that match with their fulfillments and transactions, and the list's count.
    pub async fn orders_to_cash(
        &self,
        query: Option<&str>,
    ) -> Result<(Vec<Order>, BTreeMap<u64, StoreSide>, List), ReadError> {
        let what = "Shopify orders";
        let nodes = self.pages(what, &format!("{ORDERS}\n{ORDER}\n{STAGES}"), query).await?;
        let (mut orders, mut sides) = (Vec::new(), BTreeMap::new());
        for node in &nodes {
            let order = order(what, node)?;
            sides.insert(order.id, side(&format!("Shopify order {}", order.id), node)?);
            orders.push(order);
        }
        let list = self.counted(what, query, nodes.len()).await?;
        Ok((orders, sides, list))
    }

    /// One order with its fulfillments and transactions; none if it does not exist.
    pub async fn order_to_cash(&self, id: u64) -> Result<Option<(Order, StoreSide)>, ReadError> {
        let what = format!("Shopify order {id}");
        match self.one(&what, &format!("{ONE}\n{ORDER}\n{STAGES}"), id).await? {
            Some(node) => Ok(Some((order(&what, &node)?, side(&what, &node)?))),
            None => Ok(None),
        }
    }
}

fn side(what: &str, node: &Value) -> Result<StoreSide, ReadError> {
    let list = |field: &str| match node[field].as_array() {
        Some(entries) if entries.len() < FULL => Ok(entries),
        Some(_) => Err(ReadError::unreadable(what, &format!("rest of {field}"))),
        None => Err(ReadError::unreadable(what, field)),
    };
    Ok(StoreSide {
        financial_status: text(&node["displayFinancialStatus"]),
        fulfillments: list("fulfillments")?.iter().map(|f| fulfillment(what, f)).collect::<Result<_, _>>()?,
        transactions: list("transactions")?.iter().map(|t| transaction(what, t)).collect::<Result<_, _>>()?,
    })
}

fn fulfillment(what: &str, node: &Value) -> Result<StoreFulfillment, ReadError> {
    let missing = |field: &str| ReadError::unreadable(what, &format!("fulfillments[].{field}"));
    let lines = &node["fulfillmentLineItems"];
    if lines["pageInfo"]["hasNextPage"] != false {
        return Err(missing("rest of fulfillmentLineItems"));
    }
    let units = lines["nodes"].as_array().ok_or_else(|| missing("fulfillmentLineItems.nodes"))?;
    let units = units.iter().map(|line| decimal(&line["quantity"])).sum::<Option<_>>();
    let status = text(&node["status"]).ok_or_else(|| missing("status"))?;
    let tracking = node["trackingInfo"].as_array().ok_or_else(|| missing("trackingInfo"))?;
    Ok(StoreFulfillment {
        id: number(&node["id"]).ok_or_else(|| missing("id"))?,
        live: !matches!(status.as_str(), "CANCELLED" | "ERROR" | "FAILURE"),
        tracking: tracking.iter().filter_map(|info| text(&info["number"])).collect(),
        units: units.ok_or_else(|| missing("fulfillmentLineItems.nodes[].quantity"))?,
    })
}

fn transaction(what: &str, node: &Value) -> Result<Transaction, ReadError> {
    let missing = |field: &str| ReadError::unreadable(what, &format!("transactions[].{field}"));
    let amount = |side: &str| money(&node["amountSet"][side]).ok_or_else(|| missing(&format!("amountSet.{side}")));
    Ok(Transaction {
        id: number(&node["id"]).ok_or_else(|| missing("id"))?,
        kind: text(&node["kind"]).ok_or_else(|| missing("kind"))?,
        status: text(&node["status"]).ok_or_else(|| missing("status"))?,
        gateway: text(&node["gateway"]),
        parent: number(&node["parentTransaction"]["id"]),
        shop: amount("shopMoney")?,
        presentment: amount("presentmentMoney")?,
    })
}

/// The number of `gid://shopify/Fulfillment/255858046`.
fn number(id: &Value) -> Option<String> {
    text(id).map(|id| crate::wire::last_part(&id).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::{ExecutableDocument, Schema};

    #[test]
    fn the_documents_are_valid_in_both_versions() {
        let schemas =
            [include_str!("../../../schema/2026-07.graphql"), include_str!("../../../schema/2026-10.graphql")];
        for schema in schemas {
            // The slice in the repository grows with the documents that the product sends, and may not have it yet.
            if !schema.contains("type FulfillmentLineItem ") {
                continue;
            }
            let schema = Schema::parse_and_validate(schema, "schema.graphql").unwrap();
            for document in [ORDERS, ONE].map(|query| format!("{query}\n{ORDER}\n{STAGES}")) {
                ExecutableDocument::parse_and_validate(&schema, document, "document.graphql").unwrap();
            }
        }
    }
}
