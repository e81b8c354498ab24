use std::collections::{BTreeMap, BTreeSet};

use crate::stages::{Later, StoreSide};
use crate::state::{List, Order, Rules, State};
use crate::verdict::Verdict;
use crate::{Dcl, Netsuite, ReadError, Shopify, judge};

/// The vendors that a brand's orders pass through.
#[derive(Debug, Clone, Copy)]
pub struct Vendors<'a> {
    /// The store.
    pub shopify: &'a Shopify,
    /// The ERP.
    pub netsuite: &'a Netsuite,
    /// The warehouse, which is needed where its stage is judged.
    pub dcl: Option<&'a Dcl>,
}

impl Vendors<'_> {
    /// Reads what the judged stages need, and judges it. As [`check`](crate::check) otherwise.
    pub async fn check(
        &self,
        rules: &Rules,
        query: Option<&str>,
        reasons: BTreeMap<u64, String>,
    ) -> Result<Verdict, ReadError> {
        let state = self.read(rules, query, reasons).await?;
        Ok(judge(&state, rules))
    }

    /// Reads what the judged stages need. An order that a Sales Order points to is read even if the query leaves
    /// it out; the warehouse's orders are read from go-live on.
    pub async fn read(
        &self,
        rules: &Rules,
        query: Option<&str>,
        reasons: BTreeMap<u64, String>,
    ) -> Result<State, ReadError> {
        let staged = rules.stages.any();
        let (sales_orders, sales_order_list) = self.netsuite.sales_orders(&rules.brand).await?;
        let (mut orders, mut store, order_list) = self.orders(staged, query).await?;
        let mut known: BTreeSet<u64> = orders.iter().map(|order| order.id).collect();
        if query.is_some() {
            for id in sales_orders.iter().filter_map(|s| s.order.as_ref()?.parse().ok()) {
                if known.insert(id) {
                    self.add_order(staged, id, &mut orders, &mut store).await?;
                }
            }
        }
        let customers = self.netsuite.customers(sales_orders.iter().map(|s| s.customer.clone()).collect()).await?;
        let mut lists = vec![order_list, sales_order_list];
        let mut later = Later::default();
        if staged {
            let ids = sales_orders.iter().map(|s| s.id.clone()).collect();
            let (read, counts) = self.netsuite.later(&rules.brand, &ids).await?;
            lists.extend(counts);
            later = Later { store, ..read };
        }
        if rules.stages.warehouse {
            let why = || ReadError::Credentials("the warehouse is to be judged, and there are none for it".to_owned());
            later.warehouse = self.dcl.ok_or_else(why)?.orders(rules.go_live).await?;
            let ours: BTreeSet<&str> = sales_orders.iter().map(|s| s.number.as_str()).collect();
            let strangers = later.warehouse.iter().filter(|o| !o.cancelled && o.ours).map(|o| o.number.as_str());
            let strangers: BTreeSet<&str> = strangers.filter(|number| !ours.contains(number)).collect();
            later.foreign_numbers = self.netsuite.numbers(&strangers).await?;
        }
        Ok(State { orders, sales_orders, customers, later, reasons, lists })
    }

    async fn orders(
        &self,
        staged: bool,
        query: Option<&str>,
    ) -> Result<(Vec<Order>, BTreeMap<u64, StoreSide>, List), ReadError> {
        if staged {
            return self.shopify.orders_to_cash(query).await;
        }
        let (orders, list) = self.shopify.orders(query).await?;
        Ok((orders, BTreeMap::new(), list))
    }

    async fn add_order(
        &self,
        staged: bool,
        id: u64,
        orders: &mut Vec<Order>,
        store: &mut BTreeMap<u64, StoreSide>,
    ) -> Result<(), ReadError> {
        if !staged {
            orders.extend(self.shopify.order(id).await?);
        } else if let Some((order, side)) = self.shopify.order_to_cash(id).await? {
            store.insert(order.id, side);
            orders.push(order);
        }
        Ok(())
    }
}
