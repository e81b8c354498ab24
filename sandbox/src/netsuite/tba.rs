//! Token-based authentication: OAuth 1.0a request signatures with HMAC-SHA256.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use jiff::Timestamp;
use ring::hmac;

use super::auth::{Credentials, host};

/// How far a request's timestamp may be from now, in seconds.
const WINDOW_SECONDS: i64 = 300;

/// Nonces that were used, with their timestamps.
pub(crate) type Nonces = BTreeMap<String, i64>;

/// Percent-encodes as OAuth 1.0a wants it: all but letters, digits and `-._~`.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes percent-encoding; `None` where it is broken.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Whether the `Authorization: OAuth …` header's parameters sign this request.
pub(crate) fn allows(
    credentials: &Credentials,
    nonces: &mut Nonces,
    parts: &Parts,
    parameters: &str,
    now: Timestamp,
) -> bool {
    let Some(given) = read(parameters) else {
        return false;
    };
    let is = |name: &str, wanted: &str| given.get(name).map(String::as_str) == Some(wanted);
    let version_fits = given.get("oauth_version").is_none_or(|version| version == "1.0");
    let named = is("realm", &credentials.account)
        && is("oauth_consumer_key", &credentials.consumer_key)
        && is("oauth_token", &credentials.token_id)
        && is("oauth_signature_method", "HMAC-SHA256")
        && version_fits;
    let now = now.as_second();
    let at = given.get("oauth_timestamp").and_then(|at| at.parse::<i64>().ok());
    let (Some(at), Some(nonce)) = (at, given.get("oauth_nonce")) else {
        return false;
    };
    let fresh = near(now, at);
    if !named || !fresh || nonce.is_empty() || !signed(credentials, parts, &given) {
        return false;
    }
    nonces.retain(|_, at| near(now, *at));
    nonces.insert(nonce.clone(), at).is_none()
}

fn signed(credentials: &Credentials, parts: &Parts, given: &BTreeMap<String, String>) -> bool {
    let Some(signature) = given.get("oauth_signature").and_then(|signature| STANDARD.decode(signature).ok()) else {
        return false;
    };
    let mut pairs: Vec<(String, String)> = given
        .iter()
        .filter(|(name, _)| *name != "realm" && *name != "oauth_signature")
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    for pair in parts.uri.query().unwrap_or_default().split('&') {
        if pair.is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // Form encoding writes a blank as a plus; both sides of the signature see the blank.
        let read = |text: &str| decode(&text.replace('+', " "));
        let (Some(name), Some(value)) = (read(name), read(value)) else {
            return false;
        };
        pairs.push((encode(&name), encode(&value)));
    }
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let pairs = encode(&pairs.join("&"));
    let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.signing_key().as_bytes());
    // The sandbox itself speaks plain HTTP, but may stand behind something that speaks HTTPS.
    ["http", "https"].iter().any(|scheme| {
        let host = host(parts);
        let host = match *scheme {
            "http" => host.strip_suffix(":80").unwrap_or(&host),
            _ => host.strip_suffix(":443").unwrap_or(&host),
        };
        let url = encode(&format!("{scheme}://{host}{}", parts.uri.path()));
        let base = format!("{}&{url}&{pairs}", parts.method);
        hmac::verify(&key, base.as_bytes(), &signature).is_ok()
    })
}

/// `a="b", c="d"` with percent-encoded values.
fn read(parameters: &str) -> Option<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    for parameter in parameters.split(',') {
        let (name, value) = parameter.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        if given.insert(name.to_owned(), decode(value)?).is_some() {
            return None;
        }
    }
    Some(given)
}

fn near(now: i64, at: i64) -> bool {
    now.saturating_sub(at).saturating_abs() <= WINDOW_SECONDS
}
