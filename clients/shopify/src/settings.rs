use std::time::Duration;

use client_core::BadSettings;
use secrecy::SecretString;
use url::Url;

/// One shop and how to get in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The shop's own address, `https://<shop>.myshopify.com`.
    pub base_url: Url,
    /// The version of the Admin API, such as `2026-10`.
    pub api_version: String,
    /// The credentials.
    pub auth: Auth,
    /// The most that one request may take.
    pub timeout: Duration,
}

/// The credentials of an app on a shop.
#[derive(Clone, Debug)]
pub enum Auth {
    /// A token that does not expire, of an app made in the shop's admin.
    AccessToken(SecretString),
    /// An app of the merchant's own organisation: short-lived tokens are fetched.
    ClientCredentials {
        /// The app's client id.
        client_id: String,
        /// The app's client secret; Shopify signs webhooks with it too.
        client_secret: SecretString,
    },
}

impl Settings {
    pub(crate) fn url(&self, path: &str) -> Result<Url, BadSettings> {
        if !matches!(self.base_url.scheme(), "https" | "http") {
            let message = format!("{} is not an http address: write https://<shop>.myshopify.com", self.base_url);
            return Err(BadSettings { field: "base_url", message });
        }
        self.base_url.join(path).map_err(|error| BadSettings { field: "base_url", message: error.to_string() })
    }

    pub(crate) fn endpoint(&self) -> Result<Url, BadSettings> {
        let version = &self.api_version;
        let dated = matches!(version.split_once('-'), Some((year, month)) if is_number(year, 4) && is_number(month, 2));
        if !dated {
            let message = format!("`{version}` is not a version: write one such as 2026-10");
            return Err(BadSettings { field: "api_version", message });
        }
        self.url(&format!("/admin/api/{version}/graphql.json"))
    }
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_named() {
        let settings = |url: &str, version: &str| Settings {
            base_url: url.parse().unwrap(),
            api_version: version.to_owned(),
            auth: Auth::AccessToken("t".to_owned().into()),
            timeout: Duration::from_secs(1),
        };
        let good = settings("https://a.myshopify.com", "2026-10").endpoint().unwrap();
        assert_eq!(good.as_str(), "https://a.myshopify.com/admin/api/2026-10/graphql.json");
        for (bad, field) in [
            (settings("https://a.myshopify.com", "../x"), "api_version"),
            (settings("ftp://a.myshopify.com", "2026-10"), "base_url"),
        ] {
            assert_eq!(bad.endpoint().unwrap_err().field, field);
        }
    }
}
