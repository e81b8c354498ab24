//! A client per store and account, its permits, and the one way to call them.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use client_core::{BadSettings, Error};
use config::{Brand, Config, ConfigError, NetsuiteAuth, ShopifyAuth};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

use workflows::contracts::NETSUITE;

use crate::{
    Agents, failure,
    pool::{Busy, Pool},
};

/// How long a client waits for its vendor. Shorter than one attempt of an activity.
const TIMEOUT: Duration = Duration::from_secs(30);
/// DCL's production API; its sandbox is a matter of configuration.
const DCL_API: &str = "https://api.dclcorp.com/api/v1/";
/// A regular attempt says so often that it is alive.
const ALIVE: Duration = Duration::from_secs(3);

/// Every brand's vendors.
pub struct Vendors {
    stores: BTreeMap<String, Store>,
    accounts: BTreeMap<String, Account>,
    logins: BTreeMap<String, Login>,
}

/// A Shopify store.
pub struct Store {
    /// Its client.
    pub client: client_shopify::Client,
    /// Its permits.
    pub pool: Arc<Pool>,
    /// How long a request whose answer was lost may still land.
    pub request_deadline: Duration,
}

/// A NetSuite account.
pub struct Account {
    /// Its client.
    pub client: client_netsuite::Client,
    /// Its permits.
    pub pool: Arc<Pool>,
    /// How long a request whose answer was lost may still land.
    pub request_deadline: Duration,
}

/// A login at DCL.
pub struct Login {
    /// Its client.
    pub client: client_dcl::Client,
    /// Its permits.
    pub pool: Arc<Pool>,
    /// How long a request whose answer was lost may still land.
    pub request_deadline: Duration,
}

/// Settings from which no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum VendorsError {
    /// A value that only the client can judge.
    #[error("configuration: {name}: {source}")]
    Settings {
        /// Which brand or account.
        name: String,
        /// The field and what is wrong with it.
        source: BadSettings,
    },
    /// A missing part.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl Vendors {
    /// Makes every client. Nothing is sent yet.
    pub fn new(config: &Config) -> Result<Self, VendorsError> {
        let mut stores = BTreeMap::new();
        for (name, brand) in &config.brands {
            let store = store(brand).map_err(|source| VendorsError::Settings { name: name.clone(), source })?;
            stores.insert(name.clone(), store);
        }
        let mut accounts = BTreeMap::new();
        for (name, account) in &config.netsuite {
            let account =
                self::account(account).map_err(|source| VendorsError::Settings { name: name.clone(), source })?;
            accounts.insert(name.clone(), account);
        }
        let mut logins = BTreeMap::new();
        for (name, login) in &config.dcl {
            let login = self::login(login).map_err(|source| VendorsError::Settings { name: name.clone(), source })?;
            logins.insert(name.clone(), login);
        }
        Ok(Self { stores, accounts, logins })
    }

    /// A brand's store.
    pub fn store(&self, brand: &str) -> Option<&Store> {
        self.stores.get(brand)
    }

    /// A NetSuite account by its name in the configuration.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// A DCL login by its name in the configuration.
    pub fn login(&self, name: &str) -> Option<&Login> {
        self.logins.get(name)
    }

    /// Every pool.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        let (stores, accounts) = (self.stores.values().map(|s| &s.pool), self.accounts.values().map(|a| &a.pool));
        stores.chain(accounts).chain(self.logins.values().map(|l| &l.pool)).map(Arc::as_ref)
    }

    /// Requests at once over all stores: what a queue for them needs.
    pub fn store_permits(&self) -> u32 {
        self.stores.values().map(|s| s.pool.figures().0).sum()
    }

    /// Requests at once over all DCL logins.
    pub fn login_permits(&self) -> u32 {
        self.logins.values().map(|l| l.pool.figures().0).sum()
    }

    /// Requests at once over all accounts.
    pub fn account_permits(&self) -> u32 {
        self.accounts.values().map(|a| a.pool.figures().0).sum()
    }
}

fn login(login: &config::DclLogin) -> Result<Login, BadSettings> {
    let base_url = match &login.base_url {
        Some(url) => url.clone(),
        None => DCL_API
            .parse()
            .map_err(|_| BadSettings { field: "base_url", message: format!("{DCL_API:?} is no address") })?,
    };
    let settings = client_dcl::Settings {
        base_url,
        username: login.username.clone(),
        password: login.password.value().clone(),
        timeout: TIMEOUT,
    };
    Ok(Login {
        client: client_dcl::Client::new(settings)?,
        pool: Pool::new(format!("dcl:{}", login.username), login.permits),
        request_deadline: login.request_deadline,
    })
}

fn store(brand: &Brand) -> Result<Store, BadSettings> {
    let shop = &brand.shopify;
    let base_url = match &shop.base_url {
        Some(url) => url.clone(),
        None => format!("https://{}", shop.shop)
            .parse()
            .map_err(|_| BadSettings { field: "shop", message: format!("{:?} is not a host name", shop.shop) })?,
    };
    let auth = match &shop.auth {
        ShopifyAuth::AccessToken { token } => client_shopify::Auth::AccessToken(token.value().clone()),
        ShopifyAuth::ClientCredentials { client_id, client_secret } => client_shopify::Auth::ClientCredentials {
            client_id: client_id.clone(),
            client_secret: client_secret.value().clone(),
        },
    };
    let settings = client_shopify::Settings { base_url, api_version: shop.api_version.clone(), auth, timeout: TIMEOUT };
    let pool = Pool::new(format!("shopify:{}", shop.shop), shop.permits);
    Ok(Store { client: client_shopify::Client::new(settings)?, pool, request_deadline: shop.request_deadline })
}

fn account(account: &config::NetsuiteAccount) -> Result<Account, BadSettings> {
    let base_url = match &account.base_url {
        Some(url) => url.clone(),
        None => client_netsuite::Settings::account_url(&account.account)?,
    };
    let plain = |text: &str| SecretString::from(text.to_owned());
    let auth = match &account.auth {
        NetsuiteAuth::OAuth2 { client_id, certificate_id, private_key } => client_netsuite::Auth::OAuth2 {
            client_id: client_id.clone(),
            certificate_id: certificate_id.clone(),
            private_key_pem: private_key.value().clone(),
        },
        NetsuiteAuth::Tba { consumer_key, consumer_secret, token_id, token_secret } => client_netsuite::Auth::Tba {
            consumer_key: plain(consumer_key),
            consumer_secret: plain(consumer_secret.value().expose_secret()),
            token_id: plain(token_id),
            token_secret: plain(token_secret.value().expose_secret()),
        },
    };
    let settings = client_netsuite::Settings { base_url, account: account.account.clone(), auth, timeout: TIMEOUT };
    Ok(Account {
        client: client_netsuite::Client::new(settings)?,
        pool: Pool::new(format!("netsuite:{}", account.account), account.permits),
        request_deadline: account.request_deadline,
    })
}

/// Who is called, and by which name the metrics know the call.
pub(crate) struct Call<'a> {
    pub(crate) vendor: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) pool: &'a Arc<Pool>,
}

impl Agents {
    pub(crate) fn store_of(&self, brand: &str) -> Result<&Store, ActivityError> {
        self.vendors.store(brand).ok_or_else(|| self.unknown_brand(brand))
    }

    pub(crate) fn account_of(&self, brand: &str) -> Result<&Account, ActivityError> {
        let name = &self.brand(brand)?.netsuite;
        self.vendors
            .account(name)
            .ok_or_else(|| failure::never("InvalidInput", format!("netsuite: no account {name:?}")))
    }

    pub(crate) fn login_of(&self, brand: &str) -> Result<&Login, ActivityError> {
        let warehouse = self.brand(brand)?.warehouse.as_ref();
        let login = warehouse.and_then(|w| self.vendors.login(&w.dcl));
        login.ok_or_else(|| failure::never("Configuration", format!("brands.{brand}.warehouse is not configured")))
    }

    /// The brand that an input means: the one that it names, or the only one. Refused where the agent is not enabled.
    pub(crate) fn meant_brand(&self, brand: Option<String>, workflow: &str) -> Result<String, ActivityError> {
        let brand = match brand {
            Some(brand) => brand,
            None => self.config.sole_brand().map(str::to_owned).ok_or_else(|| {
                let known = self.config.brands.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                failure::never("InvalidInput", format!("brand: missing; several are configured: {known}"))
            })?,
        };
        match self.brand(&brand)?.enables(workflow) {
            true => Ok(brand),
            false => Err(failure::never("InvalidInput", format!("brand: {workflow} is not enabled for {brand}"))),
        }
    }

    pub(crate) fn brand(&self, brand: &str) -> Result<&Brand, ActivityError> {
        self.config.brand(brand).map_err(|_| self.unknown_brand(brand))
    }

    fn unknown_brand(&self, brand: &str) -> ActivityError {
        let known = self.config.brands.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        failure::never("InvalidInput", format!("brand: {brand:?} is not configured; configured: {known}"))
    }

    /// One call: with a permit, counted, and judged.
    pub(crate) async fn call<T>(
        &self,
        ctx: &ActivityContext,
        call: Call<'_>,
        request: impl Future<Output = client_core::Result<T>>,
    ) -> Result<T, ActivityError> {
        self.attempt(ctx, &call, request)
            .await?
            .map_err(|error| failure::of(error, ctx, call.vendor, self.config.worker.not_found_patience))
    }

    /// The same, with the client's error for those who decide by it. Fails only as busy.
    pub(crate) async fn attempt<T>(
        &self,
        ctx: &ActivityContext,
        call: &Call<'_>,
        request: impl Future<Output = client_core::Result<T>>,
    ) -> Result<client_core::Result<T>, ActivityError> {
        self.attempt_leaving(ctx, call, (), request).await
    }

    /// The same. A slow regular attempt says that it is alive, with `trace` for the next one.
    pub(crate) async fn attempt_leaving<T>(
        &self,
        ctx: &ActivityContext,
        call: &Call<'_>,
        trace: impl Serialize + Clone + Send + Sync + 'static,
        request: impl Future<Output = client_core::Result<T>>,
    ) -> Result<client_core::Result<T>, ActivityError> {
        let result = self.attempt_quietly(call, alive(ctx, trace, request)).await;
        result.map_err(|busy| {
            let wait = (!ctx.info().is_local || busy.0 > Duration::from_secs(1)).then_some(busy.0);
            failure::again("Busy", format!("{}: no permit of {} is free", call.vendor, call.pool.account()), wait)
        })
    }

    /// The same without heartbeats, for an activity that has its own.
    pub(crate) async fn attempt_quietly<T>(
        &self,
        call: &Call<'_>,
        request: impl Future<Output = client_core::Result<T>>,
    ) -> Result<client_core::Result<T>, Busy> {
        let permit = call.pool.acquire(Instant::now()).inspect_err(|_| {
            self.metrics.calls.with_label_values(&[call.vendor, call.operation, "busy"]).inc();
        })?;
        let begun = Instant::now();
        let result = request.await.map_err(|error| judge(call, error, begun.elapsed()));
        drop(permit);
        let outcome = match &result {
            Ok(_) => "ok",
            Err(Error::Throttled { .. }) => "throttled",
            Err(Error::Unavailable { .. }) => "unavailable",
            Err(Error::Rejected { .. }) => "rejected",
            Err(Error::NotFound { .. }) => "notFound",
            Err(Error::Unauthorized { .. }) => "unauthorized",
            Err(Error::Unreadable { .. }) => "unreadable",
        };
        if outcome == "ok" {
            call.pool.succeeded(Instant::now());
        }
        self.metrics.calls.with_label_values(&[call.vendor, call.operation, outcome]).inc();
        self.metrics.seconds.with_label_values(&[call.vendor, call.operation]).observe(begun.elapsed().as_secs_f64());
        Ok(result)
    }
}

/// Runs a call while heartbeating, so that a dead worker is noticed within seconds and a slow vendor is waited for.
async fn alive<T>(
    ctx: &ActivityContext,
    trace: impl Serialize + Clone + Send + Sync + 'static,
    call: impl Future<Output = T>,
) -> T {
    futures_util::pin_mut!(call);
    loop {
        tokio::select! {
            done = &mut call => return done,
            () = tokio::time::sleep(ALIVE) => {
                if let Err(error) = ctx.record_heartbeat(trace.clone()).await {
                    tracing::warn!("heartbeat not recorded: {error}");
                }
            }
        }
    }
}

/// An excess of requests is refused as an invalid login; a missing permission is called by its name.
fn is_disguise(detail: &str) -> bool {
    detail.to_lowercase().contains("invalid login")
}

/// Tells the pool what the vendor said about it. A refused login while other calls go well is an excess of requests:
/// <https://github.com/julbrs/netsuite-api-client/issues/26>.
fn judge(call: &Call<'_>, error: Error, took: Duration) -> Error {
    let (pool, now) = (call.pool, Instant::now());
    match error {
        // The same hang, cut off by our own patience.
        Error::Unavailable { .. } if call.vendor == NETSUITE && took >= TIMEOUT => {
            pool.crowded(now);
            error
        }
        Error::Unauthorized { detail, .. } if is_disguise(&detail) && pool.was_well(now) => {
            pool.crowded(now);
            Error::Throttled { retry_after: None, detail: format!("{detail}, while other calls succeed") }
        }
        Error::Throttled { retry_after: Some(wait), detail } => {
            pool.pause(now, wait);
            Error::Throttled { retry_after: Some(wait), detail }
        }
        Error::Throttled { retry_after: None, detail } => {
            pool.crowded(now);
            Error::Throttled { retry_after: None, detail }
        }
        other => other,
    }
}
