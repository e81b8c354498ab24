use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{Brand, ConfigError};

/// Goods on their way to the warehouse, and how what came is booked. Needed by `dclPoNotificationWorkflow` and
/// `dclPoReceiptWorkflow`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inbound {
    /// Internal ids of the subsidiaries whose purchase and transfer orders are the brand's. Default: that of its orders.
    pub subsidiaries: BTreeSet<String>,
    /// Internal id of a NetSuite location to DCL's warehouse (`FR`, `LA`, …): what goes elsewhere is not announced.
    pub locations: BTreeMap<String, String>,
    /// So many days after its date an order is expected that names no day of its own.
    pub lead_days: u32,
    /// So much more than was ordered is booked, in percent of each line. NetSuite takes more than was ordered only with its
    /// preference *Allow Overage on Item Receipts*.
    pub over_percent: Decimal,
    /// What came beyond that.
    pub over: Surplus,
    /// What came and was never ordered.
    pub unknown_item: Surplus,
    /// What came without the lot or serial numbers that its item needs, or with others than a transfer has shipped.
    pub wrong_lot: Surplus,
    /// What did not come of a purchase.
    pub short: Short,
    /// A purchase is short when so many days after its last receipt nothing more has come.
    pub short_after_days: u32,
    /// Receipts have days, no times, and may be shown late: each look begins so many days before the last one.
    pub overlap_days: u32,
}

/// What becomes of goods that cannot be booked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Surplus {
    /// A person decides; the rest of the receipt is booked.
    #[default]
    Park,
    /// They are named in the run's result and on the order, and left out.
    LeaveOut,
}

/// What becomes of goods that did not come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Short {
    /// The order stays open.
    #[default]
    Leave,
    /// Its open lines are closed.
    Close,
    /// A person decides.
    Park,
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            subsidiaries: BTreeSet::new(),
            locations: BTreeMap::new(),
            lead_days: 14,
            over_percent: Decimal::ZERO,
            over: Surplus::default(),
            unknown_item: Surplus::default(),
            wrong_lot: Surplus::default(),
            short: Short::default(),
            short_after_days: 14,
            overlap_days: 7,
        }
    }
}

impl Brand {
    /// Internal ids of the subsidiaries whose purchase and transfer orders are the brand's.
    pub fn inbound_subsidiaries(&self) -> BTreeSet<String> {
        match self.inbound.subsidiaries.is_empty() {
            true => [self.orders.subsidiary.clone()].into(),
            false => self.inbound.subsidiaries.clone(),
        }
    }

    /// What the agents of the inbound way need, within DCL's limits.
    pub(crate) fn check_inbound(&self, field: &dyn Fn(&str) -> String) -> Result<(), ConfigError> {
        let inbound = &self.inbound;
        let needs = |agent: &&String| matches!(agent.as_str(), "dclPoNotificationWorkflow" | "dclPoReceiptWorkflow");
        if let Some(agent) = self.agents.iter().find(needs) {
            if self.warehouse.is_none() {
                return Err(ConfigError::invalid(field("warehouse"), format!("missing; {agent} needs it")));
            }
            if inbound.locations.is_empty() {
                let problem = format!("none mapped; {agent} needs them, for example \"1\" = \"FR\"");
                return Err(ConfigError::invalid(field("inbound.locations"), problem));
            }
        }
        if let Some((id, to)) = inbound.locations.iter().find(|(_, to)| !(1..=3).contains(&to.chars().count())) {
            let problem = format!("{id:?} = {to:?}: DCL takes 1 to 3 characters");
            return Err(ConfigError::invalid(field("inbound.locations"), problem));
        }
        if inbound.over_percent.is_sign_negative() || inbound.over_percent > Decimal::ONE_HUNDRED {
            return Err(ConfigError::invalid(field("inbound.over_percent"), "must be between 0 and 100"));
        }
        if !(1..=90).contains(&inbound.overlap_days) {
            let problem = "must be between 1 and 90: the warehouse's days begin at other hours than ours";
            return Err(ConfigError::invalid(field("inbound.overlap_days"), problem));
        }
        for (name, days) in [("lead_days", inbound.lead_days), ("short_after_days", inbound.short_after_days)] {
            if days > 3650 {
                return Err(ConfigError::invalid(field(&format!("inbound.{name}")), "must be at most 3650"));
            }
        }
        Ok(())
    }
}
