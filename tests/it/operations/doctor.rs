//! `agent doctor` finds what would fail, names it, and says what to do.

use config::{Config, Secret, ShopifyAuth};
use temporal_server::Server;

use crate::world::World;

/// What it says about this configuration, one line per check.
async fn doctor(options: sandbox::Options, change: impl FnOnce(&mut Config)) -> Vec<String> {
    let world = World::asleep("doctor", options, change).await;
    let findings = worker::doctor::run(&world.config, &world.client).await;
    findings.iter().map(ToString::to_string).collect()
}

/// The lines about what is wrong.
fn wrong(findings: &[String]) -> Vec<&str> {
    findings.iter().map(String::as_str).filter(|line| line.starts_with("WRONG")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_configuration_is_ok() {
    let findings = doctor(sandbox::Options::default(), |_| {}).await;
    assert_eq!(wrong(&findings), [""; 0]);
    for part in ["search attributes", "permits", "scopes", "custom fields", "item", "currency"] {
        assert!(findings.iter().any(|line| line.contains(part)), "{part} is not checked: {findings:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_fault_is_found_and_named() {
    let mut options = sandbox::Options::default();
    options.shopify.scopes.retain(|scope| !["write_orders", "read_shopify_payments_payouts"].contains(&scope.as_str()));
    let findings = doctor(options, |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.mappings.items.insert("A-SKU".into(), "99999".into());
        brand.special_items.discount = Some("98765".into());
        brand.orders.location = Some("77".into());
        brand.orders.subsidiary = "66".into();
        brand.payments.settled = config::Settled::PaidOut;
        brand.orders.default_customer = Some("55555".into());
        brand.orders.currencies = [("EUR".to_owned(), "2".to_owned()), ("CHF".to_owned(), "44".to_owned())].into();
        let account = config.netsuite.get_mut("main").unwrap();
        account.processes = 2;
        config.connector.public_url = Some("https://hooks.example.com".parse().unwrap());
    })
    .await;
    let wrong = wrong(&findings);
    for parts in [
        ["scopes", "write_orders"],
        ["scopes", "read_shopify_payments_payouts missing"],
        ["item", "98765, 99999"],
        ["location", "77"],
        ["subsidiary", "66"],
        ["customer", "55555"],
        ["currency", "44"],
        ["shopify of acme: currency", "USD is not mapped"],
        ["netsuite.main.permits", "10 × 2 processes = 20 is more than the account's limit of 15"],
        ["webhooks", "run agent setup"],
    ] {
        let found = wrong.iter().any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(found, "{parts:?} in: {wrong:#?}");
    }
    assert_eq!(wrong.len(), 9, "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_credentials_are_told_apart_and_do_not_stop_the_other_checks() {
    let findings = doctor(sandbox::Options::default(), |config| {
        let brand = config.brands.get_mut("acme").unwrap();
        brand.shopify.auth = ShopifyAuth::AccessToken { token: Secret::new("shpat_wrong") };
        if let config::NetsuiteAuth::OAuth2 { client_id, .. } = &mut config.netsuite.get_mut("main").unwrap().auth {
            *client_id = "somebody-else".into();
        }
    })
    .await;
    let wrong = wrong(&findings);
    assert!(wrong.iter().any(|line| line.contains("shopify of acme: sign-in")), "{wrong:#?}");
    assert!(wrong.iter().any(|line| line.contains("netsuite of acme")), "{wrong:#?}");
    assert!(!findings.join("\n").contains("shpat_wrong"), "a secret is told");
    assert!(findings.iter().any(|line| line.starts_with("ok") && line.contains("temporal")), "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_without_our_search_attributes() {
    let world = World::asleep("doctor", sandbox::Options::default(), |_| {}).await;
    let namespace = format!("doctor-{}", uuid::Uuid::new_v4().simple());
    let server = Server::shared().await.unwrap();
    let client = temporal_server::create_namespace(server.address(), &namespace, &[]).await.unwrap();
    let findings = worker::doctor::run(&world.config, &client).await;
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let wrong = wrong(&findings);
    assert!(
        wrong.iter().any(|line| line.contains("Brand, AgentStatus, Documents missing; run agent setup")),
        "{wrong:#?}"
    );
}
