//! Which variant is which NetSuite item: by stable id, then by SKU. What is ambiguous is never guessed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Rules,
    report::{Entries, Reason},
};

/// A Shopify variant with its inventory item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Numeric id of the inventory item.
    pub inventory_item: u64,
    /// Numeric id of the variant; none for an item whose variant is gone.
    pub variant: Option<u64>,
    /// Its SKU; empty where it has none.
    pub sku: Box<str>,
    /// Does Shopify count it?
    pub tracked: bool,
    /// Is it a bundle that Shopify computes from its components?
    pub native_bundle: bool,
}

impl Variant {
    /// What a report calls it.
    pub fn name(&self) -> String {
        match (&*self.sku, self.variant) {
            ("", Some(id)) => format!("variant:{id}"),
            ("", None) => format!("inventoryItem:{}", self.inventory_item),
            (sku, _) => sku.to_owned(),
        }
    }
}

/// What a NetSuite item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// It has stock of its own.
    Stocked,
    /// A kit: its components have.
    Kit,
    /// An assembly: built of components.
    Assembly,
    /// It has none.
    Other,
}

impl ItemKind {
    /// By SuiteQL's `item.itemtype`.
    pub fn of(itemtype: &str) -> Self {
        match itemtype {
            "InvtPart" => Self::Stocked,
            "Kit" => Self::Kit,
            "Assembly" => Self::Assembly,
            _ => Self::Other,
        }
    }

    /// Is its stock what its components allow?
    pub fn is_bundle(self, assemblies_of_components: bool) -> bool {
        self == Self::Kit || (self == Self::Assembly && assemblies_of_components)
    }
}

/// A NetSuite item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Internal id.
    pub id: u64,
    /// `itemid`: what agent 1 looks a SKU up as.
    pub name: Box<str>,
    /// What it is.
    pub kind: ItemKind,
    /// Out of use.
    pub inactive: bool,
}

/// The configured mapping, `mappings.items`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Variant's numeric id to internal id.
    pub variants: BTreeMap<u64, u64>,
    /// SKU to internal id.
    pub skus: BTreeMap<String, u64>,
}

impl Mapping {
    /// Reads `"IPOD2008RED" = "1002"` and `"variant:49148385" = "1002"`; other keys are no matter of stock.
    pub fn of<'a>(items: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let mut mapping = Self::default();
        for (key, id) in items {
            let Ok(id) = id.parse() else { continue };
            match key.strip_prefix("variant:").map(str::parse) {
                Some(Ok(variant)) => drop(mapping.variants.insert(variant, id)),
                Some(Err(_)) => {}
                None if key.starts_with("title:") => {}
                None => drop(mapping.skus.insert(key.clone(), id)),
            }
        }
        mapping
    }
}

/// The items, found by name and by id.
#[derive(Debug, Clone, Default)]
pub struct Items {
    by_id: Vec<Item>,
    /// Positions in `by_id`, by name; inactive ones last.
    by_name: Vec<u32>,
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// Exactly this one.
    One(&'a Item),
    /// Several active ones.
    Several,
    /// None.
    None,
}

impl Items {
    /// Each item may be given several times: once a location, say.
    pub fn new(mut items: Vec<Item>) -> Self {
        items.sort_unstable_by_key(|item| item.id);
        items.dedup_by_key(|item| item.id);
        items.shrink_to_fit();
        let mut by_name: Vec<u32> = (0u32..).take(items.len()).collect();
        by_name.sort_by(|a, b| {
            let (a, b) = (&items[*a as usize], &items[*b as usize]);
            (&a.name, a.inactive, a.id).cmp(&(&b.name, b.inactive, b.id))
        });
        Self { by_id: items, by_name }
    }

    /// The item with this internal id.
    pub fn by_id(&self, id: u64) -> Option<&Item> {
        self.by_id.binary_search_by_key(&id, |item| item.id).ok().map(|n| &self.by_id[n])
    }

    /// The item with this name; an inactive one only where no active one has it.
    pub fn named(&self, name: &str) -> Named<'_> {
        let item = |n: &u32| &self.by_id[*n as usize];
        let from = self.by_name.partition_point(|n| &*item(n).name < name);
        let same = || self.by_name[from..].iter().map(item).take_while(|item| &*item.name == name);
        let mut active = same().filter(|item| !item.inactive);
        match (active.next(), active.next()) {
            (Some(_), Some(_)) => Named::Several,
            (Some(one), None) => Named::One(one),
            (None, _) => same().next().map_or(Named::None, Named::One),
        }
    }

    /// Every item.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.by_id.iter()
    }
}

/// A variant and its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Position in the list of variants.
    pub variant: u32,
    /// Internal id of the item.
    pub item: u64,
}

/// Which positions are left alone or at fault, beside the pairs that can be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Joined {
    /// In order of the inventory items.
    pub pairs: Vec<Pair>,
    /// The others.
    pub entries: Entries,
}

/// Whose stock is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Whose {
    /// Items with stock of their own; bundles are named as such where their sync is not this one.
    Items,
    /// Kits and assemblies; everything else is not looked at.
    Bundles,
}

/// Joins variants and items. Every variant counts for `places` positions.
///
/// `variants` are in order of their inventory items.
pub fn join(
    variants: &[Variant],
    items: &Items,
    mapping: &Mapping,
    rules: &Rules,
    whose: Whose,
    assemblies_of_components: bool,
    places: u64,
) -> Joined {
    let mut joined = Joined::default();
    let several = Several::of(variants, mapping);
    for (variant, n) in variants.iter().zip(0u32..) {
        let name = variant.name();
        if variant.native_bundle {
            joined.entries.add(&Reason::NativeBundle, &name, places);
            continue;
        }
        let found = match item_of(variant, items, mapping, &several) {
            Ok(item) => item,
            // Whether it is a bundle cannot be known: the items' sync names it.
            Err(_) if whose == Whose::Bundles => continue,
            Err(reason) => {
                joined.entries.add(&reason, &name, places);
                continue;
            }
        };
        let bundle = found.kind.is_bundle(assemblies_of_components);
        let reason = match whose {
            Whose::Bundles if !bundle => continue,
            _ if rules.of(&variant.sku).ignore => Some(Reason::Ignored),
            _ if found.inactive => Some(Reason::Inactive),
            Whose::Items if bundle => Some(Reason::Bundle),
            Whose::Items if found.kind == ItemKind::Other => Some(Reason::WithoutStock),
            _ if !variant.tracked => Some(Reason::Untracked),
            _ => None,
        };
        match reason {
            Some(reason) => joined.entries.add(&reason, &name, places),
            None => joined.pairs.push(Pair { variant: n, item: found.id }),
        }
    }
    joined
}

/// SKUs that several variants have, other than those that are mapped by their own id.
pub struct Several<'a>(Vec<&'a str>);

impl<'a> Several<'a> {
    /// Looks through all variants.
    pub fn of(variants: &'a [Variant], mapping: &Mapping) -> Self {
        let mapped = |v: &Variant| v.variant.is_some_and(|id| mapping.variants.contains_key(&id));
        let mut skus: Vec<&str> =
            variants.iter().filter(|v| !v.sku.is_empty() && !mapped(v)).map(|v| &*v.sku).collect();
        skus.sort_unstable();
        let mut twice: Vec<&str> = skus.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
        twice.dedup();
        Self(twice)
    }

    fn has(&self, sku: &str) -> bool {
        self.0.binary_search(&sku).is_ok()
    }
}

fn item_of<'a>(
    variant: &Variant,
    items: &'a Items,
    mapping: &Mapping,
    several: &Several<'_>,
) -> Result<&'a Item, Reason> {
    let by_id = |id: &u64| items.by_id(*id).ok_or(Reason::NotInNetsuite);
    if let Some(id) = variant.variant.and_then(|id| mapping.variants.get(&id)) {
        return by_id(id);
    }
    if variant.sku.is_empty() {
        return Err(Reason::NoSku);
    }
    if several.has(&variant.sku) {
        return Err(Reason::DuplicateSku);
    }
    if let Some(id) = mapping.skus.get(&*variant.sku) {
        return by_id(id);
    }
    match items.named(&variant.sku) {
        Named::One(item) => Ok(item),
        Named::Several => Err(Reason::AmbiguousItem),
        Named::None => Err(Reason::NotInNetsuite),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variant(id: u64, sku: &str) -> Variant {
        Variant { inventory_item: id, variant: Some(id), sku: sku.into(), tracked: true, native_bundle: false }
    }

    fn item(id: u64, name: &str) -> Item {
        Item { id, name: name.into(), kind: ItemKind::Stocked, inactive: false }
    }

    fn told(variants: &[Variant], items: Vec<Item>, mapping: &[(&str, &str)], whose: Whose) -> Joined {
        let mapping: BTreeMap<String, String> =
            mapping.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        join(variants, &Items::new(items), &Mapping::of(&mapping), &Rules::default(), whose, true, 2)
    }

    fn reasons(tally: &super::super::Tally) -> Vec<(String, u64)> {
        tally.groups().into_iter().map(|g| (g.reason, g.count)).collect()
    }

    #[test]
    fn the_stable_id_goes_before_the_sku_and_the_mapping_before_the_name() {
        let variants = [variant(1, "A"), variant(2, "A"), variant(3, "B"), variant(4, "C")];
        let items = || vec![item(10, "A"), item(11, "A2"), item(12, "B2"), item(13, "C")];
        let joined = told(&variants, items(), &[("variant:2", "11"), ("B", "12"), ("title:C", "10")], Whose::Items);
        let pairs: Vec<_> = joined.pairs.iter().map(|p| (p.variant, p.item)).collect();
        assert_eq!(pairs, [(0, 10), (1, 11), (2, 12), (3, 13)]);
        assert_eq!(joined.entries.count(), 0);
    }

    #[test]
    fn what_is_ambiguous_is_an_error_and_what_is_missing_is_named() {
        let mut untracked = variant(6, "U");
        untracked.tracked = false;
        let mut native = variant(7, "N");
        native.native_bundle = true;
        let variants =
            [variant(1, "A"), variant(2, "A"), variant(3, "B"), variant(4, ""), variant(5, "X"), untracked, native];
        let mut old = item(31, "B");
        let items = vec![item(10, "A"), item(30, "B"), old.clone(), item(40, "U"), item(41, "N")];
        let joined = told(&variants, items.clone(), &[], Whose::Items);
        assert_eq!(reasons(&joined.entries.failed), [("duplicateSku".to_owned(), 4), ("ambiguousItem".to_owned(), 2)]);
        let skipped = ["nativeBundle", "noSku", "notInNetsuite", "untracked"].map(|r| (r.to_owned(), 2));
        assert_eq!(reasons(&joined.entries.skipped), skipped);
        // An inactive namesake is no ambiguity.
        old.inactive = true;
        let items = items.into_iter().map(|i| if i.id == 31 { old.clone() } else { i }).collect();
        assert_eq!(told(&variants, items, &[], Whose::Items).pairs, [Pair { variant: 2, item: 30 }]);
    }

    #[test]
    fn each_sync_tells_its_own() {
        let variants = [variant(1, "KIT"), variant(2, "PART"), variant(3, "FEE")];
        let with = |id, name, kind| Item { kind, ..item(id, name) };
        let items =
            || vec![with(1, "KIT", ItemKind::Kit), with(2, "PART", ItemKind::Stocked), with(3, "FEE", ItemKind::Other)];
        let of_items = told(&variants, items(), &[], Whose::Items);
        assert_eq!(of_items.pairs, [Pair { variant: 1, item: 2 }]);
        assert_eq!(reasons(&of_items.entries.skipped), [("bundle".to_owned(), 2), ("withoutStock".to_owned(), 2)]);
        let of_bundles = told(&variants, items(), &[], Whose::Bundles);
        assert_eq!((of_bundles.pairs, of_bundles.entries.count()), (vec![Pair { variant: 0, item: 1 }], 0));
    }

    proptest! {
        #[test]
        fn no_variant_is_lost_and_no_item_is_told_by_two_of_one_sku(
            skus in proptest::collection::vec("[A-D]{0,1}", 0..12), names in proptest::collection::vec("[A-D]", 0..6),
        ) {
            let variants: Vec<_> = skus.iter().zip(1..).map(|(sku, id)| variant(id, sku)).collect();
            let items: Vec<_> = names.iter().zip(1..).map(|(name, id)| item(id, name)).collect();
            let joined = told(&variants, items, &[], Whose::Items);
            let told = joined.pairs.len() as u64 * 2;
            prop_assert_eq!(told + joined.entries.count(), variants.len() as u64 * 2);
            let mut ids: Vec<_> = joined.pairs.iter().map(|p| p.item).collect();
            ids.sort_unstable();
            prop_assert!(ids.windows(2).all(|two| two[0] != two[1]));
        }
    }
}
