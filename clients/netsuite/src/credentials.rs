//! What goes into the `Authorization` header.

use std::time::Duration;

use client_core::{BadSettings, Error, Http, Result, Token, TokenCache, decode, plain};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::rows;
use crate::settings::Auth;
use crate::tba::Signer;

/// NetSuite takes up to an hour; this covers a clock that is a few minutes off.
const ASSERTION_LIFE: Duration = Duration::from_secs(10 * 60);

/// One account's credentials, ready for use.
pub enum Credentials {
    /// Requests carry a fetched token.
    Token(Box<Assertion>, TokenCache),
    /// Requests are signed.
    Signature(Signer),
}

/// Makes the signed assertions that fetch tokens.
pub struct Assertion {
    token_url: Url,
    client_id: String,
    header: Header,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

impl Credentials {
    pub fn new(auth: Auth, account: &str, token_url: Url) -> std::result::Result<Self, BadSettings> {
        match auth {
            Auth::OAuth2 { client_id, certificate_id, private_key_pem } => {
                let (algorithm, key) = read_key(&private_key_pem)?;
                let mut header = Header::new(algorithm);
                header.kid = Some(certificate_id);
                let assertion = Assertion { token_url, client_id, header, key };
                Ok(Self::Token(Box::new(assertion), TokenCache::default()))
            }
            Auth::Tba { consumer_key, consumer_secret, token_id, token_secret } => {
                Signer::new(account, consumer_key, &consumer_secret, token_id, &token_secret).map(Self::Signature)
            }
        }
    }

    /// The header's value for one request.
    pub async fn authorize(&self, http: &Http, method: &Method, url: &Url) -> Result<SecretString> {
        match self {
            Self::Token(assertion, tokens) => tokens.get(async || assertion.fetch_token(http).await).await,
            Self::Signature(signer) => {
                let nonce = Uuid::new_v4().simple().to_string();
                Ok(signer.header(method.as_str(), url, Timestamp::now().as_second(), &nonce).into())
            }
        }
    }

    /// Drops what NetSuite refused. False where there is nothing to get anew.
    pub async fn forget(&self, refused: &SecretString) -> bool {
        match self {
            Self::Token(_, tokens) => {
                tokens.forget(refused).await;
                true
            }
            Self::Signature(_) => false,
        }
    }
}

impl Assertion {
    async fn fetch_token(&self, http: &Http) -> Result<Token> {
        #[derive(Deserialize)]
        struct Granted {
            access_token: String,
            /// Seconds, as a string.
            #[serde(deserialize_with = "rows::count")]
            expires_in: u64,
        }
        let assertion = self.sign(Timestamp::now())?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let request = http.request(Method::POST, self.token_url.clone()).form(&form);
        let answer = http.send(request, "token").await.map_err(Error::before_sending)?;
        match answer.status {
            200 => {
                let granted: Granted = decode(&answer.body).map_err(Error::before_sending)?;
                let secret = format!("Bearer {}", granted.access_token).into();
                Ok(Token { secret, expires_in: Duration::from_secs(granted.expires_in) })
            }
            429 => {
                Err(Error::Throttled { retry_after: answer.retry_after(), detail: "token: too many requests".into() })
            }
            400..=499 => Err(Error::Unauthorized {
                detail: format!(
                    "no token for this integration: check client id, certificate id and key ({}{})",
                    answer.describe(),
                    oauth_error(&answer.body)
                ),
                after: answer.took,
            }),
            _ => Err(Error::Unavailable { detail: format!("token: {}", answer.describe()), sent: false }),
        }
    }

    fn sign(&self, now: Timestamp) -> Result<String> {
        let claims = Claims {
            iss: &self.client_id,
            scope: "rest_webservices",
            aud: self.token_url.as_str(),
            iat: now.as_second(),
            exp: now.as_second() + ASSERTION_LIFE.as_secs().cast_signed(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key).map_err(|error| Error::Unauthorized {
            detail: format!("the private key does not sign: {error}"),
            after: Duration::ZERO,
        })
    }
}

/// The algorithm follows from the key; of RSA NetSuite takes PSS only.
fn read_key(pem: &SecretString) -> std::result::Result<(Algorithm, EncodingKey), BadSettings> {
    let pem = pem.expose_secret().as_bytes();
    let elliptic = EncodingKey::from_ec_pem(pem).into_iter();
    let elliptic = elliptic.flat_map(|key| [(Algorithm::ES256, key.clone()), (Algorithm::ES384, key)]);
    let rsa = EncodingKey::from_rsa_pem(pem).into_iter().map(|key| (Algorithm::PS256, key));
    // A key only tells its curve by signing.
    let fits = |(algorithm, key): &(Algorithm, EncodingKey)| {
        jsonwebtoken::encode(&Header::new(*algorithm), &serde_json::json!({}), key).is_ok()
    };
    elliptic.chain(rsa).find(fits).ok_or_else(|| BadSettings {
        field: "auth.private_key_pem",
        message: "not a private key of EC P-256, EC P-384 or RSA in PKCS #8 PEM: `openssl pkcs8 -topk8 -nocrypt` \
                  converts older forms"
            .to_owned(),
    })
}

/// The code of an OAuth error answer, such as `invalid_grant`.
fn oauth_error(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refused {
        error: String,
    }
    decode::<Refused>(body).map(|refused| format!(", {}", plain(&refused.error))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use ring::rand::SystemRandom;
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    };
    use serde_json::{Value, json};

    use super::*;

    /// Made for this test with `openssl genpkey`; it opens nothing. The elliptic keys are made on the spot.
    const RSA: &str = include_str!("../tests/keys/rsa3072.pem");

    fn elliptic(curve: &'static EcdsaSigningAlgorithm) -> String {
        let key = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        let body = STANDARD.encode(key.as_ref());
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    fn assertion(pem: &str) -> Assertion {
        let auth = Auth::OAuth2 {
            client_id: "client".to_owned(),
            certificate_id: "certificate".to_owned(),
            private_key_pem: pem.to_owned().into(),
        };
        let url = "https://1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token";
        match Credentials::new(auth, "1", url.parse().unwrap()) {
            Ok(Credentials::Token(assertion, _)) => *assertion,
            _ => panic!("no assertion"),
        }
    }

    fn part(jwt: &str, index: usize) -> Value {
        let part = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap();
        serde_json::from_slice(&part).unwrap()
    }

    #[test]
    fn the_algorithm_follows_from_the_key() {
        let (p256, p384) = (&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED_SIGNING);
        let keys = [(elliptic(p256), "ES256"), (elliptic(p384), "ES384"), (RSA.to_owned(), "PS256")];
        for (pem, algorithm) in keys {
            let jwt = assertion(&pem).sign(Timestamp::from_second(1_767_225_600).unwrap()).unwrap();
            assert_eq!(part(&jwt, 0), json!({"typ": "JWT", "alg": algorithm, "kid": "certificate"}));
            assert_eq!(
                part(&jwt, 1),
                json!({"iss": "client", "scope": "rest_webservices", "iat": 1_767_225_600, "exp": 1_767_226_200,
                       "aud": "https://1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"})
            );
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused_without_showing_it() {
        for pem in ["", "secret", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"] {
            let error = read_key(&pem.to_owned().into()).err().unwrap();
            assert_eq!(error.field, "auth.private_key_pem");
            assert!(!error.to_string().contains("c2VjcmV0"));
        }
    }
}
