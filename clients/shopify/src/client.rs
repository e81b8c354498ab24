use std::time::Duration;

use client_core::{Answer, BadSettings, Download, Error, Http, Result, Token, TokenCache, decode, encode};
use graphql_client::GraphQLQuery;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::answer::data;
use crate::settings::{Auth, Settings};
use crate::usage::{Bucket, Meter, Usage};

/// One shop's Admin API.
#[derive(Debug)]
pub struct Client {
    http: Http,
    endpoint: Url,
    token_url: Url,
    auth: Auth,
    tokens: TokenCache,
    meter: Meter,
}

impl Client {
    /// A client for one shop; it connects with the first call.
    pub fn new(settings: Settings) -> std::result::Result<Self, BadSettings> {
        Ok(Self {
            http: Http::new(settings.timeout)?,
            endpoint: settings.endpoint()?,
            token_url: settings.url("/admin/oauth/access_token")?,
            auth: settings.auth,
            tokens: TokenCache::default(),
            meter: Meter::default(),
        })
    }

    /// The shop's bucket of points, as the last answer told it; none before the first.
    pub fn bucket(&self) -> Option<Bucket> {
        self.meter.bucket()
    }

    /// Requests and points so far.
    pub fn usage(&self) -> Usage {
        self.meter.read()
    }

    /// Sends one document. A refused token is replaced and the request sent once more: a 401 has done nothing.
    pub(crate) async fn send<Q: GraphQLQuery>(&self, variables: Q::Variables) -> Result<Q::ResponseData> {
        let document = Q::build_query(variables);
        let operation = document.operation_name;
        let body = encode(&document, operation)?;
        let mut token = self.token().await?;
        let mut answer = self.post(&token, body.clone(), operation).await?;
        if answer.status == 401 && matches!(self.auth, Auth::ClientCredentials { .. }) {
            self.tokens.forget(&token).await;
            token = self.token().await?;
            answer = self.post(&token, body, operation).await?;
        }
        let result = data(&answer, operation, &self.meter);
        if matches!(result, Err(Error::Unauthorized { .. })) {
            // A token keeps the scopes that it was made with: the next call shall see what was granted since.
            self.tokens.forget(&token).await;
        }
        result
    }

    async fn post(&self, token: &SecretString, body: Vec<u8>, operation: &str) -> Result<Answer> {
        let request = self
            .http
            .request(Method::POST, self.endpoint.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("x-shopify-access-token", secret_header(token)?)
            .body(body);
        self.meter.request();
        self.http.send(request, operation).await
    }

    /// Begins to read a file that Shopify has laid down. Its address is the permission: the token is not for its host.
    pub(crate) async fn download(&self, url: Url, operation: &str) -> Result<Download> {
        self.meter.request();
        self.http.download(self.http.request(Method::GET, url), operation).await
    }

    async fn token(&self) -> Result<SecretString> {
        match &self.auth {
            Auth::AccessToken(token) => Ok(token.clone()),
            Auth::ClientCredentials { client_id, client_secret } => {
                self.tokens.get(async || self.fetch_token(client_id, client_secret).await).await
            }
        }
    }

    /// Asks for a token by the client credentials grant. There is no refresh token: one asks again.
    async fn fetch_token(&self, client_id: &str, client_secret: &SecretString) -> Result<Token> {
        #[derive(Deserialize)]
        struct Granted {
            access_token: String,
            expires_in: u64,
        }
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret.expose_secret()),
        ];
        let request = self.http.request(Method::POST, self.token_url.clone()).form(&form);
        let answer = self.http.send(request, "token").await.map_err(Error::before_sending)?;
        match answer.status {
            200 => {
                let granted: Granted = decode(&answer.body).map_err(Error::before_sending)?;
                Ok(Token { secret: granted.access_token.into(), expires_in: Duration::from_secs(granted.expires_in) })
            }
            429 => {
                Err(Error::Throttled { retry_after: answer.retry_after(), detail: "token: too many requests".into() })
            }
            400..=499 => Err(Error::Unauthorized {
                detail: format!("no token for this app: check its client id and secret ({})", answer.describe()),
                after: answer.took,
            }),
            _ => Err(Error::Unavailable { detail: format!("token: {}", answer.describe()), sent: false }),
        }
    }
}

fn secret_header(token: &SecretString) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(token.expose_secret()).map_err(|_| Error::Unauthorized {
        detail: "the access token holds characters that no token has: check where it is read from".to_owned(),
        after: Duration::ZERO,
    })?;
    value.set_sensitive(true);
    Ok(value)
}
