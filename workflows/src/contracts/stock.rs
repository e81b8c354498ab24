//! The activities of the stock agents.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_common::ActivityDefinition;
use temporalio_macros::activity_definitions;
use temporalio_sdk::activities::ActivityError;

use super::{Contract, Effect, WatermarkOf, contract};
use crate::domain::{
    stock::{StockReport, Whose},
    stock_check::CheckReport,
    stock_input::{LastTick, Scope},
};

/// One tick of a sync.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncStock {
    /// The brand.
    pub brand: String,
    /// Items or bundles.
    pub whose: Whose,
    /// The schedule's time of this tick, or the start of a run that a person asked for: part of every key.
    pub tick: Timestamp,
    /// What is compared.
    pub scope: Scope,
}

/// The items' sync that the bundles wait for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwaitItemSync {
    /// The brand.
    pub brand: String,
}

/// A comparison of all three systems.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckStock {
    /// The brand.
    pub brand: String,
    /// Only these; none: all.
    pub skus: Option<Vec<String>>,
    /// So many units are no difference; none: the brand's own figure.
    pub tolerance: Option<u32>,
}

/// The definitions; the functions below say what each does.
pub struct StockActivities;

#[activity_definitions]
impl StockActivities {
    #[activity(name = "readLastStockTick")]
    pub fn read_last_stock_tick(_: WatermarkOf) -> Result<LastTick, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "awaitItemSync")]
    pub fn await_item_sync(_: AwaitItemSync) -> Result<(), ActivityError> {
        unimplemented!()
    }
    #[activity(name = "syncStock")]
    pub fn sync_stock(_: SyncStock) -> Result<StockReport, ActivityError> {
        unimplemented!()
    }
    #[activity(name = "checkStock")]
    pub fn check_stock(_: CheckStock) -> Result<CheckReport, ActivityError> {
        unimplemented!()
    }
}

/// Markers of the definitions.
pub mod definitions {
    pub use super::stock_activities::*;
}

/// Where the last completed tick of a sync ended, and how often the brand wants everything compared.
pub fn read_last_stock_tick() -> Contract<impl ActivityDefinition<Input = WatermarkOf, Output = LastTick>> {
    contract(None, Effect::Read, StockActivities::read_last_stock_tick)
}
/// Waits until no items' sync of the brand is running.
pub fn await_item_sync() -> Contract<impl ActivityDefinition<Input = AwaitItemSync, Output = ()>> {
    contract(None, Effect::Read, StockActivities::await_item_sync)
}
/// Reads, compares and writes the differences; goes on where an attempt that died had come to.
pub fn sync_stock() -> Contract<impl ActivityDefinition<Input = SyncStock, Output = StockReport>> {
    contract(None, Effect::RepeatableWrite, StockActivities::sync_stock)
}
/// Compares NetSuite, warehouse and store. Writes nothing.
pub fn check_stock() -> Contract<impl ActivityDefinition<Input = CheckStock, Output = CheckReport>> {
    contract(None, Effect::Read, StockActivities::check_stock)
}
