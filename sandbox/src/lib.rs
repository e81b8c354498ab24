#![doc = include_str!("../README.md")]

pub mod catalogue;
pub mod clock;
mod control;
pub mod dcl;
pub mod faults;
pub mod generate;
pub mod ledger;
pub mod money;
pub mod netsuite;
pub mod sales;
pub mod serve;
pub mod shopify;

use std::net::Ipv4Addr;
use std::sync::Mutex;

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

use clock::Clock;
use faults::Faults;
use ledger::Ledger;

/// Ports on 127.0.0.1; 0 takes any free one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// Shopify's Admin API.
    pub shopify: u16,
    /// NetSuite's SuiteTalk.
    pub netsuite: u16,
    /// DCL's eFactory.
    pub dcl: u16,
    /// The control API.
    pub control: u16,
}

/// What the sandbox starts with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Default seed of generated orders and faults.
    pub seed: u64,
    /// The shop.
    pub shopify: shopify::Options,
    /// The account.
    pub netsuite: netsuite::Options,
    /// The warehouse.
    pub dcl: dcl::Options,
    /// Where to listen.
    pub ports: Ports,
}

/// The vendors, running. Dropping it stops them.
pub struct Sandbox {
    /// Base URL of the shop, in place of `https://{shop}.myshopify.com`.
    pub shopify_url: Url,
    /// Base URL of the account, in place of `https://{account}.suitetalk.api.netsuite.com`.
    pub netsuite_url: Url,
    /// Base URL of the warehouse's API, in place of `https://api.dclcorp.com/api/v1/`.
    pub dcl_url: Url,
    /// Base URL of the control API.
    pub control_url: Url,
    /// The shop's state.
    pub shopify: shopify::Shop,
    /// The account's state.
    pub netsuite: netsuite::Account,
    /// The warehouse's state.
    pub dcl: dcl::Dcl,
    /// Every write so far.
    pub ledger: Ledger,
    /// The faults in force.
    pub faults: Faults,
    /// The vendors' clock.
    pub clock: Clock,
    servers: TaskTracker,
    stop: DropGuard,
}

impl Sandbox {
    /// Opens the vendors and listens on 127.0.0.1.
    ///
    /// Fails when a port is taken or the data that the crate carries is broken.
    pub async fn start(options: Options) -> anyhow::Result<Sandbox> {
        let (clock, ledger, faults) = (Clock::default(), Ledger::default(), Faults::default());
        let shopify = shopify::Shop::new(options.shopify, clock.clone(), ledger.clone(), faults.clone())?;
        let netsuite = netsuite::Account::new(options.netsuite, clock.clone(), ledger.clone(), faults.clone())?;
        let dcl = dcl::Dcl::new(options.dcl, clock.clone(), ledger.clone(), faults.clone())?;
        let (shopify_listener, shopify_url) = listen(options.ports.shopify).await?;
        shopify.set_base_url(&shopify_url);
        let (netsuite_listener, netsuite_url) = listen(options.ports.netsuite).await?;
        let (dcl_listener, dcl_url) = listen(options.ports.dcl).await?;
        let dcl_url = dcl_url.join("api/v1/")?;
        let (control_listener, control_url) = listen(options.ports.control).await?;
        let control = control::router(control::Control {
            seed: options.seed,
            shopify: shopify.clone(),
            netsuite: netsuite.clone(),
            dcl: dcl.clone(),
            ledger: ledger.clone(),
            faults: faults.clone(),
            clock: clock.clone(),
            sales: Mutex::default(),
            shopify_url: shopify_url.clone(),
            netsuite_url: netsuite_url.clone(),
            dcl_url: dcl_url.clone(),
        });

        let stop = CancellationToken::new();
        let servers = TaskTracker::new();
        for (listener, router) in [
            (shopify_listener, shopify.router()),
            (netsuite_listener, netsuite.router()),
            (dcl_listener, dcl.router()),
            (control_listener, control),
        ] {
            servers.spawn(serve::serve(listener, router, stop.clone()));
        }
        servers.spawn(dcl.clone().work(stop.clone()));
        servers.close();
        Ok(Sandbox {
            shopify_url,
            netsuite_url,
            dcl_url,
            control_url,
            shopify,
            netsuite,
            dcl,
            ledger,
            faults,
            clock,
            servers,
            stop: stop.drop_guard(),
        })
    }

    /// Loads a generated catalogue into all vendors.
    ///
    /// Fails where the account has such items already, and then changes nothing.
    pub fn load_catalogue(&self, catalogue: &catalogue::Catalogue) -> anyhow::Result<()> {
        catalogue.load(&self.shopify, &self.netsuite, &self.dcl)
    }

    /// Stops listening and closes what is open.
    pub async fn stop(self) {
        let Sandbox { servers, stop, .. } = self;
        drop(stop);
        servers.wait().await;
    }
}

async fn listen(port: u16) -> anyhow::Result<(TcpListener, Url)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let url = format!("http://{}", listener.local_addr()?).parse()?;
    Ok((listener, url))
}
