#![doc = include_str!("../README.md")]

mod brand;
mod inbound;
mod money;
mod poll;
mod secret;
mod stock;
mod warehouse;

use std::{collections::BTreeMap, net::SocketAddr, path::Path, time::Duration};

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use serde::Deserialize;

pub use brand::{BookedCurrency, Brand, Mappings, OrderPolicy, Shopify, ShopifyAuth, SpecialItems, TaxCode, TaxStyle};
pub use inbound::{Inbound, Short, Surplus};
pub use money::{Ahead, Billing, BillingTime, Payments, Settled, Tender};
pub use poll::Poll;
pub use secret::Secret;
pub use stock::{Assemblies, SkuPolicy, Stock};
pub use warehouse::{Carrier, KitPolicy, ShipMethod, Warehouse};

/// Everything a deployment is told. Shape: `stateset.toml`, see the example beside this crate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// One entry per store. The name is part of every workflow id: lower-case letters, digits and `-`.
    pub brands: BTreeMap<String, Brand>,
    /// NetSuite accounts by a name that brands refer to. One pool of permits per account.
    pub netsuite: BTreeMap<String, NetsuiteAccount>,
    /// DCL logins by a name that brands refer to. One pool of permits per login.
    #[serde(default)]
    pub dcl: BTreeMap<String, DclLogin>,
    /// The HTTP and gRPC façade.
    #[serde(default)]
    pub connector: Connector,
    /// The process that runs the agents.
    #[serde(default)]
    pub worker: Worker,
}

/// The connector's own settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connector {
    /// Address for REST, webhooks and gRPC.
    pub listen: SocketAddr,
    /// Callers and what they may do.
    pub tokens: Vec<Token>,
    /// Largest request body, in bytes.
    pub max_body: usize,
    /// Where vendors reach this connector, for webhook subscriptions: `https://hooks.example.com`.
    pub public_url: Option<url::Url>,
}

impl Default for Connector {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), tokens: vec![], max_body: 5 << 20, public_url: None }
    }
}

/// A bearer token, known by its hash only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who holds it; appears in logs.
    pub name: String,
    /// SHA-256 of the token, 64 hex digits.
    pub sha256: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Start workflows.
    Run,
    /// Publish events.
    Events,
    /// Look at runs.
    Read,
}

/// The worker's own settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// Address of `/metrics`, `/healthz`, `/readyz`.
    pub listen: SocketAddr,
    /// Runs kept in memory; beyond about 2,000 the SDK slows down.
    pub max_cached_workflows: usize,
    /// After so many activities the SDK worker is renewed in place: SDK 1.1.1 keeps about 260 bytes of each activity for ever.
    pub renew_after_activities: u64,
    /// Compress gRPC to Temporal. Costs a third of the worker's CPU; worth it only across a paid network.
    pub grpc_compression: bool,
    /// How long a record that was just announced may be missing at its vendor.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub not_found_patience: Duration,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            max_cached_workflows: 500,
            renew_after_activities: 20_000,
            grpc_compression: false,
            not_found_patience: Duration::from_secs(300),
        }
    }
}

/// One NetSuite account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetsuiteAccount {
    /// Account id as NetSuite shows it: `1234567`, `1234567_SB1`.
    pub account: String,
    /// Default: `https://<account>.suitetalk.api.netsuite.com`.
    pub base_url: Option<url::Url>,
    /// How to sign in.
    pub auth: NetsuiteAuth,
    /// Requests at once that this process may have at the account: its share of the account's limit.
    #[serde(default = "five")]
    pub permits: u32,
    /// The account's whole limit, for `agent doctor` to compare the shares with.
    pub concurrency_limit: Option<u32>,
    /// Processes that share the account, for the same sum.
    #[serde(default = "one")]
    pub processes: u32,
    /// After an answer that was lost: how long the request may still land. NetSuite gives up after 15 minutes.
    #[serde(default = "deadline", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub request_deadline: Duration,
}

/// One login at DCL Logistics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DclLogin {
    /// eFactory user.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// Default: `https://api.dclcorp.com/api/v1/`; the sandbox is `https://api.dclcorp.com/api/sandbox/`.
    pub base_url: Option<url::Url>,
    /// Requests at once that this process may have at the login.
    #[serde(default = "five")]
    pub permits: u32,
    /// After an answer that was lost: how long the request may still land.
    #[serde(default = "dcl_deadline", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub request_deadline: Duration,
}

fn dcl_deadline() -> Duration {
    Duration::from_secs(5 * 60)
}

fn five() -> u32 {
    5
}
fn one() -> u32 {
    1
}
fn deadline() -> Duration {
    Duration::from_secs(15 * 60)
}

/// NetSuite sign-in. OAuth 2.0 is what Oracle recommends.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum NetsuiteAuth {
    /// OAuth 2.0 client credentials with a certificate (M2M).
    OAuth2 {
        /// Client id of the integration record.
        client_id: String,
        /// Id of the uploaded certificate.
        certificate_id: String,
        /// Private key of the certificate, PEM (PKCS#8), EC or RSA.
        private_key: Secret,
    },
    /// Token-based authentication (OAuth 1.0a).
    Tba {
        /// Consumer key of the integration record.
        consumer_key: String,
        /// Its secret.
        consumer_secret: Secret,
        /// Token id of user and role.
        token_id: String,
        /// Its secret.
        token_secret: Secret,
    },
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not readable, not TOML, an unknown or missing field, a wrong type; the text names the field and the file.
    #[error("configuration: {0}")]
    Parse(Box<figment::Error>),
    /// Readable, but a value cannot work.
    #[error("configuration: {field}: {problem}")]
    Invalid {
        /// Dotted path of the field.
        field: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl ConfigError {
    fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), problem: problem.into() }
    }
}

impl Config {
    /// Reads the file and the environment, then checks every value that can be checked without a network.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::from_figment(
            Figment::from(Toml::file_exact(path))
                .merge(Env::prefixed("STATESET_").split("__").ignore(&["token", "endpoint", "config"])),
        )
    }

    /// The same from a text, without the environment.
    pub fn parse(toml: &str) -> Result<Self, ConfigError> {
        Self::from_figment(Figment::from(Toml::string(toml)))
    }

    fn from_figment(figment: Figment) -> Result<Self, ConfigError> {
        let config: Self = figment.extract().map_err(|e| ConfigError::Parse(Box::new(e)))?;
        config.check()?;
        Ok(config)
    }

    /// The brand, or an error that names the ones there are.
    pub fn brand(&self, name: &str) -> Result<&Brand, ConfigError> {
        self.brands.get(name).ok_or_else(|| {
            let known = self.brands.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            ConfigError::invalid("brand", format!("{name:?} is not configured; configured: {known}"))
        })
    }

    /// The brand's NetSuite account. `check` has made sure that it is there.
    pub fn netsuite_of(&self, brand: &Brand) -> Result<&NetsuiteAccount, ConfigError> {
        self.netsuite
            .get(&brand.netsuite)
            .ok_or_else(|| ConfigError::invalid("netsuite", format!("no account named {:?}", brand.netsuite)))
    }

    /// The only brand, where an input may leave it out.
    pub fn sole_brand(&self) -> Option<&str> {
        let mut names = self.brands.keys();
        match (names.next(), names.next()) {
            (Some(name), None) => Some(name),
            _ => None,
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.brands.is_empty() {
            return Err(ConfigError::invalid("brands", "none configured; add [brands.<name>]"));
        }
        for (name, account) in &self.netsuite {
            if account.permits == 0 {
                return Err(ConfigError::invalid(
                    format!("netsuite.{name}.permits"),
                    "0 would never call; use at least 1",
                ));
            }
        }
        for (name, login) in &self.dcl {
            if login.permits == 0 {
                let problem = "0 would never call; use at least 1";
                return Err(ConfigError::invalid(format!("dcl.{name}.permits"), problem));
            }
        }
        if let Some((a, b)) = twice(&self.dcl, |login| login.username.clone()) {
            let problem = format!("the same login as dcl.{a}: one login has one pool of permits");
            return Err(ConfigError::invalid(format!("dcl.{b}.username"), problem));
        }
        if let Some((a, b)) = twice(&self.netsuite, |account| account.account.to_ascii_lowercase()) {
            let problem = format!("the same account as netsuite.{a}: one account has one pool of permits");
            return Err(ConfigError::invalid(format!("netsuite.{b}.account"), problem));
        }
        if let Some((a, b)) = twice(&self.brands, |brand| brand.shopify.shop.to_ascii_lowercase()) {
            let problem = format!("the same store as brands.{a}: every order would be booked twice");
            return Err(ConfigError::invalid(format!("brands.{b}.shopify.shop"), problem));
        }
        for (name, brand) in &self.brands {
            // Keys are `SO-<brand>-<order>`: `eu-1` of `acme` must not be `1` of `acme-eu`.
            if let Some(other) = self.brands.keys().find(|other| name.starts_with(&format!("{other}-"))) {
                let problem = format!("begins with the name of brand {other} and '-': their keys could meet");
                return Err(ConfigError::invalid(format!("brands.{name}"), problem));
            }
            let field = |f: &str| format!("brands.{name}.{f}");
            if name.is_empty()
                || name.len() > 32
                || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            {
                return Err(ConfigError::invalid(
                    field(""),
                    "a brand's name is 1 to 32 lower-case letters, digits and '-'",
                ));
            }
            if !self.netsuite.contains_key(&brand.netsuite) {
                return Err(ConfigError::invalid(
                    field("netsuite"),
                    format!("no [netsuite.{}] in this file", brand.netsuite),
                ));
            }
            if let Some(warehouse) = brand.warehouse.as_ref().filter(|w| !self.dcl.contains_key(&w.dcl)) {
                let problem = format!("no [dcl.{}] in this file", warehouse.dcl);
                return Err(ConfigError::invalid(field("warehouse.dcl"), problem));
            }
            brand.check(&field)?;
        }
        for (n, token) in self.connector.tokens.iter().enumerate() {
            if token.sha256.len() != 64 || !token.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(ConfigError::invalid(
                    format!("connector.tokens[{n}].sha256"),
                    "64 hex digits expected: printf %s \"$TOKEN\" | sha256sum",
                ));
            }
        }
        Ok(())
    }
}

/// Two entries that have the same value where each must have its own.
fn twice<T>(entries: &BTreeMap<String, T>, value: impl Fn(&T) -> String) -> Option<(&String, &String)> {
    let mut seen = BTreeMap::new();
    entries.iter().find_map(|(name, entry)| seen.insert(value(entry), name).map(|first| (first, name)))
}

#[cfg(test)]
mod tests;
