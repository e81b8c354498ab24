use std::fmt;
use std::time::Duration;

use client_core::{Answer, BadSettings, Error, Http, Result};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::credentials::Credentials;
use crate::refusal::judge;
use crate::settings::Settings;

/// One account's REST services.
pub struct Client {
    http: Http,
    base_url: Url,
    credentials: Credentials,
}

/// A request to be sent.
pub(crate) struct Call {
    /// Its name in errors, such as `PUT salesOrder`.
    pub operation: String,
    /// The record that it is about, such as `salesOrder eid:SO-acme-1`.
    pub what: String,
    pub method: Method,
    pub url: Url,
    pub header: Option<(&'static str, &'static str)>,
    pub body: Option<Vec<u8>>,
}

impl Client {
    /// A client for one account; it connects with the first call.
    pub fn new(settings: Settings) -> std::result::Result<Self, BadSettings> {
        let base_url = settings.base_url;
        if !matches!(base_url.scheme(), "https" | "http") {
            let message =
                format!("{base_url} is not an http address: write https://<account>.suitetalk.api.netsuite.com");
            return Err(BadSettings { field: "base_url", message });
        }
        let token_url = join(&base_url, "auth/oauth2/v1/token", &[])
            .map_err(|error| BadSettings { field: "base_url", message: error.to_string() })?;
        Ok(Self {
            http: Http::new(settings.timeout)?,
            credentials: Credentials::new(settings.auth, &settings.account, token_url)?,
            base_url,
        })
    }

    /// The address of a path under `/services/rest`; each of `segments` is one step more, whatever it holds.
    pub(crate) fn url(&self, path: &str, segments: &[&str]) -> Result<Url> {
        join(&self.base_url, path, segments).map_err(|error| Error::Rejected {
            code: "BAD_ADDRESS".to_owned(),
            message: format!("no address can be made of {path} {}: {error}", segments.join(" ")),
            field: None,
            status: 0,
            request_id: None,
        })
    }

    /// Sends one request. A refused token is replaced and the request sent once more: a 401 has done nothing.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer> {
        let authorization = self.credentials.authorize(&self.http, &call.method, &call.url).await?;
        let answer = self.once(&call, &authorization).await?;
        let refused = match judge(&answer, &call.operation, &call.what) {
            Ok(()) => return Ok(answer),
            Err(error) => error,
        };
        let Error::Unauthorized { after: first, .. } = refused else {
            return Err(refused);
        };
        if !self.credentials.forget(&authorization).await || answer.status != 401 {
            return Err(refused);
        }
        let authorization = self.credentials.authorize(&self.http, &call.method, &call.url).await?;
        let answer = self.once(&call, &authorization).await?;
        match judge(&answer, &call.operation, &call.what) {
            Ok(()) => Ok(answer),
            Err(Error::Unauthorized { detail, after }) => {
                self.credentials.forget(&authorization).await;
                Err(Error::Unauthorized { detail, after: after.max(first) })
            }
            Err(error) => Err(error),
        }
    }

    async fn once(&self, call: &Call, authorization: &SecretString) -> Result<Answer> {
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .header(AUTHORIZATION, secret_header(authorization)?)
            // By default a name that NetSuite does not know is dropped without a word.
            .header("x-netsuite-propertynamevalidation", "Error");
        if let Some((name, value)) = call.header {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        self.http.send(request, &call.operation).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

fn join(base: &Url, path: &str, segments: &[&str]) -> std::result::Result<Url, url::ParseError> {
    let mut url = base.join("/services/rest/")?.join(path)?;
    if let Ok(mut steps) = url.path_segments_mut() {
        steps.extend(segments);
    }
    Ok(url)
}

fn secret_header(authorization: &SecretString) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(authorization.expose_secret()).map_err(|_| Error::Unauthorized {
        detail: "the credentials hold characters that none have: check where they are read from".to_owned(),
        after: Duration::ZERO,
    })?;
    value.set_sensitive(true);
    Ok(value)
}
