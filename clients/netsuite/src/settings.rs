use std::time::Duration;

use client_core::BadSettings;
use secrecy::SecretString;
use url::Url;

/// One account and how to get in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its REST services are: [`Settings::account_url`], but for a sandbox of our own.
    pub base_url: Url,
    /// The account id as NetSuite shows it, such as `1234567_SB1`.
    pub account: String,
    /// The credentials.
    pub auth: Auth,
    /// The most that one request may take. NetSuite itself gives up after 15 minutes.
    pub timeout: Duration,
}

/// The credentials of an integration.
#[derive(Clone, Debug)]
pub enum Auth {
    /// OAuth 2.0, machine to machine: requests carry a token that a signed assertion fetched.
    OAuth2 {
        /// The integration's client id.
        client_id: String,
        /// The id that NetSuite gave to the uploaded certificate.
        certificate_id: String,
        /// The certificate's private key, PKCS #8 in PEM: EC P-256 or P-384, or RSA.
        private_key_pem: SecretString,
    },
    /// Token-based authentication: every request is signed.
    Tba {
        /// The integration's consumer key.
        consumer_key: SecretString,
        /// The integration's consumer secret.
        consumer_secret: SecretString,
        /// The access token's id.
        token_id: SecretString,
        /// The access token's secret.
        token_secret: SecretString,
    },
}

impl Settings {
    /// The address of an account's REST services: lower-case, with `-` for `_`.
    pub fn account_url(account: &str) -> Result<Url, BadSettings> {
        let known =
            !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let host = account.to_ascii_lowercase().replace('_', "-");
        let url = Url::parse(&format!("https://{host}.suitetalk.api.netsuite.com"));
        url.ok().filter(|_| known).ok_or_else(|| BadSettings {
            field: "account",
            message: format!("`{account}` is not an account id: write it as NetSuite shows it, such as 1234567_SB1"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_own_host() {
        let url = Settings::account_url("1234567_SB1").unwrap();
        assert_eq!(url.as_str(), "https://1234567-sb1.suitetalk.api.netsuite.com/");
        for nonsense in ["", "1234567.evil.example/", "a b"] {
            assert_eq!(Settings::account_url(nonsense).unwrap_err().field, "account");
        }
    }
}
