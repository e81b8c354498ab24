//! Shopify's search syntax, as far as clients use it on orders: `updated_at:>='2026-10-05T00:00:00Z'
//! -tag:SENT_TO_NS status:any`. Terms are joined by AND (or nothing) and OR; `-` and NOT negate.
//!
//! A field that Shopify does not know is ignored, with a warning in `extensions.search`: the search
//! then finds too much, which has bitten many.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::money;

/// A query that can be asked about orders.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Search {
    /// Any of these groups, all terms of a group.
    groups: Vec<Vec<Term>>,
    /// Field names that were ignored.
    pub unknown: Vec<String>,
}

#[derive(Debug, PartialEq)]
struct Term {
    negated: bool,
    field: Option<String>,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Is,
    Below,
    UpTo,
    Above,
    From,
}

/// Fields that orders can be searched by.
const FIELDS: [&str; 17] = [
    "id",
    "name",
    "tag",
    "tag_not",
    "created_at",
    "updated_at",
    "processed_at",
    "status",
    "financial_status",
    "fulfillment_status",
    "email",
    "customer_id",
    "sku",
    "test",
    "po_number",
    "risk_level",
    "source_name",
];

impl Search {
    pub(crate) fn parse(query: &str) -> Search {
        let mut search = Search::default();
        let mut group = Vec::new();
        let mut negate_next = false;
        for word in words(query) {
            match word.as_str() {
                "AND" => continue,
                "OR" => {
                    search.groups.push(std::mem::take(&mut group));
                    continue;
                }
                "NOT" => {
                    negate_next = true;
                    continue;
                }
                _ => {}
            }
            let mut term = Term::parse(&word);
            term.negated ^= std::mem::take(&mut negate_next);
            match &term.field {
                Some(field) if !FIELDS.contains(&field.as_str()) => {
                    search.unknown.push(field.clone());
                }
                _ => group.push(term),
            }
        }
        search.groups.push(group);
        search
    }

    /// The SKUs and ids that the query asks for, if it asks for nothing else.
    pub(crate) fn lookups(&self) -> Option<Vec<(&str, &str)>> {
        let one = |group: &[Term]| match group {
            [Term { negated: false, field: Some(field), operator: Operator::Is, .. }] => {
                matches!(field.as_str(), "sku" | "id")
            }
            _ => false,
        };
        if !self.groups.iter().all(|group| one(group)) {
            return None;
        }
        let terms = self.groups.iter().flatten();
        Some(terms.map(|term| (term.field.as_deref().unwrap_or_default(), term.value.as_str())).collect())
    }

    pub(crate) fn finds(&self, order: &Value) -> bool {
        self.groups.iter().any(|group| group.iter().all(|term| term.holds(order)))
    }

    /// The `extensions.search` entry, when something was ignored.
    pub(crate) fn warning(&self, path: &str, query: &str) -> Option<Value> {
        if self.unknown.is_empty() {
            return None;
        }
        let warnings: Vec<Value> = self
            .unknown
            .iter()
            .map(|field| {
                json!({
                    "field": field,
                    "message": "Invalid search field for this query.",
                    "code": "invalid_field"
                })
            })
            .collect();
        Some(json!({"path": [path], "query": query, "warnings": warnings}))
    }
}

impl Term {
    fn parse(word: &str) -> Term {
        let (negated, word) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let (field, rest) = match word.split_once(':') {
            Some((field, rest)) => (Some(field.to_lowercase()), rest),
            None => (None, word),
        };
        let (operator, value) =
            [(">=", Operator::From), ("<=", Operator::UpTo), (">", Operator::Above), ("<", Operator::Below)]
                .into_iter()
                .find_map(|(sign, operator)| Some((operator, rest.strip_prefix(sign)?)))
                .unwrap_or((Operator::Is, rest));
        Term { negated, field, operator, value: unquoted(value).to_owned() }
    }

    fn holds(&self, order: &Value) -> bool {
        self.matches(order) != self.negated
    }

    fn matches(&self, order: &Value) -> bool {
        let value = self.value.as_str();
        match self.field.as_deref() {
            None => {
                let email = order["email"].as_str().unwrap_or_default();
                same_name(order, value) || email.eq_ignore_ascii_case(value)
            }
            Some("name") => same_name(order, value),
            Some("tag") => has_tag(order, value),
            Some("tag_not") => !has_tag(order, value),
            Some("id") => {
                let wanted = value.rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
                match (order["id"].as_u64(), wanted) {
                    (Some(id), Some(wanted)) => self.compare(&id, &wanted),
                    _ => false,
                }
            }
            Some(date @ ("created_at" | "updated_at" | "processed_at")) => match (moment(&order[date]), bound(value)) {
                (Some(at), Some(wanted)) => self.compare(&at, &wanted),
                _ => false,
            },
            Some("status") => match value {
                "open" => order["closed_at"].is_null() && order["cancelled_at"].is_null(),
                "closed" => !order["closed_at"].is_null(),
                "cancelled" => !order["cancelled_at"].is_null(),
                "not_closed" => order["closed_at"].is_null(),
                _ => true,
            },
            Some("fulfillment_status") => match order["fulfillment_status"].as_str() {
                None => matches!(value, "unfulfilled" | "unshipped"),
                Some(status) => status == value || (status == "fulfilled" && value == "shipped"),
            },
            Some("customer_id") => value.parse().is_ok_and(|wanted: u64| order["customer"]["id"] == wanted),
            Some("test") => order["test"].as_bool().unwrap_or(false).to_string() == value,
            Some("sku") => super::derive::list(order, "line_items").iter().any(|line| line["sku"] == value),
            Some("risk_level") => {
                let level = order["risk"]["assessments"][0]["risk_level"].as_str();
                level.unwrap_or("none").eq_ignore_ascii_case(value)
            }
            Some(plain) => {
                let held = order[plain].as_str().unwrap_or_default();
                held.eq_ignore_ascii_case(value)
            }
        }
    }

    fn compare<T: PartialOrd>(&self, held: &T, wanted: &T) -> bool {
        match self.operator {
            Operator::Is => held == wanted,
            Operator::Below => held < wanted,
            Operator::UpTo => held <= wanted,
            Operator::Above => held > wanted,
            Operator::From => held >= wanted,
        }
    }
}

/// Splits at white space outside quotes.
fn words(query: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut letters = query.chars();
    while let Some(letter) = letters.next() {
        match quote {
            // Within quotes a backslash makes the next letter a plain one.
            Some(_) if letter == '\\' => {
                word.extend(letters.next());
                continue;
            }
            Some(open) if letter == open => quote = None,
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            None if letter.is_whitespace() || letter == '(' || letter == ')' => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(letter);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn unquoted(value: &str) -> &str {
    for quote in ['\'', '"'] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

fn same_name(order: &Value, value: &str) -> bool {
    let name = order["name"].as_str().unwrap_or_default();
    name.eq_ignore_ascii_case(value) || name.trim_start_matches('#') == value
}

fn has_tag(order: &Value, wanted: &str) -> bool {
    tags(order).iter().any(|tag| tag.eq_ignore_ascii_case(wanted))
}

/// The tags of a REST record.
pub(crate) fn tags(record: &Value) -> Vec<&str> {
    let tags = record["tags"].as_str().unwrap_or_default();
    tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect()
}

/// A REST time.
pub(crate) fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A time in a query: with zone, or without (then UTC), or a date alone.
fn bound(value: &str) -> Option<Timestamp> {
    if let Ok(at) = value.parse() {
        return Some(at);
    }
    let local: jiff::civil::DateTime = value.parse().ok()?;
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Sort keys of orders as text that sorts like the value.
pub(crate) fn order_sort(order: &Value, key: &str) -> String {
    let date = |name: &str| match moment(&order[name]) {
        Some(at) => format!("{:020}", at.as_microsecond()),
        None => String::new(),
    };
    match key {
        "UPDATED_AT" => date("updated_at"),
        "CREATED_AT" => date("created_at"),
        "PROCESSED_AT" => date("processed_at"),
        "ORDER_NUMBER" => format!("{:020}", order["order_number"].as_u64().unwrap_or(0)),
        "TOTAL_PRICE" => format!("{:020.4}", money::read(&order["total_price"])),
        "CURRENT_TOTAL_PRICE" => format!("{:020.4}", money::read(&order["current_total_price"])),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str) -> bool {
        let order = json!({
            "id": 450789469, "name": "#1001", "tags": "vip, Sent To NS", "email": "bob@example.com",
            "created_at": "2008-01-10T11:00:00-05:00", "updated_at": "2026-10-05T12:00:00Z",
            "financial_status": "paid", "cancelled_at": null, "closed_at": null,
            "line_items": [{"sku": "A-1"}],
        });
        Search::parse(query).finds(&order)
    }

    #[test]
    fn terms_are_understood_as_shopify_does() {
        for query in [
            "",
            "updated_at:>='2026-10-05T12:00:00Z'",
            "updated_at:>2026-10-05",
            "updated_at:<='2026-10-05T14:00:00+02:00'",
            "created_at:<2026-01-01 AND status:open",
            "name:#1001",
            "name:1001",
            "tag:VIP",
            "tag:'sent to ns'",
            "-tag:other",
            "tag_not:other",
            "NOT tag:other",
            "id:450789469",
            "id:>=450789469",
            "financial_status:paid sku:A-1",
            "tag:other OR name:1001",
            "bob@example.com",
        ] {
            assert!(finds(query), "{query}");
        }
        for query in [
            "updated_at:>'2026-10-05T12:00:00Z'",
            "-tag:vip",
            "tag_not:vip",
            "name:#1002",
            "status:cancelled",
            "financial_status:pending",
            "tag:vip AND tag:other",
            "id:<450789469",
        ] {
            assert!(!finds(query), "{query}");
        }
    }

    #[test]
    fn a_query_for_skus_alone_is_known_as_one() {
        let lookups = |query: &str| {
            let search = Search::parse(query);
            search.lookups().map(|all| all.into_iter().map(|(field, value)| format!("{field}={value}")).collect())
        };
        let all: Option<Vec<String>> = lookups(r"sku:'A 1' OR sku:B\ OR sku:'it\'s' OR id:7");
        assert_eq!(all.unwrap(), ["sku=A 1", r"sku=B\", "sku=it's", "id=7"]);
        for query in ["-sku:A", "sku:A sku:B", "sku:A OR tag:x", "updated_at:>2026-01-01", "A"] {
            let found: Option<Vec<String>> = lookups(query);
            assert_eq!(found, None, "{query}");
        }
    }

    #[test]
    fn an_unknown_field_is_ignored_and_told() {
        let search = Search::parse("updatedat:>2026-10-05");
        assert!(search.finds(&json!({})));
        let warning = search.warning("orders", "q").unwrap();
        assert_eq!(warning["warnings"][0]["code"], "invalid_field");
    }
}
