//! What items are made of, as SuiteQL shows it: kit members, bills of materials with their revisions,
//! and units of measure.
//!
//! | record | read from it |
//! |---|---|
//! | `kitItem`, `assemblyItem` | `member.items[]{item, quantity, effectiveDate, obsoleteDate}` |
//! | `assemblyItem` | `billOfMaterials.items[]{billOfMaterials, masterDefault}` |
//! | `bom` | `name`, `isInactive`, `availableForAllAssemblies`, `restrictToAssemblies.items[]{id}` |
//! | `bomRevision` | `name`, `billOfMaterials`, `effectiveStartDate`, `effectiveEndDate`, `isInactive`, `component.items[]{item, bomQuantity, unit, componentYield}` |
//! | `unitsType` | `name`, `uom.items[]{internalId, unitName, abbreviation, conversionRate, baseUnit}` |
//!
//! A component's `bomquantity` is in its own `unit`, where a kit member's `quantity` is in base units.

use rusqlite::params;

use super::dates;
use super::error::Result;
use super::kinds::RecordType;
use super::records::column;
use super::store::Store;
use super::value::{Object, flag, letter, reference, rows, text};

pub(crate) const TABLES: &str = r#"
CREATE TABLE itemmember(parentitem INTEGER, item INTEGER, quantity NUMERIC, linenumber INTEGER,
    effectivedate TEXT, obsoletedate TEXT, itemsource TEXT);
CREATE INDEX _member_parent ON itemmember(parentitem);
CREATE INDEX _member_item ON itemmember(item);
CREATE VIEW kititemmember AS SELECT m.parentitem AS parentitem, m.item AS item, m.quantity AS quantity,
    m.linenumber AS linenumber FROM itemmember m JOIN item i ON i.id = m.parentitem WHERE i.itemtype = 'Kit';

CREATE TABLE bom(id INTEGER PRIMARY KEY, name TEXT, externalid TEXT, isinactive TEXT,
    availableforallassemblies TEXT, restricttoassemblies TEXT);
CREATE TABLE bomrevision(id INTEGER PRIMARY KEY, name TEXT, externalid TEXT, billofmaterials INTEGER,
    effectivestartdate TEXT, effectiveenddate TEXT, isinactive TEXT);
CREATE INDEX _revision_bom ON bomrevision(billofmaterials);
CREATE TABLE bomrevisioncomponentmember(bomrevision INTEGER, lineid INTEGER, item INTEGER,
    bomquantity NUMERIC, unit INTEGER, componentyield NUMERIC);
CREATE INDEX _component_revision ON bomrevisioncomponentmember(bomrevision);
CREATE INDEX _component_item ON bomrevisioncomponentmember(item);
CREATE VIEW bomrevisioncomponent AS SELECT * FROM bomrevisioncomponentmember;

CREATE TABLE _assembly_bom(assembly INTEGER, billofmaterials INTEGER, masterdefault TEXT);
CREATE INDEX _assembly_bom_assembly ON _assembly_bom(assembly);
CREATE VIEW assemblyitembom AS SELECT assembly, billofmaterials, masterdefault,
    (SELECT r.id FROM bomrevision r WHERE r.billofmaterials = a.billofmaterials AND r.isinactive = 'F'
        AND IFNULL(r.effectivestartdate, '') <= account_now()
        AND (r.effectiveenddate IS NULL OR r.effectiveenddate >= trunc(account_now()))
        ORDER BY r.effectivestartdate DESC, r.id DESC LIMIT 1) AS currentrevision
    FROM _assembly_bom a;
-- The name since release 2024.2; both are met.
CREATE VIEW itemassemblyitembom AS SELECT * FROM assemblyitembom;

CREATE TABLE unitstypeuom(unitstype INTEGER, internalid INTEGER, unitname TEXT, abbreviation TEXT,
    conversionrate NUMERIC, baseunit TEXT);
CREATE INDEX _unit_id ON unitstypeuom(internalid);
"#;

/// The tables' rows of one record, by the column that names it.
const ROWS: &[(&str, &[&str])] = &[
    ("item", &["DELETE FROM itemmember WHERE parentitem = ?1", "DELETE FROM _assembly_bom WHERE assembly = ?1"]),
    ("bom", &["DELETE FROM bom WHERE id = ?1"]),
    (
        "bomRevision",
        &["DELETE FROM bomrevision WHERE id = ?1", "DELETE FROM bomrevisioncomponentmember WHERE bomrevision = ?1"],
    ),
    ("unitsType", &["DELETE FROM unitstypeuom WHERE unitstype = ?1"]),
];

/// Removes what SuiteQL sees of a record.
pub(crate) fn forget(store: &Store, kind: &RecordType, id: i64) -> Result<()> {
    let statements = ROWS.iter().find(|(name, _)| *name == kind.store).map_or(&[][..], |(_, statements)| statements);
    for statement in statements {
        store.db.prepare_cached(statement)?.execute([id])?;
    }
    Ok(())
}

/// Rewrites what SuiteQL sees of a record; nothing for other types.
pub(crate) fn project(store: &Store, kind: &RecordType, id: i64, record: &Object) -> Result<()> {
    forget(store, kind, id)?;
    match kind.store {
        "item" => parts(store, id, record),
        "bom" => bill(store, id, record),
        "bomRevision" => revision(store, id, record),
        "unitsType" => units(store, id, record),
        _ => Ok(()),
    }
}

fn parts(store: &Store, id: i64, record: &Object) -> Result<()> {
    for (number, member) in (1_i64..).zip(rows(record, "member")) {
        store.db.prepare_cached("INSERT INTO itemmember VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(params![
            id,
            reference(member, "item"),
            column(member, "quantity"),
            number,
            day(member, "effectiveDate"),
            day(member, "obsoleteDate"),
            column(member, "itemSource"),
        ])?;
    }
    for bill in rows(record, "billOfMaterials") {
        store.db.prepare_cached("INSERT INTO _assembly_bom VALUES (?1, ?2, ?3)")?.execute(params![
            id,
            reference(bill, "billOfMaterials"),
            letter(flag(bill, "masterDefault")),
        ])?;
    }
    Ok(())
}

fn bill(store: &Store, id: i64, record: &Object) -> Result<()> {
    let assemblies: Vec<&str> =
        rows(record, "restrictToAssemblies").into_iter().filter_map(|assembly| text(assembly, "id")).collect();
    store.db.prepare_cached("INSERT INTO bom VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        id,
        column(record, "name"),
        column(record, "externalId"),
        letter(flag(record, "isInactive")),
        letter(flag(record, "availableForAllAssemblies")),
        assemblies.join(", "),
    ])?;
    Ok(())
}

fn revision(store: &Store, id: i64, record: &Object) -> Result<()> {
    store.db.prepare_cached("INSERT INTO bomrevision VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(params![
        id,
        column(record, "name"),
        column(record, "externalId"),
        reference(record, "billOfMaterials"),
        day(record, "effectiveStartDate"),
        day(record, "effectiveEndDate"),
        letter(flag(record, "isInactive")),
    ])?;
    for (number, component) in (1_i64..).zip(rows(record, "component")) {
        store.db.prepare_cached("INSERT INTO bomrevisioncomponentmember VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
            params![
                id,
                number,
                reference(component, "item"),
                column(component, "bomQuantity"),
                reference(component, "unit"),
                column(component, "componentYield"),
            ],
        )?;
    }
    Ok(())
}

fn units(store: &Store, id: i64, record: &Object) -> Result<()> {
    for unit in rows(record, "uom") {
        store.db.prepare_cached("INSERT INTO unitstypeuom VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            id,
            column(unit, "internalId"),
            column(unit, "unitName"),
            column(unit, "abbreviation"),
            column(unit, "conversionRate"),
            letter(flag(unit, "baseUnit")),
        ])?;
    }
    Ok(())
}

/// A date of a record as the database holds it.
fn day(record: &Object, name: &str) -> Option<String> {
    text(record, name).and_then(dates::stored_day)
}
