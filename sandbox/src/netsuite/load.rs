//! A catalogue of any size into the account: items, stock, kits and bills of materials.

use anyhow::{anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde_json::{Value, json};

use super::Account;
use super::dates;
use super::error::ApiError;
use super::kinds::{self, RecordType};
use super::normalise::Rules;
use super::records::Context;
use super::value::Object;
use crate::catalogue::{Catalogue, Component, Kind, Sku};

/// The seed data's unit of twelve.
const DOZEN: &str = "2";
/// Pieces in it.
const PER_DOZEN: u32 = 12;

impl Account {
    /// Adds a generated catalogue in one step, without adjustments: it is there as if from the beginning.
    ///
    /// Fails where the account has one of its item ids already, and then adds nothing.
    pub fn load_catalogue(&self, catalogue: &Catalogue) -> anyhow::Result<()> {
        let ids = || catalogue.skus.iter().filter_map(|sku| sku.item_id);
        self.with(|ctx| {
            let transaction = ctx.store.db.unchecked_transaction()?;
            for id in [ids().min(), ids().max()].into_iter().flatten() {
                if ctx.store.exists("item", id).map_err(reason)? {
                    bail!("the account has the item {id} already: an account takes one catalogue");
                }
            }
            places(&ctx, catalogue)?;
            items(&ctx, catalogue)?;
            for sku in &catalogue.skus {
                match (sku.kind, sku.item_id) {
                    (Kind::Kit, Some(id)) => kit(&ctx, sku, id)?,
                    (Kind::Assembly, Some(id)) => assembly(&ctx, sku, id)?,
                    _ => {}
                }
            }
            transaction.commit()?;
            Ok(())
        })?;
        let body = json!({"skus": catalogue.skus.len(), "locations": catalogue.places.len()});
        self.note("load catalogue", None, None, "ok", &body);
        Ok(())
    }
}

fn reason(error: ApiError) -> anyhow::Error {
    anyhow!(error.detail)
}

fn create(ctx: &Context<'_>, record: &str, body: Value) -> anyhow::Result<i64> {
    let kind = kinds::find(record).ok_or_else(|| anyhow!("there is no record type {record}"))?;
    let body = body.as_object().cloned().unwrap_or_default();
    ctx.create(kind, &body, None, Rules::trusted()).map_err(reason)
}

fn places(ctx: &Context<'_>, catalogue: &Catalogue) -> anyhow::Result<()> {
    for place in &catalogue.places {
        if !ctx.store.exists("location", place.netsuite).map_err(reason)? {
            let body = json!({"id": place.netsuite.to_string(), "name": place.name, "subsidiary": {"id": "1"}});
            create(ctx, "location", body)?;
        }
    }
    Ok(())
}

/// What is no bundle, past the checks of single writes: of these there are many.
fn items(ctx: &Context<'_>, catalogue: &Catalogue) -> anyhow::Result<()> {
    let kind = kinds::find("inventoryItem").ok_or_else(|| anyhow!("there is no inventoryItem"))?;
    let now = Timestamp::from_second(ctx.now.as_second()).unwrap_or(ctx.now).to_string();
    let modified = dates::stored_text(&now, &ctx.store.zone);
    let mut document = ctx.store.db.prepare_cached("INSERT INTO _document(store, id, body) VALUES ('item', ?1, ?2)")?;
    let mut item = ctx.store.db.prepare_cached(
        "INSERT INTO item(id, itemid, itemtype, displayname, fullname, description, isinactive, lastmodifieddate,
         isfulfillable, islotitem, isserialitem) VALUES (?1, ?2, ?3, ?4, ?2, ?4, 'F', ?5, 'T', 'F', 'F')",
    )?;
    let mut level = ctx.store.db.prepare_cached(
        "INSERT INTO _stock VALUES (?1, ?2, ?3, 0, 0, 0, 0)
         ON CONFLICT(item, location) DO UPDATE SET onhand = excluded.onhand, committed = 0, onorder = 0,
         intransit = 0, backordered = 0",
    )?;
    for sku in catalogue.skus.iter().filter(|sku| sku.kind == Kind::Item) {
        let Some(id) = sku.item_id else { continue };
        document.execute(params![id, described(kind, sku, id, &now).to_string()])?;
        item.execute(params![id, sku.sku, kind.item_type, sku.title, modified])?;
        super::stock::add_item(ctx.store, id).map_err(reason)?;
        for stocked in &sku.levels {
            if let (Some(place), Some(on_hand)) = (catalogue.places.get(stocked.place), stocked.on_hand) {
                level.execute(params![id, place.netsuite, on_hand])?;
            }
        }
    }
    if let Some(last) = catalogue.skus.iter().filter_map(|sku| sku.item_id).max() {
        ctx.store.reserve(kind.scope, last).map_err(reason)?;
    }
    Ok(())
}

fn described(kind: &RecordType, sku: &Sku, id: i64, now: &str) -> Value {
    let mut record = named(sku, id);
    record["recordType"] = json!(kind.name);
    record["lastModifiedDate"] = json!(now);
    record
}

fn named(sku: &Sku, id: i64) -> Value {
    json!({
        "id": id.to_string(), "itemId": sku.sku, "displayName": sku.title, "salesDescription": sku.title,
        "basePrice": sku.price.to_string(),
    })
}

fn kit(ctx: &Context<'_>, sku: &Sku, id: i64) -> anyhow::Result<()> {
    let member = |part: &Component| json!({"item": {"id": part.item_id.to_string()}, "quantity": part.quantity});
    let members: Vec<Value> = sku.components.iter().map(member).collect();
    let mut record = named(sku, id);
    record["member"] = json!({"items": members});
    create(ctx, "kitItem", record)?;
    Ok(())
}

/// An assembly with a bill of materials of three revisions: one that has ended and asked for one piece more
/// of everything, the one in force, and one that has not begun and asks for twice as much.
fn assembly(ctx: &Context<'_>, sku: &Sku, id: i64) -> anyhow::Result<()> {
    let bill = create(
        ctx,
        "bom",
        json!({"name": format!("BOM {}", sku.sku), "restrictToAssemblies": {"items": [{"id": id.to_string()}]}}),
    )?;
    let day = |days: i64| (ctx.now + SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%d").to_string();
    for (name, begins, ends, parts) in [
        ("1", day(-700), Some(day(-351)), of(sku, |quantity| quantity + 1)),
        ("2", day(-350), Some(day(349)), of(sku, |quantity| quantity)),
        ("3", day(350), None, of(sku, |quantity| quantity * 2)),
    ] {
        let mut revision = Object::new();
        revision.insert("name".to_owned(), json!(format!("{} rev. {name}", sku.sku)));
        revision.insert("billOfMaterials".to_owned(), json!({"id": bill.to_string()}));
        revision.insert("effectiveStartDate".to_owned(), json!(begins));
        if let Some(ends) = ends {
            revision.insert("effectiveEndDate".to_owned(), json!(ends));
        }
        revision.insert("component".to_owned(), json!({"items": parts}));
        create(ctx, "bomRevision", Value::Object(revision))?;
    }
    let mut record = named(sku, id);
    record["billOfMaterials"] =
        json!({"items": [{"billOfMaterials": {"id": bill.to_string()}, "masterDefault": true}]});
    create(ctx, "assemblyItem", record)?;
    Ok(())
}

fn of(sku: &Sku, quantity: impl Fn(u32) -> u32) -> Vec<Value> {
    let part = |part: &Component| match part.in_dozens {
        true => json!({
            "item": {"id": part.item_id.to_string()}, "bomQuantity": quantity(part.quantity / PER_DOZEN),
            "unit": {"id": DOZEN}, "componentYield": 100,
        }),
        false => json!({
            "item": {"id": part.item_id.to_string()}, "bomQuantity": quantity(part.quantity), "componentYield": 100,
        }),
    };
    sku.components.iter().map(part).collect()
}
