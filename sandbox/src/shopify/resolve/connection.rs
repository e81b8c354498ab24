//! Connections: `first` or `last`, at most 250, and cursors that hold a place by value, so that a
//! page goes on where the last one ended though records have changed in between.

use std::ops::Bound;

use apollo_compiler::response::JsonMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Answer, Failure, Node, text};

/// Largest page.
const LARGEST: i64 = 250;

/// A node and its place in the order of its connection.
pub(crate) struct Item {
    /// Text that sorts like the sort key's value.
    pub sort: String,
    /// Breaks ties.
    pub id: u64,
    /// The record.
    pub node: Node,
}

/// What one page holds.
pub(crate) struct Page {
    items: Vec<Item>,
    has_next: bool,
    has_previous: bool,
}

impl Item {
    /// A list's element that stays in its place.
    pub(crate) fn at(index: usize, node: Node) -> Item {
        Item { sort: format!("{index:020}"), id: index as u64 + 1, node }
    }

    /// A record in the order of ids.
    pub(crate) fn by_id(id: u64, node: Node) -> Item {
        Item { sort: String::new(), id, node }
    }

    fn place(&self) -> (&str, u64) {
        (&self.sort, self.id)
    }

    fn cursor(&self) -> String {
        let cursor = json!({"last_id": self.id, "last_value": self.sort});
        STANDARD.encode(cursor.to_string())
    }
}

fn place_of(cursor: &str) -> Result<(String, u64), Failure> {
    let invalid = || Failure::bad_request("Invalid cursor for current pagination sort.");
    let bytes = STANDARD.decode(cursor).map_err(|_| invalid())?;
    let cursor: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    match (cursor["last_value"].as_str(), cursor["last_id"].as_u64()) {
        (Some(sort), Some(id)) => Ok((sort.to_owned(), id)),
        _ => Err(invalid()),
    }
}

pub(super) fn size(arguments: &JsonMap, name: &str) -> Result<Option<usize>, Failure> {
    let Some(size) = arguments.get(name).and_then(|size| size.as_i64()) else {
        return Ok(None);
    };
    if size > LARGEST {
        return Err(Failure::bad_request(format!("{name} cannot exceed {LARGEST}")));
    }
    usize::try_from(size).map(Some).map_err(|_| Failure::bad_request(format!("{name} cannot be negative")))
}

/// `first` and `last`, of which there is one.
fn sizes(arguments: &JsonMap) -> Result<(Option<usize>, Option<usize>), Failure> {
    match (size(arguments, "first")?, size(arguments, "last")?) {
        (None, None) => Err(Failure::bad_request("you must provide one of first or last")),
        (Some(_), Some(_)) => Err(Failure::bad_request("providing both first and last is not supported")),
        one => Ok(one),
    }
}

fn reversed(arguments: &JsonMap) -> bool {
    arguments.get("reverse").and_then(|flag| flag.as_bool()) == Some(true)
}

impl Page {
    /// Everything on one page, as a bulk operation reads what is nested.
    pub(super) fn whole(mut items: Vec<Item>) -> Page {
        items.sort_by(|a, b| a.place().cmp(&b.place()));
        Page { items, has_next: false, has_previous: false }
    }

    /// The page of a connection in the order of ids, which is all that is looked at. `between` gives the ids of a
    /// range, `node` the record of one.
    pub(super) fn by_id<I: DoubleEndedIterator<Item = u64>>(
        arguments: &JsonMap,
        between: impl FnOnce((Bound<u64>, Bound<u64>)) -> I,
        node: impl Fn(u64) -> Option<Node>,
    ) -> Result<Page, Failure> {
        let (first, last) = sizes(arguments)?;
        let reverse = reversed(arguments);
        let place = |name| text(arguments, name).map(place_of).transpose();
        let (after, before) = (place("after")?, place("before")?);
        let bound = |place: &Option<(String, u64)>| match place {
            Some((_, id)) => Bound::Excluded(*id),
            None => Bound::Unbounded,
        };
        let range = if reverse { (bound(&before), bound(&after)) } else { (bound(&after), bound(&before)) };
        let is_empty = matches!(range, (Bound::Excluded(low), Bound::Excluded(high)) if low >= high);
        let mut ids: Vec<u64> = Vec::new();
        let size = first.or(last).unwrap_or(0);
        if !is_empty {
            let all = between(range);
            // From the end for the last ones, and for the first ones of the reverse order.
            let from_end = last.is_some() != reverse;
            ids = if from_end { all.rev().take(size + 1).collect() } else { all.take(size + 1).collect() };
        }
        let more = ids.len() > size;
        ids.truncate(size);
        if last.is_some() {
            ids.reverse();
        }
        let items = ids.into_iter().filter_map(|id| Some(Item::by_id(id, node(id)?))).collect();
        let (has_next, has_previous) = if first.is_some() { (more, after.is_some()) } else { (before.is_some(), more) };
        Ok(Page { items, has_next, has_previous })
    }

    /// Where the next page goes on, if there is one.
    pub(super) fn next(&self) -> Option<String> {
        self.items.last().filter(|_| self.has_next).map(Item::cursor)
    }

    /// Sorts the items and cuts out the page that the arguments ask for.
    pub(super) fn cut(mut items: Vec<Item>, arguments: &JsonMap) -> Result<Page, Failure> {
        let (first, last) = sizes(arguments)?;
        let reverse = reversed(arguments);
        items.sort_by(|a, b| a.place().cmp(&b.place()));
        if reverse {
            items.reverse();
        }
        let beyond = |item: &Item, place: &(String, u64)| {
            let item = item.place();
            let place = (place.0.as_str(), place.1);
            if reverse { item < place } else { item > place }
        };
        let mut has_previous = false;
        let mut has_next = false;
        if let Some(after) = text(arguments, "after") {
            let place = place_of(after)?;
            let all = items.len();
            items.retain(|item| beyond(item, &place));
            has_previous = items.len() < all;
        }
        if let Some(before) = text(arguments, "before") {
            let place = place_of(before)?;
            let all = items.len();
            items.retain(|item| !beyond(item, &place) && item.place() != (&place.0, place.1));
            has_next = items.len() < all;
        }
        if let Some(first) = first
            && items.len() > first
        {
            items.truncate(first);
            has_next = true;
        }
        if let Some(last) = last
            && items.len() > last
        {
            items.drain(..items.len() - last);
            has_previous = true;
        }
        Ok(Page { items, has_next, has_previous })
    }

    pub(super) fn field(self: &std::sync::Arc<Page>, name: &str) -> Answer {
        match name {
            "nodes" => Answer::Many(self.items.iter().map(|item| item.node.clone()).collect()),
            "edges" => {
                let edges = 0..self.items.len();
                Answer::Many(edges.map(|index| Node::Edge(String::new(), self.clone(), index)).collect())
            }
            "pageInfo" => Answer::Shape(json!({
                "hasNextPage": self.has_next,
                "hasPreviousPage": self.has_previous,
                "startCursor": self.items.first().map(Item::cursor),
                "endCursor": self.items.last().map(Item::cursor),
            })),
            _ => Answer::Plain,
        }
    }

    pub(super) fn edge_field(&self, index: usize, name: &str) -> Answer {
        match (name, self.items.get(index)) {
            ("cursor", Some(item)) => Answer::Leaf(json!(item.cursor())),
            ("node", Some(item)) => Answer::One(item.node.clone()),
            _ => Answer::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::response::JsonValue;

    use super::*;

    fn items() -> Vec<Item> {
        (1..=5).map(|id| Item { sort: "same".to_owned(), id, node: Node::Query }).collect()
    }

    fn arguments(value: Value) -> JsonMap {
        match JsonValue::from(value) {
            JsonValue::Object(map) => map,
            _ => JsonMap::new(),
        }
    }

    fn page_ids(page: &Page) -> Vec<u64> {
        page.items.iter().map(|item| item.id).collect()
    }

    #[test]
    fn pages_join_without_gaps_in_both_directions() {
        for (reverse, expected) in [(false, [1, 2, 3, 4, 5]), (true, [5, 4, 3, 2, 1])] {
            let mut seen = Vec::new();
            let mut after = Value::Null;
            loop {
                let arguments = arguments(json!({"first": 2, "after": after, "reverse": reverse}));
                let page = Page::cut(items(), &arguments).ok().unwrap();
                seen.extend(page_ids(&page));
                if !page.has_next {
                    break;
                }
                after = json!(page.items.last().unwrap().cursor());
            }
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn last_and_before_walk_back() {
        let page = Page::cut(items(), &arguments(json!({"last": 2}))).ok().unwrap();
        assert_eq!(page_ids(&page), [4, 5]);
        assert!(page.has_previous && !page.has_next);
        let before = page.items[0].cursor();
        let page = Page::cut(items(), &arguments(json!({"last": 2, "before": before})));
        assert_eq!(page_ids(&page.ok().unwrap()), [2, 3]);
    }

    #[test]
    fn pages_by_id_are_the_same_pages() {
        let ids: std::collections::BTreeSet<u64> = (1..=5).collect();
        for (reverse, size) in [(false, "first"), (true, "first"), (false, "last"), (true, "last")] {
            let (onward, cursor) = if size == "first" { ("after", "endCursor") } else { ("before", "startCursor") };
            let mut place = Value::Null;
            for _ in 0..4 {
                let asked = arguments(json!({size: 2, onward: place, "reverse": reverse}));
                let all = ids.iter().map(|id| Item::by_id(*id, Node::Query)).collect();
                let cut = Page::cut(all, &asked).ok().unwrap();
                let quick = Page::by_id(&asked, |range| ids.range(range).copied(), |_| Some(Node::Query));
                let quick = std::sync::Arc::new(quick.ok().unwrap());
                assert_eq!(page_ids(&quick), page_ids(&cut));
                assert_eq!((quick.has_next, quick.has_previous), (cut.has_next, cut.has_previous), "{asked:?}");
                let Answer::Shape(info) = quick.field("pageInfo") else { panic!("a page has a pageInfo") };
                place = info[cursor].clone();
                if place.is_null() {
                    break;
                }
            }
        }
    }

    #[test]
    fn bad_sizes_are_refused() {
        for (asked, told) in [
            (json!({}), "you must provide one of first or last"),
            (json!({"first": 251}), "first cannot exceed 250"),
            (json!({"first": -1}), "first cannot be negative"),
            (json!({"first": 1, "after": "?"}), "Invalid cursor for current pagination sort."),
        ] {
            let refused = Page::cut(items(), &arguments(asked)).err().unwrap();
            assert_eq!(refused.message, told);
        }
    }
}
