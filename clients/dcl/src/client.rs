use std::fmt;

use client_core::{Answer, BadSettings, Error, Http, Result, decode};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::refusal::judge;
use crate::settings::Settings;

/// One login's API.
pub struct Client {
    http: Http,
    base_url: Url,
    username: String,
    password: SecretString,
}

impl Client {
    /// A client for one login; it connects with the first call.
    pub fn new(settings: Settings) -> std::result::Result<Self, BadSettings> {
        let Settings { mut base_url, username, password, timeout } = settings;
        if !matches!(base_url.scheme(), "https" | "http") {
            let message = format!("{base_url} is not an http address: write https://api.dclcorp.com/api/v1/");
            return Err(BadSettings { field: "base_url", message });
        }
        if !base_url.path().ends_with('/') {
            base_url.set_path(&format!("{}/", base_url.path()));
        }
        // HTTP Basic ends the user at the first colon.
        if username.is_empty() || username.contains(':') {
            let message = "must be an eFactory user, which holds no colon".to_owned();
            return Err(BadSettings { field: "username", message });
        }
        Ok(Self { http: Http::new(timeout)?, base_url, username, password })
    }

    /// Reads one page of a list.
    pub(crate) async fn get<T: DeserializeOwned>(&self, list: &str, query: &[(&str, &str)]) -> Result<T> {
        let mut url = self.url(list)?;
        url.query_pairs_mut().extend_pairs(query);
        self.send(Method::GET, list, url, None).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, list: &str, body: Vec<u8>) -> Result<T> {
        self.send(Method::POST, list, self.url(list)?, Some(body)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        list: &str,
        url: Url,
        body: Option<Vec<u8>>,
    ) -> Result<T> {
        let operation = format!("{method} {list}");
        let mut request =
            self.http.request(method, url).basic_auth(&self.username, Some(self.password.expose_secret()));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let answer = self.http.send(request, &operation).await?;
        judge(&answer, &operation)?;
        read(&answer, &operation)
    }

    fn url(&self, list: &str) -> Result<Url> {
        self.base_url.join(list).map_err(|error| unaskable(format!("no address can be made of {list}: {error}")))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

/// A request that cannot be written, now or later.
pub(crate) fn unaskable(message: String) -> Error {
    Error::Rejected { code: "UNWRITABLE".to_owned(), message, field: None, status: 0, request_id: None }
}

/// Names as DCL takes several: separated by commas.
pub(crate) fn comma_list(names: &[&str], what: &str) -> Result<String> {
    match names.iter().find(|name| name.is_empty() || name.contains(',')) {
        Some(name) => Err(unaskable(format!("`{name}` cannot be asked for: {what} is not empty and holds no comma"))),
        None => Ok(names.join(",")),
    }
}

fn read<T: DeserializeOwned>(answer: &Answer, operation: &str) -> Result<T> {
    decode(&answer.body).map_err(|error| match error {
        Error::Unreadable { path, detail } => {
            Error::Unreadable { path, detail: format!("{operation}: {detail}, {}", answer.describe()) }
        }
        other => other,
    })
}
