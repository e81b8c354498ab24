//! All vendors read back and judged, by code that shares nothing with the agent.

use std::collections::BTreeMap;

use anyhow::Context;
use checker::{
    Billing, Booked, Dcl, Netsuite, NetsuiteAuth, Patience, Rules, Shopify, ShopifyAuth, Stages, Vendors, Verdict,
};
use config::BookedCurrency;

use super::{
    house::House,
    outcome::Line,
    settings::{AGENTS, BRAND},
};

/// The verdict on all orders of the shop; the runs only say why an order is not at its end.
pub(super) async fn reach(house: &House, lines: &[Line]) -> anyhow::Result<Verdict> {
    let shop = house.sandbox.shopify.credentials();
    let account = house.sandbox.netsuite.credentials();
    let brand = house.config.brand(BRAND)?;
    let shopify = Shopify::new(
        house.sandbox.shopify_url.clone(),
        &brand.shopify.api_version,
        ShopifyAuth::AccessToken(shop.access_token.into()),
        Patience::default(),
    )?;
    let auth = NetsuiteAuth::OAuth2 {
        client_id: account.client_id.clone(),
        certificate_id: account.certificate_id.clone(),
        private_key_pem: account.private_key_pem.clone(),
    };
    let netsuite = Netsuite::new(house.sandbox.netsuite_url.clone(), auth, Patience::default())?;
    let policy = &brand.orders;
    let rules = Rules {
        brand: BRAND.to_owned(),
        subsidiary: policy.subsidiary.clone(),
        booked: match policy.currency {
            BookedCurrency::Shop => Booked::Shop,
            BookedCurrency::Presentment => Booked::Presentment,
        },
        currencies: policy.currencies.clone(),
        default_customer: policy.default_customer.clone(),
        tag: policy.sent_tag.clone(),
        released: policy.release,
        go_live: Some(brand.go_live),
        other_channels: Default::default(),
        stages: stages(house),
    };
    let reasons: BTreeMap<u64, String> =
        lines.iter().filter_map(|line| Some((line.order.id, line.reason()?))).collect();
    let login = house.sandbox.dcl.credentials();
    let dcl = Dcl::new(&house.sandbox.dcl_url, &login.username, login.password, None, Patience::default())?;
    let vendors = Vendors { shopify: &shopify, netsuite: &netsuite, dcl: Some(&dcl) };
    vendors.check(&rules, None, reasons).await.context("the verdict")
}

/// What is judged after the Sales Order: the work of the agents that are at work.
fn stages(house: &House) -> Stages {
    let [_, warehouse, tracking, invoice, payment] = AGENTS.map(|(_, workflow)| house.enables(workflow));
    Stages {
        warehouse: warehouse && tracking,
        billing: invoice.then_some(Billing::Invoice),
        payment: invoice && payment,
        ..Stages::default()
    }
}
