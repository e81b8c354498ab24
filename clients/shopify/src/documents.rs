//! The documents in `graphql/`, typed by the schema's slice.

use graphql_client::GraphQLQuery;

use crate::bulk::BulkOperationStatus;
use crate::fulfillment::FulfillmentOrderStatus;
use crate::order::{FinancialStatus, RiskLevel, RiskRecommendation};
use crate::payments::{TransactionKind, TransactionStatus};

// What the schema's scalars and enums are here. Codes of currencies, countries and topics are carried, not decided on.
type BulkOperationErrorCode = String;
type BulkOperationUserErrorCode = String;
type CountryCode = String;
type CurrencyCode = String;
type DateTime = jiff::Timestamp;
type Decimal = rust_decimal::Decimal;
type FulfillmentStatus = String;
type InventorySetQuantitiesUserErrorCode = String;
type OrderDisplayFinancialStatus = FinancialStatus;
type OrderRiskRecommendationResult = RiskRecommendation;
type OrderTransactionKind = TransactionKind;
type OrderTransactionStatus = TransactionStatus;
type RiskAssessmentResult = RiskLevel;
#[expect(clippy::upper_case_acronyms, reason = "the schema's spelling")]
type URL = String;
/// A string on the wire.
type UnsignedInt64 = String;
type WebhookSubscriptionTopic = String;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/Order.graphql",
    response_derives = "Debug",
    extern_enums(
        "CountryCode",
        "CurrencyCode",
        "OrderDisplayFinancialStatus",
        "OrderRiskRecommendationResult",
        "RiskAssessmentResult"
    )
)]
pub struct Order;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/OrdersNamed.graphql",
    response_derives = "Debug"
)]
pub struct OrdersNamed;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/OrdersUpdated.graphql",
    response_derives = "Debug"
)]
pub struct OrdersUpdated;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/OrdersCount.graphql",
    response_derives = "Debug"
)]
pub struct OrdersCount;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/TagsAdd.graphql",
    response_derives = "Debug"
)]
pub struct TagsAdd;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/TagsRemove.graphql",
    response_derives = "Debug"
)]
pub struct TagsRemove;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/Shop.graphql",
    response_derives = "Debug",
    extern_enums("CurrencyCode")
)]
pub struct Shop;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/AccessScopes.graphql",
    response_derives = "Debug"
)]
pub struct AccessScopes;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/WebhookSubscriptions.graphql",
    response_derives = "Debug",
    extern_enums("WebhookSubscriptionTopic")
)]
pub struct WebhookSubscriptions;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/WebhookSubscriptionCreate.graphql",
    response_derives = "Debug",
    extern_enums("WebhookSubscriptionTopic")
)]
pub struct WebhookSubscriptionCreate;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/FulfillmentView.graphql",
    response_derives = "Debug",
    extern_enums("FulfillmentOrderStatus", "FulfillmentStatus")
)]
pub struct FulfillmentView;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/FulfillmentOrderLines.graphql",
    response_derives = "Debug"
)]
pub struct FulfillmentOrderLines;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/FulfillmentLines.graphql",
    response_derives = "Debug"
)]
pub struct FulfillmentLines;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/FulfillmentCreate.graphql",
    response_derives = "Debug"
)]
pub struct FulfillmentCreate;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/FulfillmentTrackingInfoUpdate.graphql",
    response_derives = "Debug"
)]
pub struct FulfillmentTrackingInfoUpdate;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/Payments.graphql",
    response_derives = "Debug",
    extern_enums("CurrencyCode", "OrderDisplayFinancialStatus", "OrderTransactionKind", "OrderTransactionStatus")
)]
pub struct Payments;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/InventoryItems.graphql",
    response_derives = "Debug"
)]
pub struct InventoryItems;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/InventoryItemsById.graphql",
    response_derives = "Debug"
)]
pub struct InventoryItemsById;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/InventoryLevels.graphql",
    response_derives = "Debug"
)]
pub struct InventoryLevels;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/InventorySetQuantities.graphql",
    response_derives = "Debug",
    extern_enums("InventorySetQuantitiesUserErrorCode")
)]
pub struct InventorySetQuantities;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/BulkOperationRunQuery.graphql",
    response_derives = "Debug",
    extern_enums("BulkOperationUserErrorCode")
)]
pub struct BulkOperationRunQuery;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/BulkOperation.graphql",
    response_derives = "Debug",
    extern_enums("BulkOperationErrorCode", "BulkOperationStatus")
)]
pub struct BulkOperation;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/BulkOperationCancel.graphql",
    response_derives = "Debug"
)]
pub struct BulkOperationCancel;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/OpenOrders.graphql",
    response_derives = "Debug"
)]
pub struct OpenOrders;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/OpenOrderLines.graphql",
    response_derives = "Debug"
)]
pub struct OpenOrderLines;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../schema/2026-10.graphql",
    query_path = "graphql/Locations.graphql",
    response_derives = "Debug"
)]
pub struct Locations;
