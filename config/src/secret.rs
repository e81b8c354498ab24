use std::{fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};

/// A secret that the file only refers to. It is read while the configuration is loaded, so that a missing one is found at once.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A secret that is already in memory; for programs that build their configuration themselves.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value, still wrapped.
    pub fn value(&self) -> &SecretString {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Reference {
    Env(String),
    File(PathBuf),
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match Reference::deserialize(deserializer)? {
            Reference::Env(name) => {
                std::env::var(&name).map_err(|_| D::Error::custom(format!("the variable {name} is not set")))?
            }
            Reference::File(path) => std::fs::read_to_string(&path)
                .map_err(|e| D::Error::custom(format!("the file {} cannot be read: {e}", path.display())))?
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
        };
        let secret = Self::new(value);
        if secret.0.expose_secret().is_empty() {
            return Err(D::Error::custom("the secret is empty"));
        }
        Ok(secret)
    }
}
