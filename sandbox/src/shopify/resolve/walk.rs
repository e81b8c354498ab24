//! Reading a whole connection page by page, as a bulk operation does.

use std::sync::{Mutex, PoisonError};

use apollo_compiler::response::{JsonMap, JsonValue};

use super::connection::Page;

/// Nodes of the outermost connection that are read at a time.
const PAGE: i64 = 250;

/// One page's reading: where it begins, and where the next one will.
#[derive(Default)]
pub(crate) struct Walk {
    after: Option<String>,
    next: Mutex<Option<String>>,
}

impl Walk {
    pub(crate) fn from(after: Option<String>) -> Walk {
        Walk { after, next: Mutex::default() }
    }

    /// Where to go on after this page.
    pub(crate) fn next(self) -> Option<String> {
        self.next.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The arguments of the outermost connection with this page in them.
    pub(super) fn arguments(&self, arguments: &JsonMap) -> JsonMap {
        let mut paged = arguments.clone();
        for name in ["last", "before"] {
            paged.remove(name);
        }
        paged.insert("first", PAGE.into());
        if let Some(after) = &self.after {
            paged.insert("after", JsonValue::from(after.as_str()));
        }
        paged
    }

    pub(super) fn note(&self, page: &Page) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = page.next();
    }
}
