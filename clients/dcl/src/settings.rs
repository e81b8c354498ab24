use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// One login and where it leads.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API with its version: `https://api.dclcorp.com/api/v1/`, or `https://api.dclcorp.com/api/sandbox/`.
    pub base_url: Url,
    /// The eFactory user.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// The most that one request may take.
    pub timeout: Duration,
}
