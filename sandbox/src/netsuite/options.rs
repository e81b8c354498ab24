//! What kind of account it is.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Which tax engine the account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaxStyle {
    /// SuiteTax: `taxDetails` under `taxDetailsOverride`; legacy fields are refused.
    #[default]
    SuiteTax,
    /// Legacy tax: `taxCode` and `taxRate1` on lines; SuiteTax fields are refused.
    Legacy,
    /// No tax features: both are refused.
    None,
}

/// How a request over the concurrency limit is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disguise {
    /// 429 with `CONCURRENCY_LIMIT_EXCEEDED`.
    #[default]
    TooManyRequests,
    /// 400 with the same code.
    BadRequest,
    /// A hang that ends as 401 "Invalid login attempt."
    InvalidLogin {
        /// Length of the hang in milliseconds; a minute in real life.
        millis: u64,
    },
}

/// How SuiteQL shows `transaction.status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusForm {
    /// `B`.
    #[default]
    Letter,
    /// `SalesOrd:B`.
    Qualified,
}

/// What a transform does whose `externalId` an earlier document of the type has already. No public
/// source tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedTransform {
    /// A second document is made, without the external id: whoever repeats blindly books twice.
    #[default]
    Accepted,
    /// 400 "This record already exists."
    Refused,
}

/// What kind of account it is.
#[derive(Clone, Debug)]
pub struct Options {
    /// The account id, upper-case.
    pub account: String,
    /// The tax engine.
    pub tax_style: TaxStyle,
    /// How many requests may be in flight at once.
    pub concurrency_limit: u32,
    /// What happens above the limit.
    pub concurrency_disguise: Disguise,
    /// Time that every request takes at least, so that concurrency is real.
    pub latency: Duration,
    /// How SuiteQL shows dates, from `M`, `MM`, `D`, `DD`, `YYYY` and separators.
    pub date_format: String,
    /// The zone in which SuiteQL shows and compares moments; the record API's are always UTC.
    pub time_zone: TimeZone,
    /// How SuiteQL shows an order's status.
    pub status_form: StatusForm,
    /// What a transform does whose external id is taken.
    pub repeated_transform: RepeatedTransform,
    /// Whether more may be shipped than is on hand, so that stock becomes negative.
    pub negative_stock: bool,
    /// Whether a purchase may bring more than was ordered: the preference "Allow Overage on Item Receipts".
    pub receive_overage: bool,
    /// Accounting periods before this day are closed.
    pub closed_before: Option<Date>,
    /// Whether the account starts with master data: subsidiaries, currencies, items, …
    pub seed_data: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            account: "TSTDRV1234567".to_owned(),
            tax_style: TaxStyle::default(),
            concurrency_limit: 15,
            concurrency_disguise: Disguise::default(),
            latency: Duration::ZERO,
            date_format: "M/D/YYYY".to_owned(),
            time_zone: TimeZone::UTC,
            status_form: StatusForm::default(),
            repeated_transform: RepeatedTransform::default(),
            negative_stock: true,
            receive_overage: false,
            closed_before: None,
            seed_data: true,
        }
    }
}
