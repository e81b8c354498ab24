//! Is this body from Shopify?

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// True if `signature` (base64) is the HMAC-SHA256 of exactly these bytes under one of the secrets. Each comparison
/// takes constant time. During a rotation Shopify signs with the old secret for up to an hour:
/// <https://shopify.dev/docs/apps/build/webhooks/verify-deliveries>
pub fn is_authentic<'a>(body: &[u8], signature: &[u8], secrets: impl IntoIterator<Item = &'a SecretString>) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
    secrets.into_iter().any(|secret| {
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf '{"id":450789469}' | openssl dgst -sha256 -hmac 'hush' -binary | base64
    const BODY: &[u8] = br#"{"id":450789469}"#;
    const SIGNATURE: &[u8] = b"QPF8T1ti8Gpf6xXRoKZDI2G/2Fp8v4tKnau8MqDdx3o=";

    fn secrets(names: &[&str]) -> Vec<SecretString> {
        names.iter().map(|s| SecretString::from(*s)).collect()
    }

    #[test]
    fn the_current_and_the_previous_secret_are_accepted() {
        assert!(is_authentic(BODY, SIGNATURE, &secrets(&["hush"])));
        assert!(is_authentic(BODY, SIGNATURE, &secrets(&["new", "hush"])));
    }

    #[test]
    fn anything_else_is_refused() {
        assert!(!is_authentic(BODY, SIGNATURE, &secrets(&["other"])));
        assert!(!is_authentic(BODY, SIGNATURE, &secrets(&[])));
        assert!(!is_authentic(br#"{"id": 450789469}"#, SIGNATURE, &secrets(&["hush"])));
        for signature in [&b""[..], b"=", b"not base64 at all", &SIGNATURE[..SIGNATURE.len() - 4], b"\xff\xff"] {
            assert!(!is_authentic(BODY, signature, &secrets(&["hush"])));
        }
    }
}
