//! Who a Sales Order belongs to.

use serde::{Deserialize, Serialize};

use super::{
    order::{Order, Source},
    policy::Policy,
    sales_order::Problem,
};
use crate::ids;

/// How an order's customer is found, or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDraft {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// E-mail, normalised.
    pub email: Option<String>,
    /// First name, at most 32 characters. Empty: NetSuite takes no person without one, so `last_name` is a company's.
    pub first_name: String,
    /// Last name, at most 32 characters, or the only name that is known, at most 83; never empty.
    pub last_name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Internal id of the subsidiary.
    pub subsidiary: String,
    /// Internal id of the currency.
    pub currency: String,
    /// Unique name for the case that NetSuite knows a namesake: `Bob Norman (207119551)`.
    pub unique_name: String,
}

/// A customer that NetSuite has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundCustomer {
    /// Internal id.
    pub id: String,
    /// `externalId`.
    pub external_id: Option<String>,
}

/// The customer to look for; none for orders with neither customer nor e-mail.
pub fn draft(brand: &str, order: &Order, policy: &Policy, currency: &str) -> Option<CustomerDraft> {
    let email = order.buyer.email.as_deref().map(ids::normalised_email).filter(|e| !e.is_empty());
    let external_id = match (&order.buyer.id, &email) {
        (Some(id), _) => match &order.source {
            Source::Shopify => ids::customer_key(brand, id),
            // The numbers of two channels have nothing to do with each other.
            Source::Channel(channel) => ids::customer_key(brand, &ids::channel_order_key(channel, id)),
        },
        (None, Some(email)) => ids::guest_key(brand, email),
        (None, None) => return None,
    };
    let address = order.billing.as_ref().or(order.shipping.as_ref());
    let (first, last) = match (&order.buyer.first_name, &order.buyer.last_name) {
        (None, None) => split_name(address.and_then(|a| a.name.as_deref()).unwrap_or_default()),
        (first, last) => (first.clone().unwrap_or_default(), last.clone().unwrap_or_default()),
    };
    // Whoever has only a first name has it as the only name.
    let (first, last) = if last.trim().is_empty() { (String::new(), first) } else { (first, last) };
    let last = [last, email.clone().unwrap_or_default(), order.key.clone()]
        .into_iter()
        .find(|name| !name.trim().is_empty())
        .unwrap_or_default();
    let first_name = shorten(&first, 32);
    let last_name = shorten(&last, if first_name.is_empty() { 83 } else { 32 });
    let discriminator = external_id.rsplit('-').next().unwrap_or_default().to_owned();
    let unique_name = format!("{} ({discriminator})", shorten(format!("{first_name} {last_name}").trim(), 50));
    Some(CustomerDraft {
        external_id,
        email,
        first_name,
        last_name,
        // NetSuite refuses a telephone number of another length.
        phone: order.buyer.phone.clone().filter(|p| (7..=32).contains(&p.trim().chars().count())),
        subsidiary: policy.subsidiary.clone(),
        currency: currency.to_owned(),
        unique_name,
    })
}

/// Which of the found customers is meant: the one with our key, else the only one with the e-mail.
pub fn choose(draft: &CustomerDraft, found: &[FoundCustomer]) -> Result<Option<String>, Problem> {
    if let Some(ours) = found.iter().find(|c| c.external_id.as_deref() == Some(&draft.external_id)) {
        return Ok(Some(ours.id.clone()));
    }
    match found {
        [] => Ok(None),
        [only] => Ok(Some(only.id.clone())),
        several => Err(Problem::ambiguous(
            "customer",
            format!(
                "{} customers of the subsidiary have the order's e-mail (ids {}); give one of them the external id {}",
                several.len(),
                several.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(", "),
                draft.external_id
            ),
        )),
    }
}

fn split_name(name: &str) -> (String, String) {
    match name.trim().rsplit_once(' ') {
        Some((first, last)) => (first.trim().to_owned(), last.to_owned()),
        None => (String::new(), name.trim().to_owned()),
    }
}

/// At most `limit` characters.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    text.trim().chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sales_order::fixture::{order, policy};
    use super::*;

    fn found(id: &str, key: Option<&str>) -> FoundCustomer {
        FoundCustomer { id: id.into(), external_id: key.map(Into::into) }
    }

    #[test]
    fn found_by_key_then_by_email() {
        let draft = draft("acme", &order(), &policy(), "1").unwrap();
        assert_eq!(draft.external_id, "CUST-acme-207119551");
        assert_eq!(choose(&draft, &[]), Ok(None));
        assert_eq!(choose(&draft, &[found("7", None)]), Ok(Some("7".into())));
        assert_eq!(choose(&draft, &[found("7", None), found("8", Some("CUST-acme-207119551"))]), Ok(Some("8".into())));
        let error = choose(&draft, &[found("7", None), found("8", None)]).unwrap_err();
        assert!(error.message.contains("7, 8"), "{error:?}");
    }

    #[test]
    fn a_guest_has_the_key_of_the_email_and_nobody_has_none() {
        let mut guest = order();
        guest.buyer = super::super::order::Buyer { email: Some(" Guest@Example.COM".into()), ..Default::default() };
        let draft_of = |o: &Order| draft("acme", o, &policy(), "1");
        assert_eq!(draft_of(&guest).unwrap().external_id, ids::guest_key("acme", "guest@example.com"));
        assert_eq!(draft_of(&guest).unwrap().last_name, "Norman");
        guest.buyer.email = Some("  ".into());
        assert_eq!(draft_of(&guest), None);
    }
}
