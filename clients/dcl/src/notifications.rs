//! Goods on their way to the warehouse.

use client_core::{Error, Result, encode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::wire;

/// A purchase order or transfer that will arrive. DCL requires every field. Lengths are in characters.
///
/// <https://api.dclcorp.com/Help/Api/POST-api-v1-po_notifications>
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewNotification {
    /// The account that owns the goods, at most 10.
    pub account_number: String,
    /// The warehouse they go to, at most 3.
    pub location: String,
    /// Our reference, at most 25, unique among all notifications.
    pub reference_transaction_number: String,
    /// The order's own number, at most 25.
    pub reference_order_number: String,
    /// When it was ordered.
    pub order_date: Date,
    /// When it is expected.
    pub expected_delivery_date: Date,
    /// What is expected.
    pub lines: Vec<NotificationLine>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotificationLine {
    /// Our number of the line, unique in the notification.
    pub line_number: i64,
    /// The item as DCL calls it, at most 25.
    pub item_number: String,
    /// Units, above 0.
    pub quantity: u64,
    /// When this line is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_delivery_date: Option<Date>,
}

/// What became of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    /// It was taken, under this number of DCL's. Older versions of the API tell none.
    Taken(Option<String>),
    /// A notification has this reference already: ours, where the reference is ours alone.
    Repeated,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default, deserialize_with = "wire::text")]
    dcl_po_number: Option<String>,
}

impl Client {
    /// Announces goods. DCL has no way to look a notification up before something of it was received; but it takes a
    /// reference only once, so that a repeat tells whether the first one landed.
    pub async fn create_po_notification(&self, notification: &NewNotification) -> Result<Notified> {
        let body = encode(notification, "POST po_notifications")?;
        match self.post::<Told>("po_notifications", body).await {
            Ok(told) => Ok(Notified::Taken(told.dcl_po_number)),
            Err(Error::Rejected { message, .. }) if is_repeated(&message) => Ok(Notified::Repeated),
            Err(error) => Err(error),
        }
    }
}

/// DCL publishes neither the code nor the text with which it refuses a reference that it has. Taken for it is a refusal that
/// names the field and says so in one of the usual words. To be seen on DCL's sandbox; until then it is guessed here alone.
/// A refusal in other words parks the run that announces, with DCL's text.
fn is_repeated(message: &str) -> bool {
    let said = message.to_lowercase().replace('_', " ");
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    says(&["reference transaction number"]) && says(&["unique", "already", "exists", "duplicate"])
}
