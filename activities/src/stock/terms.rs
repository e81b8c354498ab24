//! A brand's stock as it is configured, in the domain's words.

use std::collections::BTreeMap;

use config::{Assemblies, Brand, Stock};
use jiff::{Timestamp, civil::Date};
use temporalio_sdk::activities::ActivityError;
use workflows::domain::stock::{Mapping, Place, Rules, SkuRule, Whose};

use crate::{Agents, failure};

/// What a sync works under.
pub(super) struct Terms<'a> {
    /// The brand's name.
    pub(super) name: &'a str,
    /// The brand.
    pub(super) brand: &'a Brand,
    /// Its stock.
    pub(super) stock: &'a Stock,
    /// Shopify's location of every place, ascending.
    pub(super) places: Vec<u64>,
    /// The place of every NetSuite location.
    pub(super) behind: BTreeMap<u64, Place>,
    /// Where what is sold will be booked.
    pub(super) booked_at: Place,
    /// Rules per SKU.
    pub(super) rules: Rules,
    /// The same for bundles: the brand's buffer is kept of their components, and not once more of them.
    pub(super) bundle_rules: Rules,
    /// SKUs and variants to items.
    pub(super) mapping: Mapping,
}

impl<'a> Terms<'a> {
    /// Reads the configuration, which `config` has checked.
    pub(super) fn of(agents: &'a Agents, name: &'a str) -> Result<Self, ActivityError> {
        let brand = agents.brand(name)?;
        let missing = |what: &str| failure::never("Configuration", format!("brands.{name}.stock{what}"));
        let stock = brand.stock.as_ref().ok_or_else(|| missing(" is not configured"))?;
        let id = |text: &str| text.parse::<u64>().map_err(|_| missing(&format!(".locations: {text:?} is no id")));
        let mut places = stock.shop_locations().into_iter().map(id).collect::<Result<Vec<u64>, _>>()?;
        places.sort_unstable();
        let place = |shop: u64| {
            let at = places.iter().position(|known| *known == shop).unwrap_or_default();
            Place::try_from(at).map_err(|_| missing(".locations: too many"))
        };
        let mut behind = BTreeMap::new();
        for (netsuite, shop) in &stock.locations {
            behind.insert(id(netsuite)?, place(id(shop)?)?);
        }
        let booked = brand.orders.location.as_deref().map(id).transpose()?;
        let booked_at = booked.and_then(|location| behind.get(&location)).or_else(|| behind.values().next());
        Ok(Self {
            name,
            brand,
            stock,
            booked_at: booked_at.copied().ok_or_else(|| missing(".locations: none"))?,
            rules: rules(stock, stock.buffer),
            bundle_rules: rules(stock, 0),
            mapping: Mapping::of(&brand.mappings.items),
            places,
            behind,
        })
    }

    /// The rules of items, or those of bundles.
    pub(super) fn rules_of(&self, whose: Whose) -> &Rules {
        match whose {
            Whose::Items => &self.rules,
            Whose::Bundles => &self.bundle_rules,
        }
    }

    /// Is an assembly what its components allow?
    pub(super) fn assemblies_of_components(&self) -> bool {
        self.stock.assemblies == Assemblies::Components
    }

    /// Today, where NetSuite's dates are meant.
    pub(super) fn today(&self) -> Result<Date, ActivityError> {
        let zone = self.brand.zone().map_err(|e| failure::never("Configuration", e.to_string()))?;
        Ok(Timestamp::now().to_zoned(zone).date())
    }
}

fn rules(stock: &Stock, buffer: u32) -> Rules {
    let of_sku = |(sku, own): (&String, &config::SkuPolicy)| {
        let rule = SkuRule { ignore: own.ignore, buffer: own.buffer.unwrap_or(buffer), cap: own.cap.or(stock.cap) };
        (sku.clone(), rule)
    };
    let general = SkuRule { ignore: false, buffer, cap: stock.cap };
    Rules { general, skus: stock.skus.iter().map(of_sku).collect() }
}
