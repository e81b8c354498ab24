//! Where a Sales Order goes and how: what no query tells.

use client_netsuite::Id;
use jiff::civil::Date;
use serde::Deserialize;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contracts::SalesOrderRef,
    domain::{order, warehouse::Delivery},
};

use super::call;
use crate::Agents;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    shipping_address: Option<Address>,
    billing_address: Option<Address>,
    ship_method: Option<Reference>,
    ship_date: Option<Date>,
    tran_date: Option<Date>,
    memo: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    addressee: Option<String>,
    attention: Option<String>,
    addr1: Option<String>,
    addr2: Option<String>,
    addr3: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    country: Option<Reference>,
    addr_phone: Option<String>,
}

impl Address {
    /// A company is the addressee, the person its attention; without attention the addressee is a person.
    fn read(self) -> order::Address {
        let (name, company) = match self.attention {
            Some(person) => (Some(person), self.addressee),
            None => (self.addressee, None),
        };
        let second: Vec<String> = self.addr2.into_iter().chain(self.addr3).collect();
        order::Address {
            name,
            company,
            address1: self.addr1,
            address2: (!second.is_empty()).then(|| second.join(" ")),
            city: self.city,
            state: self.state,
            zip: self.zip,
            country: self.country.map(|c| c.id),
            phone: self.addr_phone,
        }
    }
}

/// Addresses, shipping method, dates.
pub(crate) async fn get_delivery(
    agents: &Agents,
    ctx: &ActivityContext,
    which: SalesOrderRef,
) -> Result<Delivery, ActivityError> {
    let account = agents.account_of(&which.brand)?;
    let fields = ["shippingAddress", "billingAddress", "shipMethod", "shipDate", "tranDate", "memo"];
    let get = account.client.get::<Record>("salesOrder", Id::Internal(&which.sales_order_id), true, &fields);
    let record = agents.call(ctx, call("getDelivery", account), get).await?;
    Ok(Delivery {
        shipping: record.shipping_address.map(Address::read),
        billing: record.billing_address.map(Address::read),
        ship_method: record.ship_method.map(|m| m.id),
        ship_date: record.ship_date,
        memo: record.memo,
        date: record.tran_date,
    })
}
