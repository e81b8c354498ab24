//! The record types of the account: where they are kept and what may be done with them.

/// One record type of the REST API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RecordType {
    /// The name in addresses, as NetSuite writes it.
    pub(crate) name: &'static str,
    /// The collection that it is kept in: all item types share `item`.
    pub(crate) store: &'static str,
    /// The scope in which internal and external ids are unique.
    pub(crate) scope: &'static str,
    /// `item.itemtype` in SuiteQL.
    pub(crate) item_type: Option<&'static str>,
}

impl RecordType {
    /// Whether the REST API writes it here; the rest is reference data, loaded through the control
    /// API.
    pub(crate) fn writable(&self) -> bool {
        self.creatable() || self.made_from_orders() || self.is_money()
    }

    /// Whether `POST` and `PUT` make it; fulfillments, receipts, bills and applications of deposits come from transforms only.
    pub(crate) fn creatable(&self) -> bool {
        matches!(self.name, "salesOrder" | "customer" | "customerPayment" | "customerDeposit") || self.is_inbound()
    }

    /// Whether it books what a customer paid, or pays an invoice with it.
    pub(crate) fn is_money(&self) -> bool {
        matches!(self.name, "customerPayment" | "customerDeposit" | "depositApplication")
    }

    /// Whether an order is transformed into it.
    pub(crate) fn made_from_orders(&self) -> bool {
        matches!(self.name, "itemFulfillment" | "itemReceipt") || self.is_bill()
    }

    /// Whether it brings goods to a location.
    pub(crate) fn is_inbound(&self) -> bool {
        matches!(self.name, "purchaseOrder" | "transferOrder")
    }

    /// Whether it bills a Sales Order.
    pub(crate) fn is_bill(&self) -> bool {
        matches!(self.name, "invoice" | "cashSale")
    }

    /// `transaction.type` in SuiteQL, of the types whose rows are written.
    pub(crate) fn transaction_type(&self) -> Option<&'static str> {
        Some(match self.name {
            "salesOrder" => "SalesOrd",
            "purchaseOrder" => "PurchOrd",
            "transferOrder" => "TrnfrOrd",
            "itemFulfillment" => "ItemShip",
            "itemReceipt" => "ItemRcpt",
            "invoice" => "CustInvc",
            "cashSale" => "CashSale",
            "customerPayment" => "CustPymt",
            "customerDeposit" => "CustDep",
            "depositApplication" => "DepAppl",
            "inventoryAdjustment" => "InvAdjst",
            _ => return None,
        })
    }
}

const fn plain(name: &'static str) -> RecordType {
    RecordType { name, store: name, scope: name, item_type: None }
}

const fn transaction(name: &'static str) -> RecordType {
    RecordType { name, store: name, scope: "transaction", item_type: None }
}

const fn item(name: &'static str, item_type: &'static str) -> RecordType {
    RecordType { name, store: "item", scope: "item", item_type: Some(item_type) }
}

/// Every record type that the account knows.
pub(crate) static TYPES: &[RecordType] = &[
    transaction("salesOrder"),
    transaction("invoice"),
    transaction("cashSale"),
    transaction("cashRefund"),
    transaction("creditMemo"),
    transaction("customerDeposit"),
    transaction("customerPayment"),
    transaction("depositApplication"),
    transaction("itemFulfillment"),
    transaction("itemReceipt"),
    transaction("purchaseOrder"),
    transaction("returnAuthorization"),
    transaction("transferOrder"),
    transaction("inventoryAdjustment"),
    RecordType { name: "customer", store: "customer", scope: "entity", item_type: None },
    RecordType { name: "vendor", store: "vendor", scope: "entity", item_type: None },
    item("inventoryItem", "InvtPart"),
    item("nonInventorySaleItem", "NonInvtPart"),
    item("nonInventoryResaleItem", "NonInvtPart"),
    item("serviceSaleItem", "Service"),
    item("serviceResaleItem", "Service"),
    item("otherChargeSaleItem", "OthCharge"),
    item("otherChargeResaleItem", "OthCharge"),
    item("discountItem", "Discount"),
    item("giftCertificateItem", "GiftCert"),
    item("kitItem", "Kit"),
    item("assemblyItem", "Assembly"),
    plain("subsidiary"),
    plain("currency"),
    plain("location"),
    plain("classification"),
    plain("department"),
    plain("customForm"),
    plain("shipItem"),
    plain("salesTaxItem"),
    plain("taxType"),
    plain("priceLevel"),
    plain("term"),
    plain("paymentMethod"),
    plain("account"),
    plain("inventoryNumber"),
    plain("unitsType"),
    plain("bom"),
    plain("bomRevision"),
];

/// What a reference to any kind of transaction points to; no record type has this name.
pub(crate) const ANY_TRANSACTION: &str = "transaction";

/// The record type of this name, in any case. The control API may say `item` for any item.
pub(crate) fn find(name: &str) -> Option<&'static RecordType> {
    TYPES.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}

/// The collection that a reference to `target` points into.
pub(crate) fn store_of(target: &str) -> Option<&'static str> {
    // Order lines are typed as references to kit items in the published lists; any item will do.
    find(target).map(|kind| kind.store)
}
