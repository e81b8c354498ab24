use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn order(status: &str) -> (Value, Ids) {
    let mut ids = Ids::default();
    let mut order = json!({
        "id": 1, "name": "#1", "currency": "USD", "total_price": "100.00", "current_total_price": "100.00",
        "financial_status": status, "processed_at": "2026-10-05T12:00:00Z",
    });
    settle(&mut order, &mut ids);
    (order, ids)
}

fn told(order: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    list(order, "transactions").iter().map(|one| (text(one, "kind"), text(one, "amount"))).collect()
}

#[test]
fn an_order_without_transactions_gets_those_of_its_state() {
    for (status, kinds) in [
        ("paid", &["sale"][..]),
        ("authorized", &["authorization"]),
        ("voided", &["authorization", "void"]),
        ("pending", &[]),
    ] {
        let (order, _) = order(status);
        let told: Vec<String> = told(&order).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(told, kinds, "{status}");
    }
    let mut part = json!({"id": 1, "financial_status": "paid", "total_price": "180.00", "total_outstanding": "130.00",
        "refunds": [{"transactions": [{"id": 5, "kind": "refund", "status": "success", "amount": "9.00",
            "parent_id": 77}]}]});
    settle(&mut part, &mut Ids::default());
    assert_eq!(part["transactions"][0]["id"], 77);
    assert_eq!(told(&part), [("sale".into(), "50.00".into()), ("refund".into(), "9.00".into())]);
}

#[test]
fn a_payment_that_only_the_state_tells_of_is_added() {
    let (mut order, mut ids) = order("authorized");
    order["financial_status"] = json!("paid");
    order["total_outstanding"] = json!("0.00");
    settle(&mut order, &mut ids);
    assert_eq!(told(&order)[1], ("capture".into(), "100.00".into()));
    assert_eq!(order["transactions"][1]["parent_id"], order["transactions"][0]["id"]);
    let again = order.clone();
    settle(&mut order, &mut ids);
    assert_eq!(order, again);
}

#[test]
fn captures_and_refunds_move_the_state() {
    let (mut order, mut ids) = order("authorized");
    let now = Timestamp::UNIX_EPOCH;
    capture(&mut order, dec("30"), &mut ids, now).unwrap();
    assert_eq!((&order["financial_status"], &order["total_outstanding"]), (&json!("partially_paid"), &json!("70.00")));
    assert!(capture(&mut order, dec("70.01"), &mut ids, now).is_err());
    capture(&mut order, dec("70"), &mut ids, now).unwrap();
    assert_eq!((&order["financial_status"], &order["total_outstanding"]), (&json!("paid"), &json!("0.00")));
    assert!(total_capturable(&order).is_zero());

    let (_, transactions) = refund(&mut order, dec("80"), &mut ids, now).unwrap();
    let amounts: Vec<_> = transactions.iter().map(|one| one["amount"].as_str().unwrap()).collect();
    assert_eq!(amounts, ["70.00", "10.00"], "the last payment first");
    assert_eq!(order["financial_status"], "partially_refunded");
    assert_eq!((net(&order).shop, order["current_total_price"].as_str()), (dec("20"), Some("20.00")));
    assert!(refund(&mut order, dec("20.01"), &mut ids, now).is_err());
    refund(&mut order, dec("20"), &mut ids, now).unwrap();
    assert_eq!(order["financial_status"], "refunded");
    assert!(outstanding(&order).is_zero());
}

#[test]
fn two_tenders_pay_an_order() {
    let (mut order, mut ids) = order("pending");
    let now = Timestamp::UNIX_EPOCH;
    pay(&mut order, dec("40"), "gift_card", &mut ids, now).unwrap();
    assert_eq!(order["financial_status"], "partially_paid");
    assert!(pay(&mut order, dec("0.001"), "bogus", &mut ids, now).is_err());
    authorize(&mut order, dec("60"), &mut ids, now).unwrap();
    capture(&mut order, dec("60"), &mut ids, now).unwrap();
    assert_eq!(order["financial_status"], "paid");
}
