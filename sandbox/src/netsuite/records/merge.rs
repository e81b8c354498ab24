//! How a request's fields join a record: plain fields are set, sublists grow.

use serde_json::{Value, json};

use crate::netsuite::error::{ApiError, Result};
use crate::netsuite::kinds::RecordType;
use crate::netsuite::store::Store;
use crate::netsuite::value::{Object, rows};

/// How the lines of a sublist are known.
struct Lines {
    sublist: &'static str,
    /// The field that names a line within its record.
    key: &'static str,
    /// The field and sequence of its account-wide number.
    unique: Option<(&'static str, &'static str)>,
}

const LINES: &[Lines] = &[
    Lines { sublist: "item", key: "line", unique: Some(("lineUniqueKey", "line")) },
    Lines { sublist: "addressBook", key: "id", unique: Some(("addressId", "address")) },
];

/// A new record from its fields.
pub(crate) fn created(store: &Store, kind: &RecordType, fields: Object) -> Result<Object> {
    let mut fields = fields;
    for lines in LINES {
        // A new record has no lines yet that a number could name.
        if let Some(Value::Array(sent)) = fields.get_mut(lines.sublist).and_then(|sublist| sublist.get_mut("items")) {
            for line in sent.iter_mut().filter_map(Value::as_object_mut) {
                line.remove(lines.key);
            }
        }
    }
    changed(store, kind, Object::new(), fields, &[])
}

/// A record with fields changed. Null takes a field away.
pub(crate) fn changed(
    store: &Store,
    kind: &RecordType,
    mut record: Object,
    fields: Object,
    replace: &[String],
) -> Result<Object> {
    for (name, value) in fields {
        let replaced = replace.iter().any(|sublist| sublist.eq_ignore_ascii_case(&name));
        let known = LINES.iter().find(|lines| lines.sublist == name && kind.writable());
        let sent = value.get("items").and_then(Value::as_array).cloned();
        match (known, sent, value) {
            (_, _, Value::Null) => {
                record.remove(&name);
            }
            (Some(lines), Some(sent), _) => {
                let joined = join_lines(store, lines, &mut record, &sent, replaced)?;
                record.insert(name, json!({ "items": joined }));
            }
            (None, Some(sent), _) if name == "apply" => {
                let joined = join_applications(&record, &sent, replaced);
                record.insert(name, json!({ "items": joined }));
            }
            (None, Some(sent), _) if kind.writable() => {
                let mut all: Vec<Value> = Vec::new();
                if !replaced {
                    all.extend(rows(&record, &name).into_iter().cloned().map(Value::Object));
                }
                all.extend(sent);
                record.insert(name, json!({ "items": all }));
            }
            (_, _, Value::Object(part)) if is_subrecord(&part) => {
                let mut whole = match record.remove(&name) {
                    Some(Value::Object(whole)) => whole,
                    _ => Object::new(),
                };
                whole.extend(part);
                whole.retain(|_, value| !value.is_null());
                record.insert(name, Value::Object(whole));
            }
            (_, _, value) => {
                record.insert(name, value);
            }
        }
    }
    Ok(record)
}

/// References and enumerations have an id and are set; addresses have none and are merged.
fn is_subrecord(part: &Object) -> bool {
    !part.contains_key("id") && !part.contains_key("items")
}

fn join_lines(store: &Store, lines: &Lines, record: &mut Object, sent: &[Value], replaced: bool) -> Result<Vec<Value>> {
    let before: Vec<Object> = rows(record, lines.sublist).into_iter().cloned().collect();
    let counter = format!("_next_{}", lines.sublist);
    let mut next = record.get(&counter).and_then(Value::as_i64).unwrap_or(1);
    let mut after = if replaced { Vec::new() } else { before.clone() };
    for (index, line) in sent.iter().enumerate() {
        let Some(line) = line.as_object() else {
            continue;
        };
        match line.get(lines.key).and_then(Value::as_i64) {
            Some(number) => {
                let named = |line: &Object| line.get(lines.key).and_then(Value::as_i64) == Some(number);
                let Some(old) = before.iter().find(|line| named(line)) else {
                    return Err(ApiError::content(
                        format!("The line {number} does not exist in the sublist."),
                        &format!("{}.items[{index}].{}", lines.sublist, lines.key),
                    ));
                };
                let changed = join_line(old, line);
                match after.iter_mut().find(|line| named(line)) {
                    Some(place) => *place = changed,
                    None => after.push(changed),
                }
            }
            None => {
                let mut line = line.clone();
                line.retain(|_, value| !value.is_null());
                line.insert(lines.key.to_owned(), json!(next));
                next += 1;
                if let Some((field, sequence)) = lines.unique {
                    line.insert(field.to_owned(), json!(store.next(sequence)?.to_string()));
                }
                after.push(line);
            }
        }
    }
    record.insert(counter, json!(next));
    Ok(after.into_iter().map(Value::Object).collect())
}

/// A payment's applications are known by the transaction that they pay.
fn join_applications(record: &Object, sent: &[Value], replaced: bool) -> Vec<Value> {
    let before: Vec<Value> = rows(record, "apply").into_iter().cloned().map(Value::Object).collect();
    let mut after = if replaced { Vec::new() } else { before.clone() };
    for row in sent {
        let same = |other: &&Value| other["doc"]["id"] == row["doc"]["id"];
        let mut joined = before.iter().find(same).cloned().unwrap_or_else(|| json!({}));
        if let (Some(joined), Some(row)) = (joined.as_object_mut(), row.as_object()) {
            joined.extend(row.clone());
        }
        match after.iter_mut().find(|other| same(&&**other)) {
            Some(place) => *place = joined,
            None => after.push(joined),
        }
    }
    after
}

fn join_line(old: &Object, sent: &Object) -> Object {
    let mut line = old.clone();
    let priced_anew = sent.contains_key("quantity") || sent.contains_key("rate");
    if priced_anew && !sent.contains_key("amount") {
        line.remove("amount");
    }
    for (name, value) in sent {
        match (line.get_mut(name), value) {
            (Some(Value::Object(whole)), Value::Object(part)) if is_subrecord(part) => {
                whole.extend(part.clone());
            }
            _ => {
                line.insert(name.clone(), value.clone());
            }
        }
    }
    line.retain(|_, value| !value.is_null());
    line
}
