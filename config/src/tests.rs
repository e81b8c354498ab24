use std::io::Write;

use secrecy::ExposeSecret;

use super::*;

const EXAMPLE: &str = include_str!("../example.toml");

/// The example with its secrets in files that exist.
fn example() -> (tempfile::NamedTempFile, String) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "s3cret").unwrap();
    let reference = format!("{{ file = {:?} }}", file.path());
    let text = EXAMPLE
        .replace("{ file = \"netsuite-key.pem\" }", &reference)
        .replace("{ env = \"DCL_PASSWORD\" }", &reference)
        .replace("{ env = \"SHOPIFY_CLIENT_SECRET\" }", &reference);
    (file, text)
}

#[test]
fn the_example_is_whole() {
    let (_file, text) = example();
    let config = Config::parse(&text).unwrap();
    let brand = config.brand("acme").unwrap();
    assert_eq!(config.sole_brand(), Some("acme"));
    assert_eq!(brand.shopify.webhook_secret.value().expose_secret(), "s3cret");
    assert_eq!(brand.poll.every.as_secs(), 60);
    assert_eq!(brand.warehouse.as_ref().unwrap().carriers["FEDEX"].company, "FedEx");
    assert_eq!(brand.payments.methods["gift_card"].account.as_deref(), Some("703"));
    assert_eq!((brand.inbound.locations["1"].as_str(), brand.inbound_subsidiaries().len()), ("FR", 1));
    assert!(brand.enables("shopifyToNetsuiteWorkflow"));
    assert_eq!(config.netsuite_of(brand).unwrap().permits, 5);
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn what_cannot_work_is_named() {
    let (_file, text) = example();
    for (from, to, named) in [
        ("time_zone = \"America/New_York\"", "time_zone = \"Mars/Olympus\"", "brands.acme.time_zone"),
        ("netsuite = \"main\"", "netsuite = \"other\"", "brands.acme.netsuite"),
        ("permits = 5", "permits = 0", "netsuite.main.permits"),
        ("permits = 5", "permit = 5", "permit"),
        ("[brands.acme]", "[brands.ACME]", "lower-case"),
        ("every = \"1m\"", "every = \"soon\"", "every"),
        ("sha256 = \"2b", "sha256 = \"zz", "connector.tokens[0].sha256"),
        ("code = \"403\", type = \"401\"", "code = \"403\"", "State Tax"),
        ("go_live = \"2026-12-01T00:00:00Z\"", "go_live = \"yesterday\"", "go_live"),
        ("currencies = { USD = \"1\", CAD = \"4\" }", "currencies = {}", "orders.currencies"),
        ("tax_style = \"suiteTaxOverride\"", "tax_style = \"vat\"", "tax_style"),
        ("subsidiary = \"1\"", "subsidiary = \"1\"\npayment_states = [\"paid\"]", "orders.payment_states"),
        ("subsidiary = \"1\"", "subsidiary = \"1\"\nsent_tag = \"\"", "orders.sent_tag"),
        ("dcl = \"main\"", "dcl = \"other\"", "brands.acme.warehouse.dcl"),
        ("account_number = \"10501\"", "account_number = \"12345678901\"", "warehouse.account_number"),
        ("service = \"GROUND\" }, \"202\"", "service = \"\" }, \"202\"", "warehouse.ship_methods"),
        ("[brands.acme.warehouse]", "[brands.acme.storehouse]", "storehouse"),
        ("when = \"perFulfillment\"", "when = \"monthly\"", "when"),
        ("when = \"perFulfillment\"", "invoiced_tag = \"SENT_TO_NS\"", "billing.invoiced_tag"),
        ("tolerance = \"0.05\"", "tolerance = \"-1\"", "payments.tolerance"),
        ("cancelled_every = \"10m\"", "cancelled_every = \"1ms\"", "poll.cancelled_every"),
        ("ahead = \"wait\"", "ahead = \"perhaps\"", "ahead"),
        ("settled = \"captured\"", "settled = \"banked\"", "settled"),
        ("payouts_every = \"1h\"", "payouts_every = \"0s\"", "poll.payouts_every"),
        ("locations = { \"1\" = \"FR\" }", "locations = { \"1\" = \"FREMONT\" }", "inbound.locations"),
        ("over_percent = \"2\"", "over_percent = \"101\"", "inbound.over_percent"),
        ("over = \"park\"", "over = \"burn\"", "over"),
        ("short_after_days = 14", "short_after_days = 14\noverlap_days = 0", "inbound.overlap_days"),
        ("short_after_days = 14", "short_after_days = 9999", "inbound.short_after_days"),
        ("overlap = \"5m\"", "overlap = \"1s\"", "poll.overlap"),
        ("{ \"1\" = \"71234567890\" }", "{}", "brands.acme.stock.locations"),
        ("{ \"1\" = \"71234567890\" }", "{ \"1\" = \"gid://shopify/Location/1\" }", "is no id"),
        ("{ \"1\" = \"71234567890\" }", "{ \"7\" = \"71234567890\" }", "orders.location"),
        ("share = \"0.5\"", "share = \"1.5\"", "stock.share"),
        ("bundles_after = \"10s\"", "bundles_after = \"15m\"", "stock.bundles_after"),
        ("ignore = true", "ignored = true", "ignored"),
        ("[brands.acme.stock]", "[brands.acme.stocks]", "stocks"),
    ] {
        let broken = text.replace(from, to);
        assert_ne!(broken, text, "{from} is not in the example");
        let broken = if to == "[brands.ACME]" { broken.replace("[brands.acme.", "[brands.ACME.") } else { broken };
        let error = Config::parse(&broken).expect_err(to).to_string();
        assert!(error.contains(named), "{to}: {error}");
    }
}

#[test]
fn agents_of_the_inbound_way_need_their_warehouse() {
    let (_file, text) = example();
    let agents = "agents = [\"dclPoNotificationWorkflow\",";
    let enabled = text.replace("agents = [", agents);
    assert_ne!(enabled, text);
    Config::parse(&enabled).unwrap();
    for (from, to, named) in [
        ("locations = { \"1\" = \"FR\" }", "", "brands.acme.inbound.locations"),
        ("[brands.acme.warehouse]\ndcl = \"main\"", "[brands.acme.warehouse]\ndcl = \"other\"", "warehouse.dcl"),
    ] {
        let error = Config::parse(&enabled.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn brands_and_accounts_do_not_meet() {
    let (_file, text) = example();
    let brand = &text[text.find("[brands.acme]").unwrap()..];
    let other = |name: &str| brand.replace("brands.acme", &format!("brands.{name}"));
    let error = Config::parse(&format!("{text}\n{}", other("other"))).unwrap_err().to_string();
    assert!(error.contains("brands.other.shopify.shop") && error.contains("brands.acme"), "{error}");
    let error =
        Config::parse(&format!("{text}\n{}", other("acme-eu").replace("acme.my", "eu.my"))).unwrap_err().to_string();
    assert!(error.contains("brands.acme-eu"), "{error}");
    let login = &text[text.find("[dcl.main]").unwrap()..text.find("[brands.acme]").unwrap()];
    let error = Config::parse(&format!("{text}\n{}", login.replace("dcl.main", "dcl.second"))).unwrap_err().to_string();
    assert!(error.contains("dcl.second.username"), "{error}");
    let account = &text[text.find("[netsuite.main]").unwrap()..text.find("[dcl.main]").unwrap()];
    let error = Config::parse(&format!("{text}\n{}", account.replace("netsuite.main", "netsuite.second")))
        .unwrap_err()
        .to_string();
    assert!(error.contains("netsuite.second.account"), "{error}");
}

#[test]
fn a_missing_secret_is_found_at_once() {
    let error = Config::parse(EXAMPLE).unwrap_err().to_string();
    assert!(error.contains("netsuite-key.pem") || error.contains("SHOPIFY_CLIENT_SECRET"), "{error}");
}
