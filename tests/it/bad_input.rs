//! Malformed and hostile input: a clear 4xx, or a failed or parked run that names the field. Never a panic, a wedged
//! workflow task, a 5xx for the caller's mistake, or a lost order.

mod at_temporal;
mod at_the_connector;
mod in_orders;
