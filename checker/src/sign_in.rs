use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::Method;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::sync::Mutex;
use url::Url;

use crate::wire::{ReadError, send};

/// How to sign in at NetSuite.
#[derive(Debug, Clone)]
pub enum NetsuiteAuth {
    /// A ready OAuth 2.0 access token.
    AccessToken(SecretString),
    /// OAuth 2.0 machine to machine, with a key on the curve P-256 (`ES256`).
    OAuth2 {
        /// The integration record's client id.
        client_id: String,
        /// Id of the certificate that is mapped to it.
        certificate_id: String,
        /// The private key, PKCS #8 in PEM.
        private_key_pem: SecretString,
    },
    /// Token-based authentication (OAuth 1.0a).
    Tba {
        /// The account id, as in NetSuite's own pages: `1234567_SB1`.
        account: String,
        /// Consumer key.
        consumer_key: String,
        /// Consumer secret.
        consumer_secret: SecretString,
        /// Token id.
        token_id: String,
        /// Token secret.
        token_secret: SecretString,
    },
}

/// Makes the `Authorization` header of every request.
#[derive(Debug)]
pub(crate) struct SignIn {
    auth: NetsuiteAuth,
    token_url: Url,
    http: reqwest::Client,
    token: Mutex<Option<SecretString>>,
}

impl SignIn {
    pub(crate) fn new(auth: NetsuiteAuth, base_url: &Url, http: reqwest::Client) -> Self {
        let mut token_url = base_url.clone();
        token_url.set_path("/services/rest/auth/oauth2/v1/token");
        Self { auth, token_url, http, token: Mutex::new(None) }
    }

    pub(crate) async fn authorization(&self, method: &Method, url: &Url) -> Result<String, ReadError> {
        match &self.auth {
            NetsuiteAuth::AccessToken(token) => Ok(format!("Bearer {}", token.expose_secret())),
            NetsuiteAuth::OAuth2 { client_id, certificate_id, private_key_pem } => {
                let mut held = self.token.lock().await;
                let token = match held.take() {
                    Some(token) => token,
                    None => self.fetch(client_id, certificate_id, private_key_pem).await?,
                };
                let header = format!("Bearer {}", token.expose_secret());
                *held = Some(token);
                Ok(header)
            }
            NetsuiteAuth::Tba { account, consumer_key, consumer_secret, token_id, token_secret } => {
                let mut nonce = [0_u8; 16];
                SystemRandom::new().fill(&mut nonce).map_err(|_| ReadError::Credentials("no randomness".to_owned()))?;
                let signer = Signer { account, consumer_key, consumer_secret, token_id, token_secret };
                let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
                Ok(signer.header(method, url, Timestamp::now().as_second(), &nonce))
            }
        }
    }

    /// Drops the token that was fetched.
    pub(crate) async fn forget(&self) {
        *self.token.lock().await = None;
    }

    async fn fetch(&self, client_id: &str, kid: &str, pem: &SecretString) -> Result<SecretString, ReadError> {
        let what = "NetSuite access token";
        let assertion = self.assertion(client_id, kid, pem)?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        let (status, answer) = send(what, self.http.post(self.token_url.clone()).form(&form)).await?;
        if !status.is_success() {
            return Err(ReadError::refused(what, format!("{status}: {}", answer["error"])));
        }
        let token = answer["access_token"].as_str().ok_or_else(|| ReadError::unreadable(what, "access_token"))?;
        Ok(token.into())
    }

    /// The JSON Web Token that NetSuite exchanges for an access token, good for five minutes.
    fn assertion(&self, client_id: &str, kid: &str, pem: &SecretString) -> Result<String, ReadError> {
        let unusable =
            |why: &str| ReadError::Credentials(format!("the NetSuite private key {why}; PKCS #8, P-256, PEM expected"));
        let base64: String = pem.expose_secret().lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(base64.trim()).map_err(|_| unusable("is not PEM"))?;
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random)
            .map_err(|e| unusable(&format!("is refused ({e})")))?;
        let now = Timestamp::now().as_second();
        let header = json!({"typ": "JWT", "alg": "ES256", "kid": kid});
        let claims = json!({
            "iss": client_id,
            "scope": "rest_webservices",
            "aud": self.token_url.as_str(),
            "iat": now,
            "exp": now + 300,
        });
        let encode = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let signed = format!("{}.{}", encode(&header.to_string()), encode(&claims.to_string()));
        let signature = key.sign(&random, signed.as_bytes()).map_err(|_| unusable("does not sign"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }
}

struct Signer<'a> {
    account: &'a str,
    consumer_key: &'a str,
    consumer_secret: &'a SecretString,
    token_id: &'a str,
    token_secret: &'a SecretString,
}

impl Signer<'_> {
    fn header(&self, method: &Method, url: &Url, timestamp: i64, nonce: &str) -> String {
        let timestamp = timestamp.to_string();
        let oauth = [
            ("oauth_consumer_key", self.consumer_key),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", timestamp.as_str()),
            ("oauth_token", self.token_id),
            ("oauth_version", "1.0"),
        ];
        let mut parameters: Vec<(String, String)> =
            oauth.iter().map(|(name, value)| (encode(name), encode(value))).collect();
        parameters.extend(url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))));
        parameters.sort();
        let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut address = url.clone();
        address.set_query(None);
        let base = format!("{method}&{}&{}", encode(address.as_str()), encode(&parameters.join("&")));
        let key =
            format!("{}&{}", encode(self.consumer_secret.expose_secret()), encode(self.token_secret.expose_secret()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let signature = STANDARD.encode(hmac::sign(&key, base.as_bytes()).as_ref());
        let oauth: String = oauth.iter().map(|(name, value)| format!("{name}=\"{}\", ", encode(value))).collect();
        // The realm is upper case with an underscore, where the host name has a hyphen.
        let realm = self.account.to_uppercase().replace('-', "_");
        format!("OAuth realm=\"{realm}\", {oauth}oauth_signature=\"{}\"", encode(&signature))
    }
}

/// Percent-encoding of RFC 5849, section 3.6: only the unreserved characters stand.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected value computed with Python's hmac and urllib.
    #[test]
    fn signs_the_method_the_address_and_every_parameter_in_order() {
        let (consumer_secret, token_secret) = (SecretString::from("cs&1"), SecretString::from("ts/2"));
        let signer = Signer {
            account: "tstdrv1-sb1",
            consumer_key: "ck",
            consumer_secret: &consumer_secret,
            token_id: "tid",
            token_secret: &token_secret,
        };
        let url = "https://t.example/services/rest/query/v1/suiteql?limit=1000&offset=0".parse().unwrap();
        let header = signer.header(&Method::POST, &url, 1_700_000_000, "abc");
        assert!(header.starts_with("OAuth realm=\"TSTDRV1_SB1\", oauth_consumer_key=\"ck\", "), "{header}");
        assert!(header.ends_with("oauth_signature=\"yMQzPj3NVSCyWPJ007He%2Fg8ijphyn6iKkVsfYk4lnuY%3D\""), "{header}");
    }
}
