//! Bearer tokens, known by their hashes only.

use config::{Scope, Token};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::{ApiError, Code};

/// Who may do what.
pub struct Tokens(Vec<Entry>);

struct Entry {
    name: String,
    hash: [u8; 32],
    scopes: Vec<Scope>,
}

impl Tokens {
    /// Reads the configured hashes. Fails on a hash that is not 64 hex digits.
    pub fn new(tokens: &[Token]) -> anyhow::Result<Self> {
        let entry = |token: &Token| {
            let hash = hash_from_hex(&token.sha256)
                .ok_or_else(|| anyhow::anyhow!("token {:?}: sha256 is not 64 hex digits", token.name))?;
            Ok(Entry { name: token.name.clone(), hash, scopes: token.scopes.clone() })
        };
        Ok(Self(tokens.iter().map(entry).collect::<anyhow::Result<_>>()?))
    }

    /// The name of the caller whose token this `Authorization` value carries, if it has the scope.
    pub fn authorise(&self, authorization: Option<&[u8]>, scope: Scope) -> Result<&str, ApiError> {
        let missing = || {
            ApiError::new(Code::Unauthenticated, "a bearer token is required: send the header authorization: Bearer …")
        };
        let token = bearer(authorization.ok_or_else(missing)?).ok_or_else(missing)?;
        let hash: [u8; 32] = Sha256::digest(token).into();
        // Every entry is compared, so that the time does not tell which one came close.
        let mut found = None;
        for entry in &self.0 {
            if bool::from(entry.hash.ct_eq(&hash)) {
                found = Some(entry);
            }
        }
        match found {
            None => Err(ApiError::new(Code::Unauthenticated, "the bearer token is not known")),
            Some(entry) if entry.scopes.contains(&scope) => Ok(&entry.name),
            Some(entry) => Err(ApiError::new(
                Code::PermissionDenied,
                format!("token {:?} lacks the scope {}", entry.name, name(scope)),
            )),
        }
    }
}

fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Run => "run",
        Scope::Events => "events",
        Scope::Read => "read",
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

fn hash_from_hex(hex: &str) -> Option<[u8; 32]> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut hash = [0; 32];
    let digits = hex.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        // printf %s "open sesame" | sha256sum
        let sha256 = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb".to_owned();
        Tokens::new(&[Token { name: "ci".into(), sha256, scopes: vec![Scope::Run] }]).unwrap()
    }

    #[test]
    fn a_known_token_is_recognised_and_its_scopes_hold() {
        assert_eq!(tokens().authorise(Some(b"Bearer open sesame"), Scope::Run).unwrap(), "ci");
        assert_eq!(tokens().authorise(Some(b"bearer open sesame"), Scope::Run).unwrap(), "ci");
        let error = tokens().authorise(Some(b"Bearer open sesame"), Scope::Events).unwrap_err();
        assert_eq!(error.code, Code::PermissionDenied);
        assert!(error.message.contains("events"), "{error}");
    }

    #[test]
    fn anything_else_is_not() {
        let others: [Option<&[u8]>; 7] = [
            None,
            Some(b""),
            Some(b"Bearer "),
            Some(b"Bearer wrong"),
            Some(b"Basic open sesame"),
            Some(b"Bearer \xff\xfe"),
            // The hash itself is no token: a leaked configuration opens nothing.
            Some(b"Bearer 41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"),
        ];
        for value in others {
            assert_eq!(tokens().authorise(value, Scope::Run).unwrap_err().code, Code::Unauthenticated, "{value:?}");
        }
    }

    #[test]
    fn a_malformed_hash_is_refused_at_start() {
        for sha256 in ["", "zz", &"g".repeat(64)] {
            let token = Token { name: "x".into(), sha256: sha256.into(), scopes: vec![] };
            assert!(Tokens::new(&[token]).is_err());
        }
    }
}
