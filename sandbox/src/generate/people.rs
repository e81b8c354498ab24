//! Who buys, and where to.

use serde_json::{Value, json};

use super::Draft;
use super::dice::Dice;
use crate::money::Currencies;

/// A country with what an address there looks like.
pub(super) struct Place {
    pub country_code: &'static str,
    country: &'static str,
    city: &'static str,
    province: &'static str,
    province_code: &'static str,
    zip: &'static str,
}

const PLACES: [Place; 8] = [
    Place {
        country_code: "US",
        country: "United States",
        city: "Louisville",
        province: "Kentucky",
        province_code: "KY",
        zip: "40202",
    },
    Place {
        country_code: "US",
        country: "United States",
        city: "San José",
        province: "California",
        province_code: "CA",
        zip: "95113-1904",
    },
    Place {
        country_code: "US",
        country: "United States",
        city: "Portland",
        province: "Oregon",
        province_code: "OR",
        zip: "97204",
    },
    Place {
        country_code: "CA",
        country: "Canada",
        city: "Ottawa",
        province: "Ontario",
        province_code: "ON",
        zip: "K1N 5W5",
    },
    Place {
        country_code: "GB",
        country: "United Kingdom",
        city: "Stoke-on-Trent",
        province: "England",
        province_code: "ENG",
        zip: "ST4 2DG",
    },
    Place { country_code: "DE", country: "Germany", city: "Köln", province: "", province_code: "", zip: "50667" },
    Place {
        country_code: "FR",
        country: "France",
        city: "Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson",
        province: "",
        province_code: "",
        zip: "51290",
    },
    Place {
        country_code: "JP",
        country: "Japan",
        city: "渋谷区",
        province: "Tōkyō",
        province_code: "JP-13",
        zip: "150-0002",
    },
];

const FIRST_NAMES: [&str; 10] =
    ["Ada", "Bob", "Chloë", "Dmitri", "Eleni", "Fatima", "Günther", "Hana", "Íñigo", "美咲"];
const LAST_NAMES: [&str; 10] =
    ["Norman", "O'Brien", "Müller", "García-López", "Nguyễn", "Smith", "de la Cruz", "Żukowski", "Andersson", "佐藤"];

/// Where the order goes: mostly home, abroad when it is paid in another currency.
pub(super) fn place(dice: &mut Dice, currencies: &Currencies) -> Place {
    let country = match currencies.presentment.as_str() {
        "EUR" => dice.pick(&["DE", "FR"]),
        "GBP" => "GB",
        "CAD" => "CA",
        "JPY" => "JP",
        _ => "US",
    };
    let mut there = PLACES.into_iter().filter(|place| place.country_code == country);
    let skip = if country == "US" { dice.below(3) } else { 0 };
    let first = there.nth(skip as usize);
    let [home, ..] = PLACES;
    first.unwrap_or(home)
}

/// Customer, addresses and contact: most have an account, some are guests, a few tell no e-mail.
pub(super) fn buyer(draft: &mut Draft<'_>, dice: &mut Dice, place: &Place) {
    let number = draft.id % 1_000_000_000;
    let known = dice.below(5000);
    let customer_id = 7_300_000_000 + u64::from(known);
    // A customer has the same name on every order.
    let first_name = FIRST_NAMES[known as usize % FIRST_NAMES.len()];
    let last_name = LAST_NAMES[known as usize / 10 % LAST_NAMES.len()];
    let email = match dice.below(8) {
        0 => format!(" Buyer{known}@Example.COM "),
        _ => format!("buyer{known}@example.com"),
    };
    let address = address(dice, place, first_name, last_name);
    let customer = json!({
        "id": customer_id,
        "admin_graphql_api_id": format!("gid://shopify/Customer/{customer_id}"),
        "email": format!("customer{customer_id}@example.com"),
        "first_name": first_name,
        "last_name": last_name,
        "phone": null,
        "state": "enabled",
        "tags": "",
        "currency": draft.money.currencies.shop,
        "created_at": "2026-01-05T09:00:00-05:00",
        "updated_at": "2026-01-05T09:00:00-05:00",
        "default_address": address,
    });
    let order = &mut draft.order;
    order["phone"] = Value::Null;
    match dice.below(100) {
        0..=72 => {
            order["email"] = customer["email"].clone();
            order["customer"] = customer;
        }
        73..=88 => {
            order["email"] = json!(email);
            order["customer"] = Value::Null;
        }
        89..=93 => {
            let phone = format!("+1502{:07}", number % 10_000_000);
            order["email"] = Value::Null;
            order["phone"] = json!(phone);
            order["customer"] = customer;
            order["customer"]["email"] = Value::Null;
            order["customer"]["phone"] = json!(phone);
            order["customer"]["id"] = json!(customer_id + 10_000);
            order["customer"]["admin_graphql_api_id"] =
                json!(format!("gid://shopify/Customer/{}", customer_id + 10_000));
        }
        _ => {
            order["email"] = json!("");
            order["customer"] = Value::Null;
            order["source_name"] = json!("pos");
            order["location_id"] = json!(487_838_322);
        }
    }
    order["contact_email"] = order["email"].clone();
    if order["source_name"] == "pos" {
        order["shipping_address"] = Value::Null;
        order["billing_address"] = Value::Null;
        return;
    }
    order["billing_address"] = address.clone();
    order["shipping_address"] = address;
}

fn address(dice: &mut Dice, place: &Place, first_name: &str, last_name: &str) -> Value {
    let house = dice.between(1, 9999);
    let long = dice.percent(6);
    let street = if long {
        format!(
            "{house} Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Memorial Boulevard, \
             North Entrance beside the old cannery"
        )
    } else {
        format!("{house} Chestnut Street")
    };
    let second = match dice.below(10) {
        0 => json!(format!("Apt {}", dice.between(1, 40))),
        1 if long => json!("c/o The Worshipful Company of Makers of Playing Cards, third floor, second staircase"),
        2 => json!(""),
        _ => Value::Null,
    };
    let company = match dice.below(12) {
        0 => json!("Acme Trading GmbH & Co. KG"),
        1 if long => json!("International Association of Very Long Company Names, Incorporated"),
        _ => Value::Null,
    };
    let or_null = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    json!({
        "first_name": first_name,
        "last_name": last_name,
        "name": format!("{first_name} {last_name}"),
        "company": company,
        "address1": street,
        "address2": second,
        "city": place.city,
        "province": or_null(place.province),
        "province_code": or_null(place.province_code),
        "zip": place.zip,
        "country": place.country,
        "country_code": place.country_code,
        "phone": if dice.percent(60) { json!("+1 502-459-2181") } else { Value::Null },
        "latitude": null,
        "longitude": null,
    })
}
