//! A history as it may be kept: without a word about the machine that it was made on, and without a secret.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::world::{TOKEN, World};

/// The history with every process that worked on it named alike. Panics where it holds a secret or a path of the machine.
pub fn clean(world: &World, history: &[u8]) -> Vec<u8> {
    let mut history: Value = serde_json::from_slice(history).unwrap();
    let machine = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let machine = format!("@{}", machine.trim());
    rename(&mut history, &machine);
    let mut texts = vec![];
    read(&history, &mut texts);
    let (shop, netsuite, dcl) =
        (world.sandbox.shopify.credentials(), world.sandbox.netsuite.credentials(), world.sandbox.dcl.credentials());
    let home = std::env::var("HOME").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let private = [
        TOKEN,
        &shop.client_secret,
        &shop.access_token,
        netsuite.private_key_pem.expose_secret(),
        dcl.password.expose_secret(),
        env!("CARGO_MANIFEST_DIR"),
        &home,
        &machine,
    ];
    for text in &texts {
        for secret in private.iter().filter(|secret| secret.len() > 1) {
            assert!(!text.contains(secret), "a history must not hold {secret:?}: {text}");
        }
    }
    history.to_string().into_bytes()
}

/// A process calls itself, and the queue of what it has in memory, by its number and its machine: `6121@host-…`.
fn rename(value: &mut Value, machine: &str) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| rename(value, machine)),
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, machine)),
        Value::String(text) if machine.len() > 1 => {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(machine);
            if let Some(rest) = rest.filter(|_| text.starts_with(|c: char| c.is_ascii_digit())) {
                *text = format!("worker{rest}");
            }
        }
        _ => {}
    }
}

/// Every text, and what a payload's base64 stands for.
fn read(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| read(value, texts)),
        Value::Array(values) => values.iter().for_each(|value| read(value, texts)),
        Value::String(text) => {
            if let Some(payload) = BASE64_STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
                texts.push(payload);
            }
            texts.push(text.clone());
        }
        _ => {}
    }
}
