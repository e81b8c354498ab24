//! Runs a bulk operation's query page by page and writes its lines.

use std::sync::Weak;

use serde_json::{Value, json};

use crate::shopify::resolve::Walk;
use crate::shopify::{Inner, execute, schema};

/// Runs an operation on a thread of its own, for as long as the shop is there.
pub(crate) fn start(shop: Weak<Inner>, id: u64) {
    std::thread::spawn(move || {
        let mut run = Run { id, after: None, later: Vec::new() };
        while let Some(shop) = shop.upgrade() {
            if !run.page(&shop) {
                return;
            }
        }
    });
}

struct Run {
    id: u64,
    after: Option<String>,
    /// Lines of children that do not stand below their parents.
    later: Vec<u8>,
}

/// The lines of one page.
#[derive(Default)]
struct Lines {
    roots: Vec<u8>,
    children: Vec<u8>,
    objects: u64,
    root_objects: u64,
}

impl Run {
    /// Writes one page; false once there is nothing more to do.
    fn page(&mut self, shop: &Inner) -> bool {
        let now = shop.clock.now();
        let job = shop.bulk().all.get(&self.id).map(|one| (one.query.clone(), one.version, one.grouped));
        let Some((query, version, grouped)) = job else {
            return false;
        };
        let Some(Ok(version)) = schema::version(version) else {
            return false;
        };
        let (page, next) = execute::walk(shop, version, &query, Walk::from(self.after.take()));
        let mut operations = shop.bulk();
        let Some(operation) = operations.all.get_mut(&self.id).filter(|one| one.error.is_none()) else {
            return false;
        };
        let page = match page {
            Ok(page) => page,
            Err(code) => {
                operation.error = Some(code);
                operation.finished_at = Some(now);
                operation.file = Some(std::mem::take(&mut operation.lines).into());
                return false;
            }
        };
        let mut lines = Lines::default();
        if let Value::Object(roots) = page {
            roots.into_iter().for_each(|(_, root)| lines.connection(root, None, grouped));
        }
        operation.lines.append(&mut lines.roots);
        self.later.append(&mut lines.children);
        operation.objects += lines.objects;
        operation.root_objects += lines.root_objects;
        self.after = next;
        if operation.cancelled {
            operation.finished_at = Some(now);
            return false;
        }
        if self.after.is_none() {
            operation.lines.append(&mut self.later);
            operation.file = Some(std::mem::take(&mut operation.lines).into());
            operation.finished_at = Some(now);
            return false;
        }
        true
    }
}

impl Lines {
    fn connection(&mut self, mut connection: Value, parent: Option<&str>, grouped: bool) {
        let Some(edges) = connection["edges"].as_array_mut() else {
            return;
        };
        for edge in edges {
            let mut node = edge["node"].take();
            let mut nested = Vec::new();
            take_connections(&mut node, &mut nested);
            let id = node["id"].as_str().unwrap_or_default().to_owned();
            if let Some(parent) = parent {
                node["__parentId"] = json!(parent);
            }
            self.objects += 1;
            self.root_objects += u64::from(parent.is_none());
            let lines = if parent.is_none() || grouped { &mut self.roots } else { &mut self.children };
            lines.extend_from_slice(node.to_string().as_bytes());
            lines.push(b'\n');
            for connection in nested {
                self.connection(connection, Some(&id), grouped);
            }
        }
    }
}

/// Takes the connections out of a node, also out of its objects.
fn take_connections(value: &mut Value, taken: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| {
                let is_connection = field.get("edges").is_some_and(Value::is_array);
                if is_connection {
                    taken.push(field.take());
                } else {
                    take_connections(field, taken);
                }
                !is_connection
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take_connections(item, taken)),
        _ => {}
    }
}
