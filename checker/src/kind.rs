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

    /// NetSuite waits for goods of which the warehouse has not been told.
    NotSent,
    /// The Sales Order is marked as sent and the warehouse has no live order for it.
    SentWithoutWarehouseOrder,
    /// The warehouse has the order and the Sales Order is not marked as sent.
    WarehouseOrderWithoutMark,
    /// The warehouse has two or more live orders of one number.
    WarehouseDoubled,
    /// A live order of ours at the warehouse has no Sales Order, or a cancelled one.
    WarehouseOrphan,
    /// A carton left the warehouse and no Item Fulfillment names it.
    CartonMissing,
    /// Two or more Item Fulfillments name a carton.
    CartonDoubled,
    /// An Item Fulfillment names a carton that did not leave the warehouse for its Sales Order.
    CartonUnknown,
    /// More of a line is fulfilled than was ordered.
    OverFulfilled,
    /// The warehouse shipped another number of units than NetSuite has fulfilled.
    ShippedUnits,
    /// An Item Fulfillment has no Shopify fulfillment.
    StoreShipmentMissing,
    /// Two Shopify fulfillments tell of one shipment.
    StoreShipmentDoubled,
    /// The Shopify fulfillment lacks tracking numbers of the shipment's cartons.
    StoreShipmentTracking,
    /// The Shopify fulfillment has another number of units than the Item Fulfillment.
    StoreShipmentUnits,
    /// The Item Fulfillment does not name its Shopify fulfillment, or another one.
    StoreShipmentMark,

    /// An Item Fulfillment, an invoice or a Cash Sale of ours belongs to none of the Sales Orders.
    DocumentOrphan,
    /// What is fulfilled, or an order with nothing to ship, is not billed.
    Unbilled,
    /// More is billed than is fulfilled, or than the Sales Order's total.
    OverBilled,
    /// Two bills take the same lines, and together more than is fulfilled.
    BillDoubled,
    /// All is shipped and billed, and the bills do not make the Sales Order's total.
    BilledTotal,
    /// Field or tag say billed in full, and it is not.
    MarkWithoutBill,
    /// Billed in full, and field or tag do not say so.
    BillWithoutMark,

    /// Money came in for an order with an invoice, and no payment says so.
    PaymentMissing,
    /// Two or more payments are for one Shopify transaction.
    PaymentDoubled,
    /// A payment's Shopify transaction does not exist or is not settled.
    PaymentOrphan,
    /// The payment's amount or currency is not the transaction's.
    PaymentAmount,
    /// A payment for one order pays another order's invoice.
    PaymentElsewhere,
    /// The money came in and the invoice is open.
    Unpaid,
    /// A payment pays, or an invoice is paid, more than it has.
    OverApplied,
    /// The store says paid, and what came in less what went back is not the order's total.
    Tenders,
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
            Self::NotSent => "not sent",
            Self::SentWithoutWarehouseOrder => "sent, not at warehouse",
            Self::WarehouseOrderWithoutMark => "at warehouse, not sent",
            Self::WarehouseDoubled => "warehouse order doubled",
            Self::WarehouseOrphan => "warehouse order orphan",
            Self::CartonMissing => "carton missing",
            Self::CartonDoubled => "carton doubled",
            Self::CartonUnknown => "carton unknown",
            Self::OverFulfilled => "over-fulfilled",
            Self::ShippedUnits => "shipped units",
            Self::StoreShipmentMissing => "store shipment missing",
            Self::StoreShipmentDoubled => "store shipment doubled",
            Self::StoreShipmentTracking => "store shipment tracking",
            Self::StoreShipmentUnits => "store shipment units",
            Self::StoreShipmentMark => "store shipment mark",
            Self::DocumentOrphan => "document orphan",
            Self::Unbilled => "unbilled",
            Self::OverBilled => "over-billed",
            Self::BillDoubled => "bill doubled",
            Self::BilledTotal => "billed total",
            Self::MarkWithoutBill => "mark without bill",
            Self::BillWithoutMark => "bill without mark",
            Self::PaymentMissing => "payment missing",
            Self::PaymentDoubled => "payment doubled",
            Self::PaymentOrphan => "payment orphan",
            Self::PaymentAmount => "payment amount",
            Self::PaymentElsewhere => "payment elsewhere",
            Self::Unpaid => "unpaid",
            Self::OverApplied => "over-applied",
            Self::Tenders => "tenders",
        })
    }
}
