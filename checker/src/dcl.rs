use reqwest::StatusCode;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use jiff::Timestamp;

use crate::stages::{Carton, WarehouseOrder};
use crate::wire::{Patience, ReadError, client, decimal, patiently, send, text};

const PAGE: usize = 100;
const WHAT: &str = "DCL orders";
/// `order_stage` Cancelled.
const CANCELLED: i64 = 2;
/// `order_stage` Fully Shipped and Closed Short: a line's quantity is then what was shipped.
const SHIPPED: [i64; 2] = [60, 62];

/// Reads the orders of a DCL Logistics login.
#[derive(Debug)]
pub struct Dcl {
    http: reqwest::Client,
    orders: Url,
    user: String,
    password: SecretString,
    account: Option<String>,
    patience: Patience,
}

impl Dcl {
    /// `base_url` such as `https://api.dclcorp.com`; one with a path, such as `…/api/sandbox`, is taken as it is.
    /// Orders of another account number than `account` are not ours.
    pub fn new(
        base_url: &Url,
        user: &str,
        password: SecretString,
        account: Option<String>,
        patience: Patience,
    ) -> Result<Self, ReadError> {
        let path = match base_url.path().trim_end_matches('/') {
            "" => "/api/v1/orders".to_owned(),
            given => format!("{given}/orders"),
        };
        let mut orders = base_url.clone();
        orders.set_path(&path);
        Ok(Self { http: client()?, orders, user: user.to_owned(), password, account, patience })
    }

    /// All orders received since; without a moment, all that DCL shows. DCL counts nothing: that the list is
    /// whole shows only in that no Sales Order misses its own.
    pub async fn orders(&self, since: Option<Timestamp>) -> Result<Vec<WarehouseOrder>, ReadError> {
        let mut orders = Vec::new();
        for page in 1_usize.. {
            let mut url = self.orders.clone();
            url.query_pairs_mut()
                .append_pair("page", &page.to_string())
                .append_pair("page_size", &PAGE.to_string())
                .extend_pairs(since.map(|since| ("received_from", since.to_string())));
            let answer = self.ask(&url).await?;
            let rows = match &answer["orders"] {
                Value::Array(rows) => rows.as_slice(),
                Value::Null => &[],
                _ => return Err(ReadError::unreadable(WHAT, "orders")),
            };
            for row in rows {
                orders.push(self.order(row)?);
            }
            if rows.len() < PAGE {
                break;
            }
        }
        Ok(orders)
    }

    async fn ask(&self, url: &Url) -> Result<Value, ReadError> {
        patiently(self.patience, || async {
            let request = self.http.get(url.clone()).basic_auth(&self.user, Some(self.password.expose_secret()));
            let (status, answer) = send(WHAT, request).await?;
            let error = &answer["error_message"];
            if status == StatusCode::UNAUTHORIZED {
                return Err(ReadError::refused(WHAT, format!("{status}: {error}; check user and password")));
            }
            // An error may come with any status.
            let failed = answer["error_code"].as_i64().is_some_and(|code| code != 0);
            if !status.is_success() || failed {
                return Err(ReadError::refused(WHAT, format!("{status}: {} {error}", answer["error_code"])));
            }
            Ok(answer)
        })
        .await
    }

    fn order(&self, row: &Value) -> Result<WarehouseOrder, ReadError> {
        let number = text(&row["order_number"]).ok_or_else(|| ReadError::unreadable(WHAT, "order_number"))?;
        let stage = row["order_stage"].as_i64();
        let account = text(&row["account_number"]);
        let of_account = self.account.is_none() || account.is_none() || account == self.account;
        // What came by another way, such as EDI or DCL's own app for the store, is not ours.
        let by_rest = text(&row["order_type"]).is_none_or(|kind| kind.eq_ignore_ascii_case("REST"));
        let packages: Vec<&Value> = each(&row["shipments"]).flat_map(|shipment| each(&shipment["packages"])).collect();
        let carton = |package: &&Value| {
            let tracking = text(&package["tracking_number"]);
            text(&package["carton_id"]).map(|id| Carton { id, tracking })
        };
        Ok(WarehouseOrder {
            cancelled: stage == Some(CANCELLED) || row["is_cancelled"] == true,
            ours: of_account && by_rest,
            units: units(row, stage, &packages),
            cartons: packages.iter().filter_map(carton).collect(),
            number,
        })
    }
}

/// What was shipped, by the packages; where one does not say, by the lines, once nothing more will be shipped.
fn units(row: &Value, stage: Option<i64>, packages: &[&Value]) -> Option<Decimal> {
    let in_package = |package: &&Value| {
        let items = package["shipped_items"].as_array()?;
        items.iter().map(|item| decimal(&item["quantity"])).sum::<Option<Decimal>>()
    };
    let in_packages = packages.iter().map(in_package).sum::<Option<Decimal>>();
    let done = stage.is_some_and(|stage| SHIPPED.contains(&stage));
    match in_packages {
        Some(units) if !packages.is_empty() || !done => Some(units),
        _ if done => {
            let lines = row["lines"].as_array()?;
            lines.iter().filter(|line| line["voided"] != true).map(|line| decimal(&line["quantity"])).sum()
        }
        _ => None,
    }
}

/// The entries of a list; null is an empty one.
fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten().filter(|entry| !entry.is_null())
}
