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
        matches!(self.name, "salesOrder" | "customer")
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
    transaction("itemFulfillment"),
    transaction("itemReceipt"),
    transaction("purchaseOrder"),
    transaction("returnAuthorization"),
    transaction("transferOrder"),
    RecordType { name: "customer", store: "customer", scope: "entity", item_type: None },
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
];

/// The record type of this name, in any case. The control API may say `item` for any item.
pub(crate) fn find(name: &str) -> Option<&'static RecordType> {
    TYPES.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}

/// The collection that a reference to `target` points into.
pub(crate) fn store_of(target: &str) -> Option<&'static str> {
    // Order lines are typed as references to kit items in the published lists; any item will do.
    find(target).map(|kind| kind.store)
}
