//! Reads the vendors and says whether they agree. Ends with 0 if they do, 1 on violations, 2 without a verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use checker::{
    Billing, Booked, Dcl, Netsuite, NetsuiteAuth, Patience, Rules, Shopify, ShopifyAuth, Stages, Table, Vendors,
};
use clap::{Parser, ValueEnum};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

/// Proves that every order of a Shopify store has exactly one right Sales Order in NetSuite, or a reason; and, as
/// far as asked for, that it is shipped, billed and paid once.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The store, such as https://acme.myshopify.com
    #[arg(long, env = "SHOPIFY_URL")]
    shopify_url: Url,
    /// Version of the Admin API
    #[arg(long, env = "SHOPIFY_API_VERSION", default_value = "2026-10")]
    shopify_api_version: String,
    /// A ready access token
    #[arg(long, env = "SHOPIFY_ACCESS_TOKEN", hide_env_values = true)]
    shopify_access_token: Option<SecretString>,
    /// Instead of a token: the app's client id
    #[arg(long, env = "SHOPIFY_CLIENT_ID", requires = "shopify_client_secret")]
    shopify_client_id: Option<String>,
    /// Its client secret
    #[arg(long, env = "SHOPIFY_CLIENT_SECRET", hide_env_values = true)]
    shopify_client_secret: Option<SecretString>,

    /// The account, such as https://1234567.suitetalk.api.netsuite.com
    #[arg(long, env = "NETSUITE_URL")]
    netsuite_url: Url,
    /// A ready OAuth 2.0 access token
    #[arg(long, env = "NETSUITE_ACCESS_TOKEN", hide_env_values = true)]
    netsuite_access_token: Option<SecretString>,
    /// OAuth 2.0: client id
    #[arg(long, env = "NETSUITE_CLIENT_ID", requires = "netsuite_certificate_id", requires = "netsuite_private_key")]
    netsuite_client_id: Option<String>,
    /// OAuth 2.0: id of the certificate
    #[arg(long, env = "NETSUITE_CERTIFICATE_ID")]
    netsuite_certificate_id: Option<String>,
    /// OAuth 2.0: file with the private key (PEM, PKCS #8, P-256)
    #[arg(long, env = "NETSUITE_PRIVATE_KEY_FILE")]
    netsuite_private_key: Option<PathBuf>,
    /// Token-based authentication: account id
    #[arg(long, env = "NETSUITE_ACCOUNT")]
    netsuite_account: Option<String>,
    /// Token-based authentication: consumer key
    #[arg(long, env = "NETSUITE_CONSUMER_KEY")]
    netsuite_consumer_key: Option<String>,
    /// Token-based authentication: consumer secret
    #[arg(long, env = "NETSUITE_CONSUMER_SECRET", hide_env_values = true)]
    netsuite_consumer_secret: Option<SecretString>,
    /// Token-based authentication: token id
    #[arg(long, env = "NETSUITE_TOKEN_ID")]
    netsuite_token_id: Option<String>,
    /// Token-based authentication: token secret
    #[arg(long, env = "NETSUITE_TOKEN_SECRET", hide_env_values = true)]
    netsuite_token_secret: Option<SecretString>,

    /// The warehouse, such as https://api.dclcorp.com; with a path, such as .../api/sandbox, taken as it is
    #[arg(long, env = "DCL_URL")]
    dcl_url: Option<Url>,
    /// Its user
    #[arg(long, env = "DCL_USER")]
    dcl_user: Option<String>,
    /// The user's password
    #[arg(long, env = "DCL_PASSWORD", hide_env_values = true)]
    dcl_password: Option<SecretString>,
    /// The brand's account number there; orders of other accounts are only counted
    #[arg(long, env = "DCL_ACCOUNT")]
    dcl_account: Option<String>,

    /// Judge the warehouse's orders, the Item Fulfillments and what the store was told of them
    #[arg(long, requires = "dcl_url", requires = "dcl_user", requires = "dcl_password")]
    warehouse: bool,
    /// Judge what is billed, and by which document
    #[arg(long, value_enum)]
    billing: Option<BillingArgument>,
    /// Judge the customer payments and the tenders of the store's orders
    #[arg(long)]
    payment: bool,
    /// The tag of an order that is billed in full
    #[arg(long, default_value = "INVOICED")]
    invoiced_tag: String,

    /// The brand, as in SO-<brand>-<order id>
    #[arg(long)]
    brand: String,
    /// Internal id of its subsidiary
    #[arg(long)]
    subsidiary: String,
    /// Which of an order's two currencies is booked
    #[arg(long, value_enum, default_value = "shop")]
    booked: BookedArgument,
    /// ISO code and internal id of a currency, such as USD=1; repeat for each
    #[arg(long = "currency", value_parser = pair, required = true)]
    currencies: Vec<(String, String)>,
    /// Internal id of the customer for orders with neither customer nor e-mail
    #[arg(long)]
    default_customer: Option<String>,
    /// The tag of an order that has its Sales Order
    #[arg(long, default_value = "SENT_TO_NS")]
    tag: String,
    /// Sales Orders may wait for a person's approval
    #[arg(long)]
    approval_by_hand: bool,
    /// Orders before this moment must have no Sales Order of the brand
    #[arg(long)]
    go_live: Option<Timestamp>,
    /// External id of a Sales Order whose order came from another channel; repeat for each
    #[arg(long = "other-channel")]
    other_channels: Vec<String>,
    /// Only these orders, in Shopify's search syntax
    #[arg(long)]
    query: Option<String>,
    /// Print each order with its Sales Order, shipments, bills and payments
    #[arg(long)]
    table: bool,
    /// JSON file: order id to the reason why it has no finished Sales Order, or why a later stage is not finished
    #[arg(long)]
    reasons: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum BookedArgument {
    Shop,
    Presentment,
}

#[derive(Clone, Copy, ValueEnum)]
enum BillingArgument {
    Invoice,
    CashSale,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("no verdict: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool> {
    let patience = Patience::default();
    let shopify_auth = shopify_auth(&arguments)?;
    let netsuite_auth = netsuite_auth(&arguments)?;
    let reasons = reasons(arguments.reasons.as_ref())?;
    let version = &arguments.shopify_api_version;
    let shopify = Shopify::new(arguments.shopify_url, version, shopify_auth, patience)?;
    let netsuite = Netsuite::new(arguments.netsuite_url, netsuite_auth, patience)?;
    let dcl = match (&arguments.dcl_url, &arguments.dcl_user, arguments.dcl_password) {
        (Some(url), Some(user), Some(password)) if arguments.warehouse => {
            Some(Dcl::new(url, user, password, arguments.dcl_account, patience)?)
        }
        _ => None,
    };
    let billing = arguments.billing.map(|billing| match billing {
        BillingArgument::Invoice => Billing::Invoice,
        BillingArgument::CashSale => Billing::CashSale,
    });
    let rules = Rules {
        brand: arguments.brand,
        subsidiary: arguments.subsidiary,
        booked: match arguments.booked {
            BookedArgument::Shop => Booked::Shop,
            BookedArgument::Presentment => Booked::Presentment,
        },
        currencies: arguments.currencies.into_iter().collect(),
        default_customer: arguments.default_customer,
        tag: arguments.tag,
        released: !arguments.approval_by_hand,
        go_live: arguments.go_live,
        other_channels: BTreeSet::from_iter(arguments.other_channels),
        stages: Stages {
            warehouse: arguments.warehouse,
            billing,
            payment: arguments.payment,
            invoiced_tag: arguments.invoiced_tag,
        },
    };
    let vendors = Vendors { shopify: &shopify, netsuite: &netsuite, dcl: dcl.as_ref() };
    let verdict = vendors.check(&rules, arguments.query.as_deref(), reasons).await?;
    if arguments.table {
        println!("{}", Table(&verdict));
    }
    println!("{verdict}");
    Ok(verdict.is_clean())
}

fn shopify_auth(arguments: &Arguments) -> Result<ShopifyAuth> {
    let a = arguments;
    if let Some(token) = &a.shopify_access_token {
        return Ok(ShopifyAuth::AccessToken(token.clone()));
    }
    let (Some(client_id), Some(client_secret)) = (a.shopify_client_id.clone(), a.shopify_client_secret.clone()) else {
        bail!("Shopify credentials: give an access token, or client id and client secret");
    };
    Ok(ShopifyAuth::ClientCredentials { client_id, client_secret })
}

fn netsuite_auth(arguments: &Arguments) -> Result<NetsuiteAuth> {
    let a = arguments;
    if let Some(token) = &a.netsuite_access_token {
        return Ok(NetsuiteAuth::AccessToken(token.clone()));
    }
    if let (Some(client_id), Some(certificate_id), Some(file)) =
        (a.netsuite_client_id.clone(), a.netsuite_certificate_id.clone(), &a.netsuite_private_key)
    {
        let pem = fs::read_to_string(file).with_context(|| format!("private key {}", file.display()))?;
        return Ok(NetsuiteAuth::OAuth2 { client_id, certificate_id, private_key_pem: pem.into() });
    }
    let tba = (
        a.netsuite_account.clone(),
        a.netsuite_consumer_key.clone(),
        a.netsuite_consumer_secret.clone(),
        a.netsuite_token_id.clone(),
        a.netsuite_token_secret.clone(),
    );
    let (Some(account), Some(consumer_key), Some(consumer_secret), Some(token_id), Some(token_secret)) = tba else {
        bail!(
            "NetSuite credentials: give an access token, the three of OAuth 2.0, or the five of token-based authentication"
        );
    };
    Ok(NetsuiteAuth::Tba { account, consumer_key, consumer_secret, token_id, token_secret })
}

fn reasons(file: Option<&PathBuf>) -> Result<BTreeMap<u64, String>> {
    let Some(file) = file else {
        return Ok(BTreeMap::new());
    };
    let text = fs::read_to_string(file).with_context(|| format!("reasons {}", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("reasons {}: a map of order id to text expected", file.display()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((code, id)) if !code.is_empty() && !id.is_empty() => Ok((code.to_owned(), id.to_owned())),
        _ => Err("CODE=ID expected, such as USD=1".to_owned()),
    }
}
