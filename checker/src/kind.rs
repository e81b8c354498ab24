use std::fmt;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An order has neither Sales Order nor reason.
    Missing,
    /// An order has two or more open Sales Orders.
    Doubled,
    /// A Sales Order's order does not exist.
    Orphan,
    /// `externalId` and `custbody_shopify_order_id` do not both point to the order.
    Reference,
    /// The Sales Order's total is not the order's.
    Total,
    /// The Sales Order's lines and tax do not make its total.
    Lines,
    /// The Sales Order is in another currency than the one to be booked.
    Currency,
    /// The Sales Order is not released.
    Unreleased,
    /// The customer does not exist, is another one's, or belongs to another subsidiary.
    Customer,
    /// The Sales Order belongs to another subsidiary.
    Subsidiary,
    /// The order is tagged as sent and has no Sales Order.
    TagWithoutSalesOrder,
    /// The order has its Sales Order and no tag.
    SalesOrderWithoutTag,
    /// An order from before go-live has a Sales Order of ours.
    BeforeGoLive,
    /// A vendor gave fewer or more entries than it counts.
    ListCut,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Doubled => "doubled",
            Self::Orphan => "orphan",
            Self::Reference => "reference",
            Self::Total => "total",
            Self::Lines => "lines",
            Self::Currency => "currency",
            Self::Unreleased => "unreleased",
            Self::Customer => "customer",
            Self::Subsidiary => "subsidiary",
            Self::TagWithoutSalesOrder => "tag without sales order",
            Self::SalesOrderWithoutTag => "sales order without tag",
            Self::BeforeGoLive => "before go-live",
            Self::ListCut => "list cut",
        })
    }
}
