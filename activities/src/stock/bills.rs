//! What bundles are made of, as NetSuite has it today.
//!
//! A kit's `quantity` is in base units, a bill's `bomquantity` in the unit of its line, stock in the item's stock unit: all is
//! brought to the last.

use std::collections::BTreeMap;

use client_netsuite::rows;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use temporalio_sdk::activities::ActivityError;
use workflows::domain::bundle::{Bills, Component, Revision, in_force};

use super::erp::Erp;

/// NetSuite's units: how many base units one of it is; nothing where the item has none.
const STOCK_UNIT: &str = "LEFT JOIN item c ON c.id = m.item LEFT JOIN unitsTypeUom s ON s.internalid = c.stockunit";

#[derive(Deserialize)]
struct Part {
    #[serde(deserialize_with = "rows::count")]
    whole: u64,
    #[serde(deserialize_with = "rows::count")]
    item: u64,
    #[serde(default, deserialize_with = "rows::optional_decimal")]
    quantity: Option<Decimal>,
    /// Base units in one of the line's.
    #[serde(default, deserialize_with = "rows::optional_decimal")]
    unit: Option<Decimal>,
    /// Base units in one of the stock's.
    #[serde(default, deserialize_with = "rows::optional_decimal")]
    stocked: Option<Decimal>,
}

impl Part {
    fn component(&self) -> Component {
        let rate = |rate: Option<Decimal>| rate.filter(|rate| !rate.is_zero()).unwrap_or(Decimal::ONE);
        let per = self.quantity.unwrap_or_default() * rate(self.unit) / rate(self.stocked);
        Component { item: self.item, per }
    }
}

#[derive(Deserialize)]
struct RevisionRow {
    #[serde(deserialize_with = "rows::count")]
    assembly: u64,
    #[serde(deserialize_with = "rows::count")]
    bill: u64,
    #[serde(deserialize_with = "rows::count")]
    revision: u64,
    #[serde(default, deserialize_with = "rows::flag")]
    main: bool,
    #[serde(default, deserialize_with = "rows::optional_text")]
    begins: Option<String>,
    #[serde(default, deserialize_with = "rows::optional_text")]
    ends: Option<String>,
}

/// The components of every kit, and of every assembly if they are wanted.
pub(super) async fn read(erp: &Erp<'_>, assemblies: bool, today: Date) -> Result<Bills, ActivityError> {
    let kits = format!(
        "SELECT m.parentitem AS whole, m.item AS item, m.quantity AS quantity, s.conversionrate AS stocked \
         FROM kitItemMember m {STOCK_UNIT}"
    );
    let mut parts = members(erp, "kitMembers", &kits, "m.parentitem", "m.linenumber").await?;
    if assemblies {
        parts.extend(of_assemblies(erp, today).await?);
    }
    Ok(Bills::new(parts))
}

/// Rows of parts by their whole, page after page; a whole that a page cuts is read again with the next.
async fn members(
    erp: &Erp<'_>,
    operation: &'static str,
    select: &str,
    whole: &str,
    order: &str,
) -> Result<Vec<(u64, Component)>, ActivityError> {
    let mut parts: Vec<Part> = vec![];
    let mut from = 0;
    loop {
        let sql = format!("{select} WHERE {whole} >= ? ORDER BY {whole}, {order}, m.item");
        let params = [json!(from)];
        let page = erp.lane.ask(operation, 0, || erp.account.client.suiteql_rows::<Part>(&sql, &params)).await?;
        let cut = page.rows.last().filter(|_| page.more).map(|last| last.whole);
        match cut {
            None => {
                parts.extend(page.rows);
                return Ok(parts.iter().map(|part| (part.whole, part.component())).collect());
            }
            // One that fills more than a page.
            Some(whole_id) if page.rows.iter().all(|part| part.whole == whole_id) => {
                let sql = format!("{select} WHERE {whole} = ? ORDER BY {order}, m.item");
                parts.extend(erp.all::<Part>(operation, &sql, &[json!(whole_id)]).await?);
                from = whole_id + 1;
            }
            Some(whole_id) => {
                parts.extend(page.rows.into_iter().filter(|part| part.whole != whole_id));
                from = whole_id;
            }
        }
    }
}

/// The components of the revision in force, of an assembly's main bill of materials.
async fn of_assemblies(erp: &Erp<'_>, today: Date) -> Result<Vec<(u64, Component)>, ActivityError> {
    let sql = "SELECT a.assembly AS assembly, a.billofmaterials AS bill, r.id AS revision, a.masterdefault AS main, \
               TO_CHAR(r.effectivestartdate, 'YYYY-MM-DD') AS begins, TO_CHAR(r.effectiveenddate, 'YYYY-MM-DD') AS ends \
               FROM assemblyItemBom a JOIN bom b ON b.id = a.billofmaterials \
               JOIN bomRevision r ON r.billofmaterials = a.billofmaterials \
               WHERE b.isinactive = 'F' AND r.isinactive = 'F' ORDER BY a.assembly, a.billofmaterials, r.id";
    let rows: Vec<RevisionRow> = erp.all("bomRevisions", sql, &[]).await?;
    // By assembly: which bill is its main one, and that one's revisions.
    let mut bills: BTreeMap<u64, BTreeMap<(bool, u64), Vec<Revision>>> = BTreeMap::new();
    for row in rows {
        let day = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let revision = Revision { id: row.revision, from: day(row.begins), until: day(row.ends) };
        bills.entry(row.assembly).or_default().entry((!row.main, row.bill)).or_default().push(revision);
    }
    let mut assemblies: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (assembly, bills) in bills {
        let main = bills.into_values().next().unwrap_or_default();
        if let Some(revision) = in_force(&main, today) {
            assemblies.entry(revision.id).or_default().push(assembly);
        }
    }
    let select = format!(
        "SELECT m.bomrevision AS whole, m.item AS item, m.bomquantity AS quantity, u.conversionrate AS unit, \
         s.conversionrate AS stocked FROM bomRevisionComponentMember m \
         LEFT JOIN unitsTypeUom u ON u.internalid = m.unit {STOCK_UNIT}"
    );
    let parts = members(erp, "bomComponents", &select, "m.bomrevision", "m.lineid").await?;
    let of = |(revision, component): (u64, Component)| {
        let made = assemblies.get(&revision).into_iter().flatten();
        made.map(move |assembly| (*assembly, component)).collect::<Vec<_>>()
    };
    Ok(parts.into_iter().flat_map(of).collect())
}
