//! One file per failure that users of such systems have complained about; `docs/failures.md` lists them.

mod f01_same_webhook_twice;
mod f02_paid_before_created;
mod f03_lost_webhook;
mod f05_inbound;
mod f05_later_writes;
mod f05_lost_answers;
mod f10_order_discount;
mod f11_unmapped_tax;
mod f12_one_cent;
mod f13_presentment_currency;
mod f14_partial_shipments;
mod f14_shipments_together;
mod f16_throttled;
mod f17_concurrency;
mod f17_later_agents;
mod f18_inbound;
mod f18_later_polls;
mod f18_time_zones;
mod f20_ambiguous_item;
mod f22_judged_bodies;
mod f25_inbound;
mod f25_later_lists;
mod f25_list_cut;
