//! The account's state: documents for the REST API, tables for SuiteQL, in one SQLite database.
//!
//! Tables that SuiteQL must not see start with an underscore, which no NetSuite name does.

use jiff::tz::TimeZone;
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::error::Result;
use super::kinds::{self, RecordType};
use super::records::Key;
use super::value::Object;
use super::{inventory, stock};

const TABLES: &str = r#"
CREATE TABLE _document(store TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(store, id));
CREATE TABLE _external(scope TEXT NOT NULL, externalid TEXT NOT NULL, store TEXT NOT NULL, id INTEGER NOT NULL,
    PRIMARY KEY(scope, externalid)) WITHOUT ROWID;
CREATE INDEX _external_record ON _external(store, id);
CREATE TABLE _sequence(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE "transaction"(id INTEGER PRIMARY KEY, type TEXT, recordtype TEXT, tranid TEXT, externalid TEXT,
    entity INTEGER, trandate TEXT, status TEXT, currency INTEGER, exchangerate NUMERIC, foreigntotal NUMERIC,
    memo TEXT, otherrefnum TEXT, email TEXT, customform INTEGER, createddate TEXT, lastmodifieddate TEXT,
    custbody_shopify_order_id TEXT, custbody_shopify_order_name TEXT,
    custbody_shopify_presentment_total TEXT, custbody_shopify_presentment_currency TEXT,
    custbody_o2c_brand TEXT, custbody_o2c_flags TEXT, custbody_sent_to_3pl TEXT, custbody_o2c_hold TEXT,
    custbody_o2c_invoiced TEXT, custbody_dcl_order_number TEXT, custbody_o2c_cartons TEXT,
    custbody_o2c_tracking TEXT, custbody_shopify_fulfillment_id TEXT, custbody_shopify_transaction_id TEXT,
    foreignamountpaid NUMERIC, foreignamountunpaid NUMERIC, foreignpaymentamountused NUMERIC,
    foreignpaymentamountunused NUMERIC, duedate TEXT, transferlocation INTEGER, custbody_dcl_po_number TEXT,
    custbody_dcl_po_reference TEXT, custbody_o2c_announced TEXT, custbody_o2c_left_out TEXT);
CREATE INDEX _transaction_externalid ON "transaction"(externalid);
CREATE INDEX _transaction_tranid ON "transaction"(tranid);
CREATE INDEX _transaction_entity ON "transaction"(entity);
CREATE INDEX _transaction_modified ON "transaction"(lastmodifieddate);
CREATE INDEX _transaction_status ON "transaction"(type, status);
CREATE INDEX _transaction_warehouse ON "transaction"(custbody_dcl_order_number);
CREATE INDEX _transaction_shipment ON "transaction"(custbody_shopify_fulfillment_id);
CREATE INDEX _transaction_payment ON "transaction"(custbody_shopify_transaction_id);
CREATE INDEX _transaction_order ON "transaction"(custbody_shopify_order_id);
CREATE INDEX _transaction_inbound ON "transaction"(custbody_dcl_po_number);
CREATE INDEX _transaction_announced ON "transaction"(custbody_dcl_po_reference);

CREATE TABLE transactionline(uniquekey INTEGER PRIMARY KEY, "transaction" INTEGER, id INTEGER,
    linesequencenumber INTEGER, mainline TEXT, taxline TEXT, item INTEGER, itemtype TEXT, quantity NUMERIC,
    rate NUMERIC, foreignamount NUMERIC, netamount NUMERIC, memo TEXT, isclosed TEXT, quantityshiprecv NUMERIC,
    quantitybilled NUMERIC, subsidiary INTEGER, location INTEGER, department INTEGER, class INTEGER,
    custcol_shopify_line_id TEXT, createdfrom INTEGER, quantitypicked NUMERIC, quantitypacked NUMERIC,
    quantitycommitted NUMERIC, quantitybackordered NUMERIC, linelastmodifieddate TEXT, expectedreceiptdate TEXT);
CREATE INDEX _line_transaction ON transactionline("transaction", id);
CREATE INDEX _line_origin ON transactionline(createdfrom);
CREATE INDEX _line_item ON transactionline(item);
CREATE INDEX _line_modified ON transactionline(linelastmodifieddate);

CREATE TABLE nexttransactionlinelink(previousdoc INTEGER, previousline INTEGER, previoustype TEXT,
    nextdoc INTEGER, nextline INTEGER, nexttype TEXT, linktype TEXT, foreignamount NUMERIC);
CREATE INDEX _link_previous ON nexttransactionlinelink(previousdoc);
CREATE INDEX _link_next ON nexttransactionlinelink(nextdoc);
CREATE VIEW previoustransactionlinelink AS SELECT * FROM nexttransactionlinelink;

CREATE INDEX _inventory_number ON _document(json_extract(body, '$.inventoryNumber'))
    WHERE store = 'inventoryNumber';

CREATE TABLE customer(id INTEGER PRIMARY KEY, entityid TEXT, externalid TEXT, altname TEXT, isperson TEXT,
    companyname TEXT, firstname TEXT, lastname TEXT, email TEXT, phone TEXT, subsidiary INTEGER,
    currency INTEGER, isinactive TEXT, datecreated TEXT, lastmodifieddate TEXT);
CREATE INDEX _customer_externalid ON customer(externalid);
CREATE INDEX _customer_email ON customer(email);
CREATE INDEX _customer_lower_email ON customer(LOWER(email));
CREATE INDEX _customer_entityid ON customer(LOWER(entityid));
CREATE VIEW customersubsidiaryrelationship AS
    SELECT id, id AS entity, subsidiary, 'T' AS isprimarysub FROM customer;

CREATE TABLE item(id INTEGER PRIMARY KEY, itemid TEXT, externalid TEXT, itemtype TEXT, displayname TEXT,
    fullname TEXT, description TEXT, upccode TEXT, isinactive TEXT, lastmodifieddate TEXT,
    isfulfillable TEXT, islotitem TEXT, isserialitem TEXT, unitstype INTEGER, stockunit INTEGER,
    saleunit INTEGER);
CREATE INDEX _item_itemid ON item(itemid);
CREATE INDEX _item_lower_itemid ON item(LOWER(itemid));
CREATE INDEX _item_externalid ON item(externalid);
CREATE INDEX _item_upccode ON item(upccode);
"#;

/// Reference records as SuiteQL tables: (collection, columns); `@` marks a reference, shown by id.
const VIEWS: &[(&str, &[&str])] = &[
    ("subsidiary", &["name", "@currency", "country", "@parent"]),
    ("currency", &["name", "symbol"]),
    ("location", &["name", "@subsidiary"]),
    ("classification", &["name"]),
    ("department", &["name"]),
    ("shipItem", &["itemId"]),
    ("salesTaxItem", &["itemId", "rate", "@taxType"]),
    ("taxType", &["name"]),
    ("priceLevel", &["name"]),
    ("term", &["name"]),
    ("paymentMethod", &["name"]),
    ("account", &["acctNumber", "acctName", "acctType"]),
    ("inventoryNumber", &["inventoryNumber", "@item"]),
    ("vendor", &["entityId", "companyName", "@subsidiary"]),
];

/// First ids that the account gives out, above the seed data.
const SEQUENCES: &[(&str, i64)] = &[
    ("transaction", 1201),
    ("entity", 601),
    ("item", 2001),
    ("line", 1),
    ("address", 1),
    ("tranId", 1001),
    ("tranId itemFulfillment", 1001),
    ("tranId invoice", 1001),
    ("tranId cashSale", 1001),
    ("tranId customerPayment", 1001),
    ("tranId customerDeposit", 1001),
    ("tranId depositApplication", 1001),
    ("tranId inventoryAdjustment", 1001),
    ("tranId purchaseOrder", 1001),
    ("tranId transferOrder", 1001),
    ("tranId itemReceipt", 1001),
];

/// The database. Callers hold it behind one mutex.
pub(crate) struct Store {
    pub(crate) db: Connection,
    /// The account's zone.
    pub(crate) zone: TimeZone,
}

impl Store {
    /// An empty account in a zone.
    pub(crate) fn open(zone: TimeZone) -> rusqlite::Result<Store> {
        let db = Connection::open_in_memory()?;
        // A misspelt "column" must be an error, not a text.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        db.pragma_update(None, "case_sensitive_like", true)?;
        db.set_prepared_statement_cache_capacity(128);
        let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        // SQLite's own LOWER and UPPER know ASCII only.
        db.create_scalar_function("lower", 1, pure, |call| {
            Ok(call.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
        })?;
        db.create_scalar_function("upper", 1, pure, |call| {
            Ok(call.get::<Option<String>>(0)?.map(|text| text.to_uppercase()))
        })?;
        for tables in [TABLES, inventory::TABLES, stock::TABLES] {
            db.execute_batch(tables)?;
        }
        for (store, columns) in VIEWS {
            db.execute_batch(&view(store, columns))?;
        }
        let mut insert = db.prepare("INSERT INTO _sequence VALUES (?1, ?2)")?;
        for kind in kinds::TYPES {
            if kind.scope == kind.name && kind.name != "customer" {
                insert.execute(params![kind.scope, 1])?;
            }
        }
        for (name, first) in SEQUENCES {
            insert.execute(params![name, first])?;
        }
        drop(insert);
        Ok(Store { db, zone })
    }

    /// The next number of a sequence.
    pub(crate) fn next(&self, sequence: &str) -> Result<i64> {
        let mut take =
            self.db.prepare_cached("UPDATE _sequence SET next = next + 1 WHERE name = ?1 RETURNING next - 1")?;
        Ok(take.query_row([sequence], |row| row.get(0))?)
    }

    /// Keeps a sequence above an id that was given from outside.
    pub(crate) fn reserve(&self, sequence: &str, id: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE _sequence SET next = MAX(next, ?2 + 1) WHERE name = ?1")?
            .execute(params![sequence, id])?;
        Ok(())
    }

    /// The record with this internal id.
    pub(crate) fn get(&self, store: &str, id: i64) -> Result<Option<Object>> {
        let body: Option<String> = self
            .db
            .prepare_cached("SELECT body FROM _document WHERE store = ?1 AND id = ?2")?
            .query_row(params![store, id], |row| row.get(0))
            .optional()?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// Whether the record exists.
    pub(crate) fn exists(&self, store: &str, id: i64) -> Result<bool> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM _document WHERE store = ?1 AND id = ?2")?
            .exists(params![store, id])?)
    }

    /// The collection and internal id behind an external id.
    pub(crate) fn find(&self, scope: &str, external: &str) -> Result<Option<(String, i64)>> {
        Ok(self
            .db
            .prepare_cached("SELECT store, id FROM _external WHERE scope = ?1 AND externalid = ?2")?
            .query_row(params![scope, external], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    /// The collection and internal id of any kind of transaction.
    pub(crate) fn transaction(&self, key: &Key) -> Result<Option<(&'static str, i64)>> {
        let id = match key {
            Key::External(external) => match self.find("transaction", external)? {
                Some((_, id)) => id,
                None => return Ok(None),
            },
            Key::Internal(id) => *id,
        };
        for kind in kinds::TYPES.iter().filter(|kind| kind.scope == "transaction") {
            if self.exists(kind.store, id)? {
                return Ok(Some((kind.store, id)));
            }
        }
        Ok(None)
    }

    /// Writes a record's document and its external id.
    pub(crate) fn put(&self, kind: &RecordType, id: i64, body: &Object) -> Result<()> {
        let text = Value::Object(body.clone()).to_string();
        self.db
            .prepare_cached(
                "INSERT INTO _document(store, id, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT(store, id) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![kind.store, id, text])?;
        self.db
            .prepare_cached("DELETE FROM _external WHERE scope = ?1 AND store = ?2 AND id = ?3")?
            .execute(params![kind.scope, kind.store, id])?;
        if let Some(external) = body.get("externalId").and_then(Value::as_str) {
            self.db
                .prepare_cached("INSERT INTO _external VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![kind.scope, external, kind.store, id])?;
        }
        Ok(())
    }

    /// Removes a record from everywhere.
    pub(crate) fn delete(&self, kind: &RecordType, id: i64) -> Result<()> {
        for statement in
            ["DELETE FROM _document WHERE store = ?1 AND id = ?2", "DELETE FROM _external WHERE store = ?1 AND id = ?2"]
        {
            self.db.prepare_cached(statement)?.execute(params![kind.store, id])?;
        }
        let rows: &[&str] = match kind.store {
            "customer" => &["DELETE FROM customer WHERE id = ?1"],
            "item" => &["DELETE FROM item WHERE id = ?1", "DELETE FROM _stock WHERE item = ?1"],
            "location" => &["DELETE FROM _stock WHERE location = ?1"],
            _ if kind.scope == "transaction" => &[
                "DELETE FROM \"transaction\" WHERE id = ?1",
                "DELETE FROM transactionline WHERE \"transaction\" = ?1",
                "DELETE FROM nexttransactionlinelink WHERE nextdoc = ?1",
            ],
            _ => &[],
        };
        for statement in rows {
            self.db.prepare_cached(statement)?.execute([id])?;
        }
        inventory::forget(self, kind, id)
    }

    /// All records of a collection by internal id.
    pub(crate) fn all(&self, store: &str) -> Result<Vec<Object>> {
        let mut select = self.db.prepare_cached("SELECT body FROM _document WHERE store = ?1 ORDER BY id")?;
        let bodies = select.query_map([store], |row| row.get::<_, String>(0))?;
        let mut all = Vec::new();
        for body in bodies {
            if let Ok(object) = serde_json::from_str(&body?) {
                all.push(object);
            }
        }
        Ok(all)
    }
}

fn view(store: &str, columns: &[&str]) -> String {
    let mut sql = format!(
        "CREATE VIEW {} AS SELECT id, json_extract(body, '$.externalId') AS externalid, \
         CASE json_extract(body, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive",
        store.to_lowercase()
    );
    for column in columns {
        let selected = match column.strip_prefix('@') {
            // The cast gives the column a number's affinity, so that a text parameter compares.
            Some(name) => format!(", CAST(json_extract(body, '$.{name}.id') AS INTEGER) AS {}", name.to_lowercase()),
            None => format!(", json_extract(body, '$.{column}') AS {}", column.to_lowercase()),
        };
        sql.push_str(&selected);
    }
    sql.push_str(&format!(" FROM _document WHERE store = '{store}'"));
    sql
}
