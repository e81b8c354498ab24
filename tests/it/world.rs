//! One world per test: a Temporal namespace, a sandbox, a worker, a connector.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bus::{Bus, RunView};
use config::{
    Brand, Config, Connector, Mappings, NetsuiteAccount, NetsuiteAuth, OrderPolicy, Scope, Secret, Shopify,
    ShopifyAuth, SpecialItems, Token,
};
use futures_util::StreamExt;
use hmac::{Hmac, Mac};
use sandbox::{
    Sandbox,
    faults::Rule,
    ledger::{Entry, Vendor},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use temporal_server::Server;
use temporalio_client::{Client, UntypedWorkflow, WorkflowGetResultOptions};
use temporalio_common::{
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::{
        enums::v1::{EventType, WorkflowTaskFailedCause},
        history::v1::{HistoryEvent, history_event::Attributes},
    },
};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// The token of every world's connector.
pub const TOKEN: &str = "a-token-for-tests";
/// What a store sends to the connector.
const TOPICS: [&str; 7] = [
    "orders/create",
    "orders/paid",
    "orders/updated",
    "orders/edited",
    "orders/cancelled",
    "order_transactions/create",
    "refunds/create",
];
/// Nothing in a test takes longer than this; what does is stuck.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that a test needs.
pub struct World {
    /// The vendors.
    pub sandbox: Sandbox,
    /// The configuration of connector and worker.
    pub config: Arc<Config>,
    /// The namespace.
    pub client: Client,
    /// The connector's address, while it runs.
    pub connector: String,
    worker: Option<Process>,
    façade: Option<Process>,
    subscriptions: Vec<u64>,
}

/// A part of the product on a runtime of its own, as if it were a process of its own: a test that ends does not wait for it.
pub struct Process {
    stop: CancellationToken,
    runtime: Option<Runtime>,
    ended: JoinHandle<anyhow::Result<()>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Listens on a free port and runs `part` there.
    pub fn start<F>(part: impl FnOnce(TcpListener, CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send,
    {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let ended = runtime.spawn({
            let stop = stop.clone();
            async move { part(TcpListener::from_std(listener)?, stop).await }
        });
        Self { stop, runtime: Some(runtime), ended, address }
    }

    /// Stops it gracefully.
    pub async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.ended).await.unwrap().unwrap();
    }

    /// Ends it as `kill -9` would: nothing is finished, nothing is said.
    pub fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl World {
    /// The whole product, on a brand `acme` with webhooks.
    pub async fn start(name: &str) -> Self {
        Self::with(name, sandbox::Options::default(), |_| {}).await
    }

    /// The same with other options and settings.
    pub async fn with(name: &str, options: sandbox::Options, change: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::asleep(name, options, change).await;
        world.start_connector();
        world.start_worker();
        world
    }

    /// The whole product with every agent from the order to its money.
    pub async fn order_to_cash(name: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::order_to_cash_with(name, sandbox::Options::default(), change).await
    }

    /// The same with other options.
    pub async fn order_to_cash_with(name: &str, options: sandbox::Options, change: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::asleep(name, options, |_| {}).await;
        world.reconfigure_with_sandbox(order_to_cash);
        world.reconfigure(change);
        world.start_connector();
        world.start_worker();
        world
    }

    /// Stops worker and connector, changes the configuration, and starts both again.
    pub async fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        self.take_worker().stop().await;
        self.façade.take().expect("a connector runs").stop().await;
        for id in self.subscriptions.drain(..) {
            self.sandbox.shopify.unsubscribe(id);
        }
        self.reconfigure(change);
        self.start_connector();
        self.start_worker();
    }

    /// The same with what the sandbox knows.
    pub fn reconfigure_with_sandbox(&mut self, change: impl FnOnce(&Sandbox, &mut Config)) {
        let mut config = (*self.config).clone();
        change(&self.sandbox, &mut config);
        self.config = Arc::new(config);
    }

    /// One tick of a poll, as its schedule would start it; its report.
    pub async fn poll(&self, poll: &str) -> Value {
        let request = bus::RunRequest {
            workflow: poll.to_owned(),
            brand: Some("acme".into()),
            payload: json!({ "brand": "acme" }),
            start_at: None,
            rerun: false,
        };
        let started = self.bus().run(&request).await.unwrap();
        self.result(&started.workflow_id).await.unwrap()
    }

    /// Vendors and namespace, but neither connector nor worker.
    pub async fn asleep(name: &str, options: sandbox::Options, change: impl FnOnce(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        let server = Server::shared().await.expect("a Temporal server");
        let namespace = format!("{name}-{}", uuid::Uuid::new_v4().simple());
        let client = temporal_server::create_namespace(server.address(), &namespace, &worker::setup::SEARCH_ATTRIBUTES)
            .await
            .unwrap();
        let sandbox = Sandbox::start(options).await.unwrap();
        let mut config = config_for(&sandbox);
        change(&mut config);
        Self {
            sandbox,
            config: Arc::new(config),
            client,
            connector: String::new(),
            worker: None,
            façade: None,
            subscriptions: vec![],
        }
    }

    /// Starts the connector and subscribes it to the shop's topics.
    pub fn start_connector(&mut self) {
        let (config, bus) = (self.config.clone(), self.bus());
        let façade =
            Process::start(move |listener, stop| connector::serve(connector::Options { config, bus, listener }, stop));
        self.connector = format!("http://{}", façade.address);
        self.façade = Some(façade);
        let url = format!("{}/webhooks/shopify/acme", self.connector).parse().unwrap();
        self.subscriptions = TOPICS.iter().map(|topic| self.sandbox.shopify.subscribe(topic, &url)).collect();
    }

    /// Starts the worker of this world.
    pub fn start_worker(&mut self) {
        self.worker = Some(self.another_worker());
    }

    /// A further worker process, with permits and a connection of its own.
    pub fn another_worker(&self) -> Process {
        let (config, namespace) = (self.config.clone(), self.client.options().namespace.clone());
        Process::start(async move |listener, stop| {
            let server = Server::shared().await?;
            let client = temporal_server::connect(server.address(), &namespace).await?;
            let workflows = worker::enabled(&config);
            worker::run(worker::Options { config, client, workflows, listener }, stop).await
        })
    }

    /// Takes the worker away, to stop or kill it.
    pub fn take_worker(&mut self) -> Process {
        self.worker.take().expect("a worker runs")
    }

    /// Address of the worker's metrics and health.
    pub fn worker_address(&self) -> SocketAddr {
        self.worker.as_ref().expect("a worker runs").address
    }

    /// The bus, as connector and worker have it.
    pub fn bus(&self) -> Bus {
        worker::bus(&self.config, &self.client)
    }

    /// Changes the configuration; whoever starts from now on has the new one.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = (*self.config).clone();
        change(&mut config);
        self.config = Arc::new(config);
    }

    /// Sets faults.
    pub fn faults(&self, rules: Vec<Rule>) {
        self.sandbox.faults.set(7, rules).unwrap();
    }

    /// Starts an order's run, or wakes it.
    pub async fn start_order(&self, id: u64) {
        let event = bus::Event::about(bus::EventKind::OrderCreated, "acme", id);
        self.bus().publish(&event).await.unwrap();
    }

    /// Waits for a run's end; its result or its failure.
    pub async fn result(&self, workflow_id: &str) -> Result<Value, String> {
        let handle = self.client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
        let result = tokio::time::timeout(PATIENCE, handle.get_result(WorkflowGetResultOptions::default())).await;
        let Ok(result) = result else {
            panic!("{workflow_id} does not end: {:#?}", self.view(workflow_id).await);
        };
        match result {
            Ok(raw) => Ok(raw.to_value(&PayloadConverter::default())),
            Err(error) => Err(chain(&error)),
        }
    }

    /// A run as the connector shows it.
    pub async fn view(&self, workflow_id: &str) -> Option<RunView> {
        self.bus().inspect(workflow_id).await.ok()
    }

    /// Waits until the run looks as asked.
    pub async fn until(&self, workflow_id: &str, what: &str, seen: impl Fn(&RunView) -> bool) -> RunView {
        let looked = async {
            eventually(&format!("{workflow_id}: {what}"), async || self.view(workflow_id).await.filter(|v| seen(v)))
                .await
        };
        match tokio::time::timeout(PATIENCE - Duration::from_secs(1), looked).await {
            Ok(view) => view,
            Err(_) => panic!("{workflow_id} is not {what}: {:#?}", self.view(workflow_id).await),
        }
    }

    /// Waits until the run is parked; the problem's message.
    pub async fn until_parked(&self, workflow_id: &str) -> String {
        let view = self.until(workflow_id, "parked", |v| v.agent_status.as_deref() == Some("needsAttention")).await;
        view.problem["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Sends the update `resolve`.
    pub async fn resolve(&self, workflow_id: &str, how: Value) -> Result<Value, String> {
        let handle = self.client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
        let update = temporalio_client::UntypedUpdate::new("resolve");
        let result = handle.execute_update(update, raw(&how), Default::default()).await;
        result.map(|raw| raw.to_value(&PayloadConverter::default())).map_err(|e| chain(&e))
    }

    /// The Sales Orders of an order that are there, as REST bodies.
    pub fn sales_orders(&self, order_id: u64) -> Vec<Value> {
        let id = order_id.to_string();
        let mut all = self.sandbox.netsuite.records("salesOrder");
        all.retain(|so| so["custbody_shopify_order_id"] == id);
        all
    }

    /// Writes of one operation in the ledger, refused ones too.
    pub fn writes(&self, vendor: Vendor, operation: &str) -> Vec<Entry> {
        self.sandbox.ledger.entries().into_iter().filter(|e| e.vendor == vendor && e.operation == operation).collect()
    }

    /// Posts JSON to the connector.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        ask(reqwest::Client::new().post(format!("{}{path}", self.connector)).bearer_auth(TOKEN).json(body)).await
    }

    /// Delivers a webhook as the shop would, signed; the connector's status and answer.
    pub async fn deliver(&self, topic: &str, body: &str) -> (u16, Value) {
        let shop = self.sandbox.shopify.credentials();
        let request = reqwest::Client::new()
            .post(format!("{}/webhooks/shopify/acme", self.connector))
            .header("content-type", "application/json")
            .header("x-shopify-topic", topic)
            .header("x-shopify-shop-domain", shop.shop)
            .header("x-shopify-hmac-sha256", signature(&shop.client_secret, body))
            .body(body.to_owned());
        ask(request).await
    }

    /// Every event of a run's history.
    pub async fn history(&self, workflow_id: &str) -> Vec<HistoryEvent> {
        let handle = self.client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
        handle.fetch_history(Default::default()).map(Result::unwrap).collect().await
    }

    /// Waits until so many runs are found by a query; Temporal's list is a little behind.
    pub async fn until_listed(&self, query: &str, runs: usize) {
        let listed = async || {
            let count = self.client.count_workflows(query, Default::default()).await.unwrap().count();
            (count == runs).then_some(())
        };
        eventually(&format!("{runs} runs with {query}"), listed).await;
    }

    /// Nothing that came to these runs has wedged a workflow task.
    pub async fn assert_never_wedged(&self, workflow_ids: &[String]) {
        for id in workflow_ids {
            for event in self.history(id).await {
                let wedged = match &event.attributes {
                    // An event came while the run completed: the server only asks to look again.
                    Some(Attributes::WorkflowTaskFailedEventAttributes(failed)) => {
                        failed.cause() != WorkflowTaskFailedCause::UnhandledCommand
                    }
                    _ => event.event_type() == EventType::WorkflowTaskTimedOut,
                };
                assert!(!wedged, "{id}: {event:?}");
            }
        }
    }

    /// Reads both vendors back and judges. `reasons`: why an order has no Sales Order.
    pub async fn verdict(&self, reasons: &[(u64, &str)]) -> checker::Verdict {
        self.sandbox.faults.clear();
        let brand = &self.config.brands["acme"];
        let shop = self.sandbox.shopify.credentials();
        let account = self.sandbox.netsuite.credentials();
        let patience = checker::Patience::default();
        let shopify = checker::Shopify::new(
            self.sandbox.shopify_url.clone(),
            &brand.shopify.api_version,
            checker::ShopifyAuth::AccessToken(shop.access_token.clone().into()),
            patience,
        );
        let netsuite = checker::Netsuite::new(
            self.sandbox.netsuite_url.clone(),
            checker::NetsuiteAuth::OAuth2 {
                client_id: account.client_id.clone(),
                certificate_id: account.certificate_id.clone(),
                private_key_pem: account.private_key_pem.clone(),
            },
            checker::Patience::default(),
        );
        let dcl = self.sandbox.dcl.credentials();
        let dcl = checker::Dcl::new(&self.sandbox.dcl_url, &dcl.username, dcl.password, None, patience).unwrap();
        let enabled = |agent: &str| brand.enables(agent);
        let stages = checker::Stages {
            warehouse: enabled(workflows::ids::DCL_TRACKING),
            billing: enabled(workflows::ids::NETSUITE_INVOICE).then_some(match brand.billing.cash_sale {
                Some(_) => checker::Billing::CashSale,
                None => checker::Billing::Invoice,
            }),
            payment: enabled(workflows::ids::NETSUITE_PAYMENT) && brand.billing.cash_sale.is_none(),
            ..checker::Stages::default()
        };
        let rules = checker::Rules {
            brand: "acme".into(),
            subsidiary: brand.orders.subsidiary.clone(),
            booked: match brand.orders.currency {
                config::BookedCurrency::Shop => checker::Booked::Shop,
                config::BookedCurrency::Presentment => checker::Booked::Presentment,
            },
            currencies: brand.orders.currencies.clone(),
            default_customer: brand.orders.default_customer.clone(),
            tag: brand.orders.sent_tag.clone(),
            released: brand.orders.release,
            go_live: Some(brand.go_live),
            other_channels: Default::default(),
            stages,
        };
        let reasons = reasons.iter().map(|(id, why)| (*id, (*why).to_owned())).collect();
        let (shopify, netsuite) = (shopify.unwrap(), netsuite.unwrap());
        let vendors = checker::Vendors { shopify: &shopify, netsuite: &netsuite, dcl: Some(&dcl) };
        vendors.check(&rules, None, reasons).await.unwrap()
    }
}

/// Status and JSON of an answer. A refusal that comes before the body is through may close the connection under a client that
/// still writes; it is asked again.
async fn ask(request: reqwest::RequestBuilder) -> (u16, Value) {
    for _ in 0..20 {
        match request.try_clone().unwrap().send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                return (status, answer.json().await.unwrap_or_default());
            }
            Err(error) => assert!(error.is_request() && !error.is_timeout(), "{error:?}"),
        }
    }
    panic!("no answer in twenty attempts");
}

/// The id of an order's run.
pub fn run_of(order_id: u64) -> String {
    format!("shopifyToNetsuiteWorkflow:acme:{order_id}")
}

/// An ordinary order with an id and a name of its own: Shopify's sample 4, one line over 199.00, paid by a guest.
pub fn order(id: u64) -> Value {
    let mut order: Value = serde_json::from_str(include_str!("../expected/orders/sample-04.json")).unwrap();
    order["created_at"] = json!("2026-11-02T10:00:00-05:00");
    order["processed_at"] = order["created_at"].clone();
    order["updated_at"] = order["created_at"].clone();
    order["email"] = json!("ann@example.com");
    order["contact_email"] = json!("ann@example.com");
    order["id"] = json!(id);
    order["admin_graphql_api_id"] = json!(format!("gid://shopify/Order/{id}"));
    order["name"] = json!(format!("#{id}"));
    order
}

/// Sets an amount of an order as REST shows it, in the shop's currency.
pub fn price(of: &mut Value, field: &str, amount: &str) {
    let money = json!({ "amount": amount, "currency_code": "USD" });
    of[field] = json!(amount);
    of[format!("{field}_set")] = json!({ "shop_money": money, "presentment_money": money });
}

/// `X-Shopify-Hmac-Sha256` of a body.
pub fn signature(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Asks again and again, until there is an answer.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let answer = tokio::time::timeout(PATIENCE, async {
        let mut pause = tokio::time::interval(Duration::from_millis(25));
        loop {
            pause.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    });
    answer.await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// JSON as Temporal's default converter sends it.
pub fn raw(value: &Value) -> RawValue {
    RawValue::from_value(value, &PayloadConverter::default())
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}

/// A brand `acme` on the sandbox, with a settle time that a test can wait for.
pub fn config_for(sandbox: &Sandbox) -> Config {
    let shop = sandbox.shopify.credentials();
    let account = sandbox.netsuite.credentials();
    let id = |text: &str| Some(text.to_owned());
    let orders = OrderPolicy {
        subsidiary: "1".into(),
        form: id("100"),
        location: id("1"),
        class: None,
        department: None,
        default_customer: id("500"),
        currency: config::BookedCurrency::Shop,
        currencies: [("USD", "1"), ("EUR", "2"), ("GBP", "3"), ("CAD", "4"), ("JPY", "5")]
            .map(|(code, id)| (code.to_owned(), id.to_owned()))
            .into(),
        tax_style: config::TaxStyle::TaxLine,
        rounding_limit: rust_decimal::Decimal::new(5, 2),
        allow_test_orders: false,
        payment_states: ["PAID", "PARTIALLY_REFUNDED", "REFUNDED"].map(str::to_owned).to_vec(),
        hold_high_risk: true,
        release: true,
        wait_limit: Duration::from_secs(3600),
        sent_tag: "SENT_TO_NS".into(),
    };
    let brand = Brand {
        go_live: "2026-01-01T00:00:00Z".parse().unwrap(),
        time_zone: "America/New_York".into(),
        agents: vec![workflows::ids::SHOPIFY_TO_NETSUITE.to_owned()],
        shopify: Shopify {
            shop: shop.shop.clone(),
            base_url: Some(sandbox.shopify_url.clone()),
            api_version: "2026-10".into(),
            auth: ShopifyAuth::ClientCredentials {
                client_id: shop.client_id.clone(),
                client_secret: Secret::new(shop.client_secret.clone()),
            },
            webhook_secret: Secret::new(shop.client_secret.clone()),
            previous_webhook_secret: None,
            permits: 20,
            request_deadline: Duration::from_secs(2),
        },
        netsuite: "main".into(),
        orders,
        special_items: SpecialItems {
            discount: id("901"),
            shipping: id("902"),
            tip: id("903"),
            tax: id("904"),
            rounding: id("905"),
            gift_card: id("906"),
            duty: id("907"),
        },
        mappings: Mappings { default_ship_method: id("201"), ..Mappings::default() },
        warehouse: None,
        inbound: config::Inbound::default(),
        billing: config::Billing::default(),
        payments: config::Payments::default(),
        stock: None,
        poll: config::Poll::default(),
    };
    let netsuite = NetsuiteAccount {
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
        request_deadline: Duration::from_secs(2),
    };
    let sha256 = Sha256::digest(TOKEN).iter().map(|b| format!("{b:02x}")).collect();
    Config {
        brands: [("acme".to_owned(), brand)].into(),
        netsuite: [("main".to_owned(), netsuite)].into(),
        dcl: Default::default(),
        connector: Connector {
            tokens: vec![Token { name: "tests".into(), sha256, scopes: vec![Scope::Run, Scope::Events, Scope::Read] }],
            ..Connector::default()
        },
        worker: config::Worker { not_found_patience: Duration::from_secs(2), ..config::Worker::default() },
    }
}

/// Every agent from the order to its money, with the sandbox's warehouse.
pub fn order_to_cash(sandbox: &Sandbox, config: &mut Config) {
    let login = sandbox.dcl.credentials();
    let ground = config::ShipMethod { carrier: "FEDEX".into(), service: "GROUND".into(), rush: false };
    let tender = |method: &str| config::Tender { method: Some(method.to_owned()), account: None };
    let brand = config.brands.get_mut("acme").unwrap();
    brand.agents = workflows::ids::ORDER_TO_CASH.map(str::to_owned).to_vec();
    brand.warehouse = Some(config::Warehouse {
        dcl: "main".into(),
        account_number: login.account_number,
        freight_account: "00500".into(),
        location: None,
        ship_methods: Default::default(),
        default_ship_method: Some(ground),
        items: Default::default(),
        locations: Default::default(),
        kits: Default::default(),
        home_country: "US".into(),
        international_code: 1,
        carriers: [("FEDEX".to_owned(), config::Carrier { company: "FedEx".into(), url: None })].into(),
        notify_customer: true,
        accept_short: false,
    });
    brand.payments.methods = [("gift_card".to_owned(), tender("603"))].into();
    brand.payments.default_method = Some(tender("601"));
    let login = config::DclLogin {
        username: login.username,
        password: Secret::new(login.password.expose_secret()),
        base_url: Some(sandbox.dcl_url.clone()),
        permits: 5,
        request_deadline: Duration::from_secs(2),
    };
    config.dcl = [("main".to_owned(), login)].into();
}
