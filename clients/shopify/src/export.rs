//! Reading the file of an inventory export as it comes.

use client_core::{Error, Result, decode};
use futures_util::Stream;
use serde::Deserialize;
use url::Url;

use crate::answer::owed;
use crate::bulk::{BulkOperation, BulkOperationStatus};
use crate::client::Client;
use crate::convert::number;
use crate::inventory::{InventoryItem, level};

/// Above every real line, below what would hurt a worker.
const LONGEST_LINE: usize = 64 * 1024;
const OPERATION: &str = "inventory export";

impl Client {
    /// The items of a completed inventory export, in the order of its file. Holds one item at a time.
    ///
    /// A line that cannot be read is [`Error::Unreadable`] at `line <number>`, a file that ends before the operation's
    /// count of objects is one too, an address that is no longer good [`Error::NotFound`]. What came before stays read.
    pub fn inventory_export(&self, operation: &BulkOperation) -> impl Stream<Item = Result<InventoryItem>> {
        let source = source(operation);
        let objects = operation.objects;
        let id = operation.id.clone();
        async_stream::try_stream! {
            let mut reader = Reader::default();
            if let Some(url) = source? {
                let mut file = self.download(url, OPERATION).await?;
                gone(file.status, &id)?;
                while let Some(chunk) = file.chunk().await? {
                    let mut rest = &chunk[..];
                    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                        let (line, after) = rest.split_at(end);
                        if let Some(item) = reader.end_line(line)? {
                            yield item;
                        }
                        rest = &after[1..];
                    }
                    reader.keep(rest)?;
                }
            }
            if let Some(item) = reader.end_line(b"")? {
                yield item;
            }
            if let Some(item) = reader.finish(objects)? {
                yield item;
            }
        }
    }
}

/// Where the file is; none where an operation found nothing.
fn source(operation: &BulkOperation) -> Result<Option<Url>> {
    let BulkOperation { id, status, objects, url, .. } = operation;
    if *status != BulkOperationStatus::Completed {
        return Err(Error::NotFound { what: format!("the file of bulk operation {id}, which is {status:?}") });
    }
    let Some(url) = url else {
        if *objects == 0 {
            return Ok(None);
        }
        return Err(unreadable("bulkOperation.url", format!("none, but {objects} objects")));
    };
    let url = url.parse().map_err(|_| unreadable("bulkOperation.url", "expected an address".to_owned()))?;
    Ok(Some(url))
}

/// What the store says instead of giving the file.
fn gone(status: u16, id: &str) -> Result<()> {
    match status {
        200 => Ok(()),
        400 | 403 | 404 | 410 => Err(Error::NotFound {
            what: format!("the file of bulk operation {id} (status {status}): start a new export"),
        }),
        _ => Err(Error::Unavailable { detail: format!("{OPERATION}: status {status}"), sent: true }),
    }
}

/// Puts lines together to items: an item's own line comes first, its variants and levels directly below.
#[derive(Default)]
struct Reader {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    lines: u64,
    item: Option<InventoryItem>,
}

/// Any line of the file. What it is about its id tells.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    id: String,
    #[serde(rename = "__parentId")]
    parent: Option<String>,
    sku: Option<String>,
    tracked: Option<bool>,
    requires_components: Option<bool>,
    location: Option<At>,
    quantities: Option<Vec<Quantity>>,
}

#[derive(Deserialize)]
struct At {
    id: String,
}

#[derive(Deserialize)]
struct Quantity {
    name: String,
    quantity: i64,
}

impl Reader {
    fn keep(&mut self, begun: &[u8]) -> Result<()> {
        if self.begun.len() + begun.len() > LONGEST_LINE {
            return Err(wrong(self.lines + 1, &format!("longer than {LONGEST_LINE} bytes")));
        }
        self.begun.extend_from_slice(begun);
        Ok(())
    }

    /// Takes the rest of a line and gives the item before it, if that is whole now.
    fn end_line(&mut self, rest: &[u8]) -> Result<Option<InventoryItem>> {
        self.keep(rest)?;
        let mut text = std::mem::take(&mut self.begun);
        if text.trim_ascii().is_empty() {
            return Ok(None);
        }
        self.lines += 1;
        let whole = self.line(&text).map_err(|error| match error {
            Error::Unreadable { path, detail } => wrong(self.lines, &format!("{path}: {detail}")),
            other => other,
        })?;
        // The next line needs no room of its own.
        text.clear();
        self.begun = text;
        Ok(whole)
    }

    fn line(&mut self, text: &[u8]) -> Result<Option<InventoryItem>> {
        let line: Line = decode(text)?;
        let id = number(&line.id, "id")?;
        let Some(parent) = &line.parent else {
            let next = InventoryItem {
                id,
                sku: line.sku,
                tracked: owed(line.tracked, "tracked")?,
                variant: None,
                requires_components: false,
                levels: Vec::new(),
            };
            return Ok(self.item.replace(next));
        };
        let parent = number(parent, "__parentId")?;
        let Some(item) = self.item.as_mut().filter(|item| item.id == parent) else {
            return Err(unreadable("__parentId", "expected the item above".to_owned()));
        };
        if line.id.starts_with("gid://shopify/ProductVariant/") {
            item.variant.get_or_insert(id);
            item.requires_components |= owed(line.requires_components, "requiresComponents")?;
        } else {
            let location = owed(line.location, "location")?;
            let quantities = owed(line.quantities, "quantities")?;
            item.levels.push(level(&location.id, quantities.into_iter().map(|one| (one.name, one.quantity)))?);
        }
        Ok(None)
    }

    /// The last item, where no line is missing.
    fn finish(self, objects: u64) -> Result<Option<InventoryItem>> {
        if self.lines != objects {
            return Err(wrong(self.lines, &format!("the last one, of {objects}: the file is cut")));
        }
        Ok(self.item)
    }
}

fn wrong(line: u64, detail: &str) -> Error {
    unreadable(&format!("line {line}"), format!("{OPERATION}: {detail}"))
}

fn unreadable(path: &str, detail: String) -> Error {
    Error::Unreadable { path: path.to_owned(), detail }
}
