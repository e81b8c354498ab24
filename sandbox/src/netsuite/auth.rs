//! Who may call: OAuth 2.0 machine-to-machine tokens, and OAuth 1.0a token-based authentication.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::request::Parts;
use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::tba;

const TOKEN_LIFE_SECONDS: i64 = 3600;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ALGORITHMS: &[&str] = &["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];
pub(crate) const TOKEN_PATH: &str = "/services/rest/auth/oauth2/v1/token";

/// How to log in to the account. Made anew at each start. Serialized it shows its secrets: the control
/// API hands them out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The account id, as in the user interface and in TBA's realm.
    pub account: String,
    /// The integration's client id, `iss` of the client assertion.
    pub client_id: String,
    /// The certificate's id, `kid` of the client assertion.
    pub certificate_id: String,
    /// The private key of the certificate: EC P-256 in PKCS #8, for ES256.
    #[serde(serialize_with = "exposed")]
    pub private_key_pem: SecretString,
    /// The integration's consumer key, for TBA.
    pub consumer_key: String,
    /// The integration's consumer secret, for TBA.
    #[serde(serialize_with = "exposed")]
    pub consumer_secret: SecretString,
    /// The access token's id, for TBA.
    pub token_id: String,
    /// The access token's secret, for TBA.
    #[serde(serialize_with = "exposed")]
    pub token_secret: SecretString,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

#[derive(Debug)]
pub(crate) struct Auth {
    credentials: Credentials,
    public_key: Vec<u8>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bearer tokens and the moment when each expires.
    tokens: HashMap<String, Timestamp>,
    nonces: tba::Nonces,
}

/// A refused token request: HTTP status, OAuth error, description.
struct Refusal(StatusCode, &'static str, String);

fn refuse(status: StatusCode, error: &'static str, why: impl Into<String>) -> Refusal {
    Refusal(status, error, why.into())
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal(status, error, why) = self;
        let body = json!({ "error": error, "error_description": why });
        (status, axum::Json(body)).into_response()
    }
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    scope: Value,
    aud: Value,
    iat: f64,
    exp: f64,
}

impl Auth {
    /// New keys and secrets for an account.
    pub(crate) fn new(account: &str) -> anyhow::Result<Auth> {
        let random = SystemRandom::new();
        let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|_| anyhow!("could not make a key for the NetSuite sandbox"))?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref(), &random)
            .map_err(|error| anyhow!("could not read the NetSuite sandbox's key: {error}"))?;
        let secret = || format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Ok(Auth {
            credentials: Credentials {
                account: account.to_owned(),
                client_id: secret(),
                certificate_id: Uuid::new_v4().simple().to_string(),
                private_key_pem: pem(private.as_ref()).into(),
                consumer_key: secret(),
                consumer_secret: secret().into(),
                token_id: secret(),
                token_secret: secret().into(),
            },
            public_key: pair.public_key().as_ref().to_vec(),
            state: Mutex::default(),
        })
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Makes every bearer token invalid at once.
    pub(crate) fn revoke(&self) {
        self.state().tokens.clear();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token endpoint: a signed client assertion for a bearer token.
    pub(crate) fn token(&self, parts: &Parts, body: &[u8], now: Timestamp) -> Response {
        match self.grant(parts, body, now) {
            // The vendor answers with the seconds as a text.
            Ok(token) => axum::Json(json!({
                "access_token": token,
                "expires_in": TOKEN_LIFE_SECONDS.to_string(),
                "token_type": "bearer",
            }))
            .into_response(),
            Err(refusal) => refusal.into_response(),
        }
    }

    fn grant(&self, parts: &Parts, body: &[u8], now: Timestamp) -> Result<String, Refusal> {
        let bad = |why: &str| refuse(StatusCode::BAD_REQUEST, "invalid_request", why);
        if parts.method != http::Method::POST {
            return Err(bad("the token endpoint takes POST"));
        }
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let is_form = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(bad("the body must be application/x-www-form-urlencoded"));
        }
        let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
        match form.get("grant_type").map(String::as_str) {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(refuse(
                    StatusCode::BAD_REQUEST,
                    "unsupported_grant_type",
                    "grant_type must be client_credentials",
                ));
            }
            None => return Err(bad("grant_type is missing")),
        }
        if form.get("client_assertion_type").map(String::as_str) != Some(ASSERTION_TYPE) {
            return Err(bad("client_assertion_type is missing or wrong"));
        }
        let assertion = form.get("client_assertion").ok_or_else(|| bad("client_assertion is missing"))?;
        self.check_assertion(parts, assertion, now)?;
        Ok(self.issue(now))
    }

    /// A bearer token of an hour.
    pub(crate) fn issue(&self, now: Timestamp) -> String {
        let token = format!("eyJ{}", Uuid::new_v4().simple());
        let expires = now.checked_add(SignedDuration::from_secs(TOKEN_LIFE_SECONDS)).unwrap_or(now);
        let mut state = self.state();
        state.tokens.retain(|_, expires| *expires > now);
        state.tokens.insert(token.clone(), expires);
        token
    }

    fn check_assertion(&self, parts: &Parts, jwt: &str, now: Timestamp) -> Result<(), Refusal> {
        let client = |why: &str| refuse(StatusCode::UNAUTHORIZED, "invalid_client", why);
        let grant = |why: &str| refuse(StatusCode::BAD_REQUEST, "invalid_grant", why);
        let unreadable = || client("client_assertion is not a JWT");

        let (signed, signature) = jwt.rsplit_once('.').ok_or_else(unreadable)?;
        let (head, claims) = signed.split_once('.').ok_or_else(unreadable)?;
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable());
        let head: Head = serde_json::from_slice(&part(head)?).map_err(|_| unreadable())?;
        let claims: Claims =
            serde_json::from_slice(&part(claims)?).map_err(|_| grant("iss, scope, aud, iat and exp are required"))?;

        if !ALGORITHMS.contains(&head.alg.as_str()) {
            return Err(client("alg must be one of PS256 to PS512 and ES256 to ES512"));
        }
        if head.kid.as_deref() != Some(&self.credentials.certificate_id) {
            return Err(client("kid names no certificate of this account"));
        }
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public_key);
        let verified = key.verify(signed.as_bytes(), &part(signature)?);
        // The registered certificate is EC P-256, which only ES256 fits.
        if head.alg != "ES256" || verified.is_err() {
            return Err(client("the signature does not fit the certificate"));
        }
        if claims.iss != self.credentials.client_id {
            return Err(client("iss names no client of this account"));
        }
        let now = now.as_second() as f64;
        if claims.exp <= now {
            return Err(grant("the assertion has expired"));
        }
        if claims.iat > now + 60.0 {
            return Err(grant("iat lies in the future"));
        }
        if claims.exp <= claims.iat || claims.exp > claims.iat + TOKEN_LIFE_SECONDS as f64 {
            return Err(grant("exp must be at most 60 minutes after iat"));
        }
        if !texts(&claims.aud).iter().any(|aud| is_token_url(parts, aud)) {
            return Err(grant("aud must be the token URL"));
        }
        if !texts(&claims.scope).iter().any(|scope| scope == "rest_webservices") {
            return Err(refuse(StatusCode::BAD_REQUEST, "invalid_scope", "scope must contain rest_webservices"));
        }
        Ok(())
    }

    /// Whether the request is logged in, by either scheme.
    pub(crate) fn allows(&self, parts: &Parts, now: Timestamp) -> bool {
        let Some(given) = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        let (scheme, rest) = given.split_once(' ').unwrap_or((given, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            let state = self.state();
            return state.tokens.get(rest.trim()).is_some_and(|expires| *expires > now);
        }
        if scheme.eq_ignore_ascii_case("oauth") {
            let mut state = self.state();
            return tba::allows(&self.credentials, &mut state.nonces, parts, rest, now);
        }
        false
    }
}

/// The claim as texts: a list, or one text of several "separated by a comma" or a blank.
fn texts(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(text) => text.split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        Value::Array(list) => list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// Whether `aud` is the address by which this request came.
fn is_token_url(parts: &Parts, aud: &str) -> bool {
    let host = host(parts);
    ["http", "https"].iter().any(|scheme| aud == format!("{scheme}://{host}{TOKEN_PATH}"))
}

/// The host, and port if any, by which the sandbox was reached.
pub(crate) fn host(parts: &Parts) -> String {
    parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .map(str::to_owned)
        .or_else(|| parts.uri.authority().map(ToString::to_string))
        .unwrap_or_default()
        .to_lowercase()
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

impl Credentials {
    /// The key of TBA's signature.
    pub(crate) fn signing_key(&self) -> String {
        format!(
            "{}&{}",
            tba::encode(self.consumer_secret.expose_secret()),
            tba::encode(self.token_secret.expose_secret())
        )
    }
}
