//! What `agent doctor` asks about an account.

use std::collections::{BTreeMap, BTreeSet};

use client_core::{Error, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Call, Client};
use crate::records::read;

/// How many requests may run at a time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GovernanceLimits {
    /// In the whole account, over all of its integrations.
    #[serde(rename = "accountConcurrencyLimit")]
    pub account: u32,
    /// Shared by the integrations that have no limit of their own.
    #[serde(rename = "accountUnallocatedConcurrencyLimit")]
    pub unallocated: u32,
    /// This integration's own limit, if it has one.
    #[serde(default, rename = "integrationConcurrencyLimit")]
    pub integration: Option<u32>,
}

#[derive(Deserialize)]
struct Catalog {
    components: Components,
}

#[derive(Deserialize)]
struct Components {
    schemas: BTreeMap<String, Schema>,
}

#[derive(Deserialize)]
struct Schema {
    #[serde(default)]
    properties: BTreeMap<String, Value>,
}

impl Client {
    /// The account's limits on concurrent requests. NetSuite tells them to administrators only.
    pub async fn governance_limits(&self) -> Result<GovernanceLimits> {
        let call = Call {
            operation: "GET governanceLimits".to_owned(),
            what: "governanceLimits".to_owned(),
            method: Method::GET,
            url: self.url("system/v1/governanceLimits", &[])?,
            header: None,
            body: None,
        };
        let answer = self.send(call).await?;
        read(&answer, "GET governanceLimits")
    }

    /// The names of the fields that a record and its sublists have in this account, custom fields included.
    pub async fn metadata_catalog(&self, record: &str) -> Result<BTreeSet<String>> {
        let mut url = self.url("record/v1/metadata-catalog", &[])?;
        url.query_pairs_mut().append_pair("select", record);
        let call = Call {
            operation: "GET metadata-catalog".to_owned(),
            what: format!("record type {record}"),
            method: Method::GET,
            url,
            header: Some(("accept", "application/swagger+json")),
            body: None,
        };
        let answer = self.send(call).await?;
        let catalog: Catalog = read(&answer, "GET metadata-catalog")?;
        let record = record.to_ascii_lowercase();
        // A sublist's lines are a schema of their own, such as `salesOrder-itemElement`; the `…Collection` around
        // them has no fields of the record.
        let (part, mut fields) = (format!("{record}-"), BTreeSet::new());
        for (name, schema) in catalog.components.schemas {
            let name = name.to_ascii_lowercase();
            if name == record || (name.starts_with(&part) && !name.ends_with("collection")) {
                fields.extend(schema.properties.into_keys());
            }
        }
        if fields.is_empty() {
            return Err(Error::NotFound { what: format!("record type {record}") });
        }
        Ok(fields)
    }
}
