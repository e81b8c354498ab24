use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{Error, Result};

const LONGEST_MESSAGE: usize = 500;

/// Reads a JSON body. The error says where it is wrong and how, never what stands there: that may be
/// a customer's data.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| Error::Unreadable { path: error.path().to_string(), detail: without_values(error.inner()) })?;
    deserializer
        .end()
        .map_err(|_| Error::Unreadable { path: ".".to_owned(), detail: "more follows after the JSON".to_owned() })?;
    Ok(value)
}

/// Writes a JSON body. `operation` names it in the error, which is final: the same value fails again.
pub fn encode(value: &impl Serialize, operation: &str) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::Rejected {
        code: "UNWRITABLE".to_owned(),
        message: format!("{operation}: the request cannot be written as JSON: {error}"),
        field: None,
        status: 0,
        request_id: None,
    })
}

/// A vendor's message made fit for logs and for people: one line, not endless, e-mail addresses masked.
pub fn plain(message: &str) -> String {
    let words = message.split_whitespace().map(|word| match word.split_once('@') {
        Some((name, domain)) if !name.is_empty() && domain.contains('.') => "(e-mail)",
        _ => word,
    });
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn without_values(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "the JSON ends early".to_owned(),
        Category::Syntax | Category::Io => "not JSON".to_owned(),
        Category::Data => {
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            // Serde writes `invalid type: string "…", expected u64`: only the last part is ours.
            match text.rsplit_once(", expected ") {
                Some((_, expected)) => format!("expected {expected}"),
                None if text.starts_with("missing field") => text.to_owned(),
                None => "not the documented shape".to_owned(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Person {
        name: String,
        age: u32,
    }

    fn wrong(body: &str) -> (String, String) {
        match decode::<Vec<Person>>(body.as_bytes()).unwrap_err() {
            Error::Unreadable { path, detail } => (path, detail),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn says_where_and_how_but_not_what() {
        for (body, path, detail) in [
            (r#"[{"name":"a","age":"secret, expected x"}]"#, "[0].age", "expected u32"),
            (r#"[{"name":"a"}]"#, "[0]", "missing field `age`"),
            (r#"[{"name":"a","age":1"#, "[0].?", "the JSON ends early"),
            ("", ".", "the JSON ends early"),
            ("<html>", ".", "not JSON"),
            ("[] []", ".", "more follows after the JSON"),
        ] {
            assert_eq!(wrong(body), (path.to_owned(), detail.to_owned()), "{body}");
        }
    }

    #[test]
    fn vendor_messages_lose_addresses_and_length() {
        assert_eq!(plain("no such\n customer ann@example.com."), "no such customer (e-mail)");
        assert_eq!(plain("The @idempotent directive"), "The @idempotent directive");
        assert_eq!(plain(&"ü".repeat(600)).chars().count(), LONGEST_MESSAGE + 1);
    }
}
