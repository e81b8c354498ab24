//! All three vendors, read and judged.

use std::collections::{BTreeMap, BTreeSet};

use checker::{Billing, Booked, Kind, ReadError, Rules, Stages, Vendors, check};
use serde_json::{Value, json};

use crate::dcl::{dcl, order, package, warehouse};
use crate::netsuite_stages::{Tables, shipped_billed_and_paid};
use crate::shopify_stages::{one_page, to_cash};
use crate::{Asked, account, netsuite, shopify, vendor};

fn rules() -> Rules {
    Rules {
        brand: "acme".to_owned(),
        subsidiary: "1".to_owned(),
        booked: Booked::Shop,
        currencies: BTreeMap::from([("USD".to_owned(), "1".to_owned())]),
        default_customer: None,
        tag: "SENT_TO_NS".to_owned(),
        released: true,
        go_live: None,
        other_channels: BTreeSet::new(),
        stages: Stages { warehouse: true, billing: Some(Billing::Invoice), payment: true, ..Stages::default() },
    }
}

/// Records as of an account with one Sales Order, queries by the tables.
fn books(tables: Tables) -> impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static {
    let records = account(2, 1);
    move |asked, before| match asked.path.as_str() {
        "/services/rest/query/v1/suiteql" => tables.answer(asked),
        _ => records(asked, before),
    }
}

fn sold() -> Value {
    let mut sold = to_cash(1);
    sold["tags"] = json!(["SENT_TO_NS", "INVOICED"]);
    sold
}

#[tokio::test]
async fn an_order_is_followed_from_the_store_to_the_payment() {
    let (store, _) = vendor(one_page(vec![sold()])).await;
    let (books, _) = vendor(books(shipped_billed_and_paid())).await;
    let orders = vec![order("SO1", 60, json!([package(json!("C1"), &[3])])), order("SO404", 10, Value::Null)];
    let (floor, _) = vendor(warehouse(orders)).await;
    let (shopify, netsuite, dcl) = (shopify(store), netsuite(books), dcl(&floor));
    let vendors = Vendors { shopify: &shopify, netsuite: &netsuite, dcl: Some(&dcl) };
    // The query leaves the order out of nothing, and has it read again by its Sales Order.
    let verdict = vendors.check(&rules(), Some("tag:x"), BTreeMap::new()).await.unwrap();
    let kinds: Vec<Kind> = verdict.violations.iter().map(|v| v.kind).collect();
    assert_eq!(kinds, [Kind::WarehouseOrphan], "{verdict}");
    assert!(verdict.violations[0].evidence.contains("SO404"), "{verdict}");
    let papers = &verdict.orders[0].documents;
    assert_eq!(
        (&papers.shipments[..], &papers.bills[..]),
        (&["ItemShip30".to_owned()][..], &["CustInvc40".to_owned()][..])
    );
    assert_eq!((papers.payments.len(), papers.paid.to_string().as_str()), (1, "12.5"));

    let error = check(&shopify, &netsuite, &rules(), None, BTreeMap::new()).await.unwrap_err();
    assert!(matches!(error, ReadError::Credentials(_)), "the warehouse cannot be judged unread: {error}");
}
