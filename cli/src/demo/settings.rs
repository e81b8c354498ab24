//! The configuration that a merchant would have in `stateset.toml`, for the sandbox's shop and account.

use std::time::Duration;

use config::{
    Brand, Carrier, Config, Connector, DclLogin, Mappings, NetsuiteAccount, NetsuiteAuth, OrderPolicy, Scope, Secret,
    ShipMethod, Shopify, ShopifyAuth, SpecialItems, TaxCode, Tender, Token, Warehouse,
};
use rust_decimal::Decimal;
use sandbox::Sandbox;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use url::Url;

/// The one brand.
pub(super) const BRAND: &str = "acme";
/// The workflow that the demo shows.
pub(super) const WORKFLOW: &str = "shopifyToNetsuiteWorkflow";
/// The agents in the order of an order's way: the short name that `--agents` takes, and the workflow type.
pub(super) const AGENTS: [(&str, &str); 5] = [
    ("orders", WORKFLOW),
    ("warehouse", "netsuiteToDCLWorkflow"),
    ("tracking", "dclTrackingUpdateWorkflow"),
    ("invoice", "netsuiteInvoiceFlow"),
    ("payment", "netsuitePaymentFlow"),
];
/// The place of the agent that books what the warehouse has shipped.
pub(super) const TRACKING: usize = 2;

/// An agent by either name.
pub(super) fn agent(name: &str) -> Result<&'static str, String> {
    let found = AGENTS.iter().find(|(alias, workflow)| *alias == name || workflow.eq_ignore_ascii_case(name));
    found.map(|(_, workflow)| *workflow).ok_or_else(|| {
        let known: Vec<String> = AGENTS.iter().map(|(alias, workflow)| format!("{alias} ({workflow})")).collect();
        format!("no such agent; there are {}", known.join(", "))
    })
}

/// Time between two looks at warehouse and books: a demo is watched.
const EVERY: Duration = Duration::from_secs(1);
/// The connector's token. It protects nothing: the demo listens on this machine only.
pub(super) const TOKEN: &str = "demo";

/// Ids are those that the sandbox's account has, see its README.
pub(super) fn config(sandbox: &Sandbox, connector: &Url, agents: &[&str]) -> anyhow::Result<Config> {
    let token = Token {
        name: "demo".to_owned(),
        sha256: Sha256::digest(TOKEN).iter().map(|byte| format!("{byte:02x}")).collect(),
        scopes: vec![Scope::Run, Scope::Events, Scope::Read],
    };
    Ok(Config {
        brands: [(BRAND.to_owned(), brand(sandbox, agents)?)].into(),
        netsuite: [("main".to_owned(), account(sandbox))].into(),
        dcl: [("main".to_owned(), login(sandbox))].into(),
        connector: Connector { tokens: vec![token], public_url: Some(connector.clone()), ..Connector::default() },
        worker: config::Worker::default(),
    })
}

fn brand(sandbox: &Sandbox, agents: &[&str]) -> anyhow::Result<Brand> {
    let shop = sandbox.shopify.credentials();
    Ok(Brand {
        // Shopify's oldest sample is from 2008-01-10.
        go_live: "2008-01-01T00:00:00Z".parse()?,
        time_zone: "America/New_York".to_owned(),
        agents: agents.iter().map(|agent| (*agent).to_owned()).collect(),
        shopify: Shopify {
            shop: shop.shop,
            base_url: Some(sandbox.shopify_url.clone()),
            api_version: "2026-10".to_owned(),
            auth: ShopifyAuth::ClientCredentials {
                client_id: shop.client_id,
                client_secret: Secret::new(shop.client_secret.clone()),
            },
            webhook_secret: Secret::new(shop.client_secret),
            previous_webhook_secret: None,
            permits: 20,
            request_deadline: Duration::from_secs(60),
        },
        netsuite: "main".to_owned(),
        orders: orders(),
        special_items: SpecialItems {
            discount: id("901"),
            shipping: id("902"),
            tip: id("903"),
            tax: id("904"),
            rounding: id("905"),
            gift_card: id("906"),
            duty: id("907"),
        },
        mappings: mappings(),
        warehouse: Some(warehouse(sandbox)),
        billing: config::Billing::default(),
        payments: config::Payments {
            default_method: Some(tender("604", None)),
            methods: methods(),
            ..Default::default()
        },
        stock: None,
        inbound: config::Inbound::default(),
        poll: config::Poll {
            netsuite_every: EVERY,
            dcl_every: EVERY,
            // The sandbox shows a change at once; what is told again and again would keep the runs busy.
            overlap: Duration::from_secs(2),
            ..config::Poll::default()
        },
    })
}

/// The brand at the sandbox's warehouse.
fn warehouse(sandbox: &Sandbox) -> Warehouse {
    let method = |service: &str, rush| ShipMethod { carrier: "FEDEX".to_owned(), service: service.to_owned(), rush };
    Warehouse {
        dcl: "main".to_owned(),
        account_number: sandbox.dcl.credentials().account_number,
        freight_account: "00500".to_owned(),
        location: None,
        ship_methods: [("201".to_owned(), method("GROUND", false)), ("202".to_owned(), method("2DAY", true))].into(),
        default_ship_method: Some(method("GROUND", false)),
        items: Default::default(),
        locations: Default::default(),
        kits: Default::default(),
        home_country: "US".to_owned(),
        international_code: 1,
        carriers: [("FEDEX".to_owned(), Carrier { company: "FedEx".to_owned(), url: None })].into(),
        notify_customer: true,
        accept_short: false,
    }
}

fn methods() -> std::collections::BTreeMap<String, Tender> {
    [("shopify_payments", "601", None), ("paypal", "602", Some("702")), ("gift_card", "603", Some("703"))]
        .map(|(gateway, method, account)| (gateway.to_owned(), tender(method, account)))
        .into()
}

fn tender(method: &str, account: Option<&str>) -> Tender {
    Tender { method: Some(method.to_owned()), account: account.map(str::to_owned) }
}

fn login(sandbox: &Sandbox) -> DclLogin {
    let login = sandbox.dcl.credentials();
    DclLogin {
        username: login.username,
        password: Secret::new(login.password.expose_secret()),
        base_url: Some(sandbox.dcl_url.clone()),
        permits: 5,
        request_deadline: Duration::from_secs(60),
    }
}

fn orders() -> OrderPolicy {
    OrderPolicy {
        subsidiary: "1".to_owned(),
        form: id("100"),
        location: id("1"),
        class: None,
        department: None,
        default_customer: id("500"),
        currency: config::BookedCurrency::Shop,
        currencies: [("USD", "1"), ("EUR", "2"), ("GBP", "3"), ("CAD", "4"), ("JPY", "5")].map(owned).into(),
        tax_style: config::TaxStyle::SuiteTaxOverride,
        rounding_limit: Decimal::new(5, 2),
        allow_test_orders: false,
        payment_states: ["PAID", "PARTIALLY_REFUNDED", "REFUNDED"].map(str::to_owned).to_vec(),
        hold_high_risk: true,
        release: true,
        wait_limit: Duration::from_secs(30 * 86_400),
        sent_tag: "SENT_TO_NS".to_owned(),
    }
}

/// One tax of the generator's is left to the catch-all, as happens to real merchants.
fn mappings() -> Mappings {
    let code = |code: &str| TaxCode { code: code.to_owned(), tax_type: id("401") };
    let sales_tax = ["State Tax", "State tax", "County Tax", "City Tax", "GST", "HST", "QST", "Consumption Tax"];
    let mut taxes: std::collections::BTreeMap<_, _> = sales_tax.map(|title| (title.to_owned(), code("403"))).into();
    taxes.insert("VAT".to_owned(), code("404"));
    Mappings {
        // A line of one of the samples has neither SKU nor variant.
        items: [("title:Big Brown Bear Boots", "1053")].map(owned).into(),
        taxes,
        catch_all_tax: Some(code("402")),
        ship_methods: [("Standard", "201"), ("Free Shipping", "201"), ("Ground", "201"), ("Express", "202")]
            .map(owned)
            .into(),
        default_ship_method: id("201"),
        ..Mappings::default()
    }
}

fn account(sandbox: &Sandbox) -> NetsuiteAccount {
    let account = sandbox.netsuite.credentials();
    NetsuiteAccount {
        account: account.account.clone(),
        base_url: Some(sandbox.netsuite_url.clone()),
        auth: NetsuiteAuth::OAuth2 {
            client_id: account.client_id.clone(),
            certificate_id: account.certificate_id.clone(),
            private_key: Secret::new(account.private_key_pem.expose_secret()),
        },
        permits: 10,
        concurrency_limit: Some(15),
        processes: 1,
        // The sandbox's requests land within seconds, not within NetSuite's 15 minutes.
        request_deadline: Duration::from_secs(2),
    }
}

fn id(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn owned((from, to): (&str, &str)) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_two_names() {
        assert_eq!(agent("warehouse"), agent("netsuiteToDCLWorkflow"));
        assert_eq!(agent("orders"), Ok(WORKFLOW));
        let unknown = agent("stock").unwrap_err();
        assert!(unknown.contains("payment (netsuitePaymentFlow)"), "{unknown}");
        assert_eq!(AGENTS[TRACKING].0, "tracking");
    }
}
