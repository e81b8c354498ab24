//! The stock agents' activities.

mod bills;
mod check;
mod erp;
mod figures;
mod lane;
mod progress;
mod shop;
mod sync;
mod terms;
mod ticks;
mod write;

pub(crate) use check::check;
pub(crate) use sync::sync;
pub(crate) use ticks::{await_items, last_tick};
