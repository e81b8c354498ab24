//! A catalogue of any size from a seed, for all three vendors.
//!
//! The same plan gives the same catalogue on every machine. What it holds are plain figures; each vendor's
//! stand-in loads its own side of them.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::troubles::{self, Trouble};
use super::{Item, names};
use crate::generate::dice::Dice;

/// NetSuite's internal id of the first item; those of the crate's catalogue are far below.
const FIRST_ITEM: i64 = 100_001;
/// Shopify's ids, as large as real ones.
const FIRST_PRODUCT: u64 = 8_000_000_000_001;
const FIRST_VARIANT: u64 = 43_000_000_000_001;
const FIRST_INVENTORY_ITEM: u64 = 45_000_000_000_001;
/// Location ids: what the account and the shop have from the start, then others.
const NETSUITE_LOCATIONS: [i64; 2] = [1, 2];
const SHOPIFY_LOCATIONS: [u64; 2] = [655_441_491, 487_838_322];
/// Most SKUs, locations and bundles that a plan may ask for.
const MOST: (u32, u32, u32) = (1_000_000, 50, 100_000);

/// What a catalogue is to be like.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Plan {
    /// Where chance starts.
    pub seed: u64,
    /// How many SKUs there are, bundles among them, troublemakers not.
    pub skus: u32,
    /// How many locations each SKU is stocked at.
    pub locations: u32,
    /// How many of the SKUs are bundles: half of them kits, half assemblies with a bill of materials.
    pub bundles: u32,
    /// Of a hundred levels, how many Shopify shows wrongly at the start.
    pub differing_percent: u32,
    /// What is wrong with some extra SKUs.
    pub troubles: BTreeSet<Trouble>,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { seed: 1, skus: 1000, locations: 2, bundles: 50, differing_percent: 100, troubles: BTreeSet::new() }
    }
}

/// Everything that is sold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Where stock is; a [`Level`] names one by its index.
    pub places: Vec<Place>,
    /// What is sold, and what bundles are made of.
    pub skus: Vec<Sku>,
}

/// One location, known to both systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Internal id of NetSuite's location.
    pub netsuite: i64,
    /// Id of Shopify's location.
    pub shopify: u64,
    /// Its name in both.
    pub name: String,
}

/// What a SKU is in NetSuite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An inventory item, with stock of its own.
    Item,
    /// A kit, without stock.
    Kit,
    /// An assembly with a bill of materials; it has no stock until somebody builds it.
    Assembly,
}

/// One SKU.
#[derive(Clone, Debug, PartialEq)]
pub struct Sku {
    /// Stock keeping unit: the item's name in NetSuite and at DCL.
    pub sku: String,
    /// What it is called.
    pub title: String,
    /// Price in US dollars.
    pub price: Decimal,
    /// Internal id in NetSuite; none if the account does not have it.
    pub item_id: Option<i64>,
    /// What it is there.
    pub kind: Kind,
    /// One level for each place.
    pub levels: Vec<Level>,
    /// What a bundle is made of.
    pub components: Vec<Component>,
    /// What Shopify sells it as: mostly once.
    pub variants: Vec<Variant>,
    /// Whether Shopify tracks its stock.
    pub tracked: bool,
    /// Whether it is a bundle of Shopify's own too, of the same parts.
    pub native: bool,
}

/// Stock at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Index of the place.
    pub place: usize,
    /// NetSuite's quantity on hand; none where it was never stocked, as with bundles.
    pub on_hand: Option<i64>,
    /// What Shopify shows as available at the start.
    pub shown: i64,
}

/// A part of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Internal id of the part.
    pub item_id: i64,
    /// Pieces of it in one bundle.
    pub quantity: u32,
    /// Whether the bill of materials counts them in dozens.
    pub in_dozens: bool,
}

/// Shopify's ids of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The product.
    pub product: u64,
    /// The variant.
    pub variant: u64,
    /// The variant's inventory item.
    pub inventory_item: u64,
}

impl Component {
    /// Shopify's variant of the part.
    pub fn variant(&self) -> u64 {
        let number = u32::try_from(self.item_id - FIRST_ITEM).unwrap_or_default();
        Variant::numbered(number).variant
    }
}

impl Variant {
    pub(super) fn numbered(number: u32) -> Variant {
        let number = u64::from(number);
        Variant {
            product: FIRST_PRODUCT + number,
            variant: FIRST_VARIANT + number,
            inventory_item: FIRST_INVENTORY_ITEM + number,
        }
    }
}

/// NetSuite's internal id of the SKU with this number.
pub(super) fn item_id(number: u32) -> i64 {
    FIRST_ITEM + i64::from(number)
}

impl Catalogue {
    /// Makes the catalogue of a plan. The error names the field of the plan that cannot be had.
    pub fn generate(plan: &Plan) -> Result<Catalogue, String> {
        let (skus, locations, bundles) = MOST;
        for (name, given, most) in [
            ("skus", plan.skus, skus),
            ("locations", plan.locations, locations),
            ("bundles", plan.bundles, bundles.min(plan.skus / 2)),
            ("differingPercent", plan.differing_percent, 100),
        ] {
            if given > most {
                return Err(format!("{name}: must be at most {most}"));
            }
        }
        if plan.locations == 0 {
            return Err("locations: must be at least 1".to_owned());
        }
        let parts = plan.skus - plan.bundles;
        let mut made = Vec::with_capacity(plan.skus as usize);
        for number in 0..plan.skus {
            let mut dice = Dice::new(plan.seed, number);
            made.push(if number < parts {
                part(plan, number, &mut dice)
            } else {
                bundle(plan, number, parts, &mut dice)
            });
        }
        troubles::add(plan, &mut made);
        Ok(Catalogue { places: (0..plan.locations).map(place).collect(), skus: made })
    }

    /// What Shopify sells, as [`crate::generate`] takes it to make orders.
    pub fn items(&self) -> Vec<Item> {
        let sold = |sku: &Sku| {
            let variant = sku.variants.first()?;
            Some(Item {
                sku: sku.sku.clone(),
                title: sku.title.clone(),
                price: sku.price,
                item_id: sku.item_id.map(|id| id.to_string()).unwrap_or_default(),
                requires_shipping: true,
                gift_card: false,
                variant: Some((variant.product, variant.variant)),
            })
        };
        self.skus.iter().filter_map(sold).collect()
    }
}

fn place(index: u32) -> Place {
    let at = index as usize;
    Place {
        netsuite: NETSUITE_LOCATIONS.get(at).copied().unwrap_or(9 + i64::from(index)),
        shopify: SHOPIFY_LOCATIONS.get(at).copied().unwrap_or(700_000_000 + u64::from(index)),
        name: format!("Warehouse {}", index + 1),
    }
}

/// A SKU without stock or parts.
pub(super) fn plain(number: u32, sku: String, title: String, price: Decimal, kind: Kind) -> Sku {
    Sku {
        sku,
        title,
        price,
        item_id: Some(item_id(number)),
        kind,
        levels: Vec::new(),
        components: Vec::new(),
        variants: vec![Variant::numbered(number)],
        tracked: true,
        native: false,
    }
}

fn part(plan: &Plan, number: u32, dice: &mut Dice) -> Sku {
    let (sku, title) = (names::sku(dice, number), names::title(dice, number));
    let price = Decimal::new(i64::from(dice.between(199, 24_999)), 2);
    let mut item = plain(number, sku, title, price, Kind::Item);
    for place in 0..plan.locations as usize {
        let on_hand = match dice.below(100) {
            0..=7 => 0,
            8..=39 => dice.between(1, 20),
            40..=89 => dice.between(21, 500),
            _ => dice.between(501, 20_000),
        };
        let on_hand = i64::from(on_hand);
        let off = if dice.percent(plan.differing_percent) { i64::from(dice.between(1, 9)) } else { 0 };
        item.levels.push(Level { place, on_hand: Some(on_hand), shown: on_hand + off });
    }
    item
}

/// Levels of what the account has no figures for; Shopify shows none.
pub(super) fn unstocked(plan: &Plan) -> Vec<Level> {
    (0..plan.locations as usize).map(|place| Level { place, on_hand: None, shown: 0 }).collect()
}

/// Two to six parts, each once to four times, some in dozens; parts are shared with other bundles.
fn bundle(plan: &Plan, number: u32, parts: u32, dice: &mut Dice) -> Sku {
    let kind = if number.is_multiple_of(2) { Kind::Kit } else { Kind::Assembly };
    let prefix = if kind == Kind::Kit { "KIT" } else { "SET" };
    let sku = format!("{prefix}-{}", names::sku(dice, number));
    let price = Decimal::new(i64::from(dice.between(1999, 49_999)), 2);
    let mut bundle = plain(number, sku, names::title(dice, number), price, kind);
    let mut chosen = BTreeSet::new();
    for _ in 0..dice.between(2, 6) {
        chosen.insert(dice.below(parts));
    }
    for part in chosen {
        let in_dozens = kind == Kind::Assembly && dice.percent(10);
        let quantity = if in_dozens { 12 } else { dice.between(1, 4) };
        bundle.components.push(Component { item_id: item_id(part), quantity, in_dozens });
    }
    bundle.levels = unstocked(plan);
    bundle
}
