//! Which line of a transaction came from which line of another, as SuiteQL shows it.

use rusqlite::params;
use rust_decimal::Decimal;

use crate::netsuite::error::Result;
use crate::netsuite::store::Store;

/// One link: (document, its type, its line, the line of the next document, amount).
pub(super) type Link = (i64, &'static str, i64, i64, Option<Decimal>);

/// Makes these the links that lead to a document.
pub(super) fn replace(store: &Store, next: i64, next_type: &str, link_type: &str, links: &[Link]) -> Result<()> {
    store.db.prepare_cached("DELETE FROM nexttransactionlinelink WHERE nextdoc = ?1")?.execute([next])?;
    let mut insert =
        store.db.prepare_cached("INSERT INTO nexttransactionlinelink VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for (previous, previous_type, previous_line, next_line, amount) in links {
        insert.execute(params![
            previous,
            previous_line,
            previous_type,
            next,
            next_line,
            next_type,
            link_type,
            amount.map(|amount| amount.normalize().to_string()),
        ])?;
    }
    Ok(())
}

/// Whether another document was made from this one.
pub(super) fn leads_on(store: &Store, previous: i64) -> Result<bool> {
    Ok(store.db.prepare_cached("SELECT 1 FROM nexttransactionlinelink WHERE previousdoc = ?1")?.exists([previous])?)
}
