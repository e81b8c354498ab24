//! `sandbox`: the vendors on 127.0.0.1 until Ctrl-C.

use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use sandbox::catalogue::{Catalogue, Plan};
use sandbox::shopify::Limits;
use sandbox::{Options, Ports, Sandbox, dcl, netsuite};

/// Stand-ins for Shopify, NetSuite and DCL on real HTTP.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of Shopify's Admin API; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    shopify_port: u16,
    /// Port of NetSuite's SuiteTalk
    #[arg(long, default_value_t = 0)]
    netsuite_port: u16,
    /// Port of DCL's eFactory
    #[arg(long, default_value_t = 0)]
    dcl_port: u16,
    /// Port of the control API
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Seed of generated orders and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Points a second that Shopify's rate limit gives back; 0 switches throttling off
    #[arg(long, default_value_t = 100)]
    shopify_rate: u32,
    /// Points that Shopify's bucket holds
    #[arg(long, default_value_t = 2000)]
    shopify_bucket: u32,
    /// Milliseconds before the first retry of a failed webhook; each further one doubles them
    #[arg(long, default_value_t = 56_000)]
    webhook_retry_millis: u64,
    /// Simultaneous requests that the NetSuite account allows
    #[arg(long)]
    netsuite_concurrency: Option<u32>,
    /// Milliseconds that NetSuite takes for every request
    #[arg(long, default_value_t = 0)]
    netsuite_latency_millis: u64,
    /// The NetSuite account's tax feature
    #[arg(long, value_enum, default_value_t = TaxStyle::SuiteTax)]
    netsuite_tax: TaxStyle,
    /// Milliseconds that DCL's warehouse takes from one stage to the next; without it orders wait to be moved
    #[arg(long)]
    dcl_pace_millis: Option<u64>,
    /// How many of a hundred orders of several units DCL ships in two parts
    #[arg(long, default_value_t = 0, requires = "dcl_pace_millis")]
    dcl_split_percent: u8,
    /// Whether DCL refuses an order number that it has already, instead of making a second order
    #[arg(long)]
    dcl_refuse_repeated: bool,
    /// SKUs of a generated catalogue to start with, beside the small one that is always there
    #[arg(long)]
    skus: Option<u32>,
    /// Locations at which each of them is stocked
    #[arg(long, default_value_t = 2, requires = "skus")]
    locations: u32,
    /// How many of them are bundles; a twentieth unless given
    #[arg(long, requires = "skus")]
    bundles: Option<u32>,
    /// NetSuite refuses to ship more than is on hand
    #[arg(long)]
    netsuite_no_negative_stock: bool,
    /// NetSuite's accounting periods before this day are closed, as in 2026-01-01
    #[arg(long)]
    netsuite_closed_before: Option<jiff::civil::Date>,
    /// NetSuite refuses a transform whose external id is taken, instead of making a second document
    #[arg(long)]
    netsuite_refuse_repeats: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum TaxStyle {
    SuiteTax,
    Legacy,
    None,
}

impl Arguments {
    fn options(&self) -> Options {
        let mut options = Options {
            seed: self.seed,
            ports: Ports {
                shopify: self.shopify_port,
                netsuite: self.netsuite_port,
                dcl: self.dcl_port,
                control: self.control_port,
            },
            ..Options::default()
        };
        options.shopify.limits = (self.shopify_rate > 0).then_some(Limits {
            bucket: self.shopify_bucket,
            restore_rate: self.shopify_rate,
            ..Limits::default()
        });
        options.shopify.webhook_retry_base = Duration::from_millis(self.webhook_retry_millis);
        options.netsuite.latency = Duration::from_millis(self.netsuite_latency_millis);
        if let Some(limit) = self.netsuite_concurrency {
            options.netsuite.concurrency_limit = limit;
        }
        options.netsuite.closed_before = self.netsuite_closed_before;
        options.netsuite.negative_stock = !self.netsuite_no_negative_stock;
        if self.netsuite_refuse_repeats {
            options.netsuite.repeated_transform = netsuite::RepeatedTransform::Refused;
        }
        options.netsuite.tax_style = match self.netsuite_tax {
            TaxStyle::SuiteTax => netsuite::TaxStyle::SuiteTax,
            TaxStyle::Legacy => netsuite::TaxStyle::Legacy,
            TaxStyle::None => netsuite::TaxStyle::None,
        };
        if let Some(millis) = self.dcl_pace_millis {
            options.dcl.warehouse = dcl::Warehouse::Automatic {
                pace: Duration::from_millis(millis),
                split_percent: self.dcl_split_percent,
                seed: self.seed,
            };
        }
        if self.dcl_refuse_repeated {
            options.dcl.repeated_order_number = dcl::RepeatedOrderNumber::Refused;
        }
        options
    }

    fn plan(&self) -> Option<Plan> {
        let skus = self.skus?;
        let bundles = self.bundles.unwrap_or(skus / 20);
        Some(Plan { seed: self.seed, skus, locations: self.locations, bundles, ..Plan::default() })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let sandbox = Sandbox::start(arguments.options()).await.context("could not start the sandbox")?;
    if let Some(plan) = arguments.plan() {
        let catalogue = Catalogue::generate(&plan).map_err(anyhow::Error::msg)?;
        sandbox.load_catalogue(&catalogue).context("could not load the catalogue")?;
    }
    println!("shopify  {}", sandbox.shopify_url);
    println!("netsuite {}", sandbox.netsuite_url);
    println!("dcl      {}", sandbox.dcl_url);
    println!("control  {}", sandbox.control_url);
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
