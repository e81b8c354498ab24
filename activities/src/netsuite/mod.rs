//! NetSuite's activities.

mod body;
mod customer;
mod look_up;
mod sales_order;

use workflows::contracts::NETSUITE;

pub(crate) use customer::ensure_customer;
pub(crate) use look_up::look_up;
pub(crate) use sales_order::{create_sales_order, get_sales_order, release};

use crate::vendors::{Account, Call};

fn call<'a>(operation: &'static str, account: &'a Account) -> Call<'a> {
    Call { vendor: NETSUITE, operation, pool: &account.pool }
}
