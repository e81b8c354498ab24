//! `--payload`: the workflow's input.

use std::io::Read;

use serde_json::{Map, Value};

use crate::Failure;

/// Reads JSON as it stands, from a file (`@order.json`) or from standard input (`-`).
///
/// # Errors
/// `Usage`: the file cannot be read, or this is not a JSON object.
pub fn read(argument: &str) -> Result<Map<String, Value>, Failure> {
    let usage = |source: &str, error: &dyn std::fmt::Display| Failure::Usage(format!("payload: {source}: {error}"));
    if argument == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| usage("standard input", &error))?;
        return parse(&text).map_err(|error| usage("standard input", &error));
    }
    if let Some(file) = argument.strip_prefix('@') {
        let text = std::fs::read_to_string(file).map_err(|error| usage(file, &error))?;
        return parse(&text).map_err(|error| usage(file, &error));
    }
    parse(argument).map_err(|error| Failure::Usage(format!("payload: {error}")))
}

/// Parses one payload.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(payload)) => Ok(payload),
        Ok(_) => Err("not a JSON object like {\"orderId\":\"450789469\"}".to_owned()),
        Err(error) => Err(format!("not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_files_are_read() {
        assert_eq!(read(r#"{"orderId":"1"}"#).unwrap()["orderId"], "1");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"orderId":2}"#).unwrap();
        assert_eq!(read(&format!("@{}", file.path().display())).unwrap()["orderId"], 2);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(read("[1]").unwrap_err().to_string().contains("not a JSON object"));
        assert!(read("orderId=1").unwrap_err().to_string().contains("not JSON"));
        let missing = read("@/nowhere.json").unwrap_err();
        assert_eq!(missing.exit_code(), 2);
        assert!(missing.to_string().contains("payload: /nowhere.json: No such file"), "{missing}");
    }
}
