//! `stateset demo` as a user runs it: on a real Temporal server, which it obtains itself.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Stdio};

#[test]
fn every_order_of_the_batch_comes_to_its_end_or_tells_why_not() {
    let output = Command::new(env!("CARGO_BIN_EXE_stateset"))
        .args(["demo", "--", "--once", "--orders", "6"])
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");

    let rows: Vec<&str> = out.lines().filter(|line| line.trim_start().starts_with('#')).collect();
    let told = |parts: &[&str]| rows.iter().any(|row| parts.iter().all(|part| row.contains(part)));
    // Shopify's four samples are booked; none of them comes to its end.
    for total in ["199.65 USD", "199.00 USD", "238.47 EUR", "181.09 USD"] {
        assert!(told(&[total, "SO10"]), "{total}\n{out}");
    }
    assert!(told(&["#1001", "payment", "parked", "190.29 USD too much"]), "{out}");
    assert!(told(&["#1002", "warehouse", "parked", "shipping_address"]), "{out}");
    // Of the two generated orders one is not paid yet, and the other goes all the way.
    assert!(told(&["#2001", "orders", "waiting", "payment"]), "{out}");
    assert!(told(&["#2002", "243.20 USD", "SO10", "IF10", "INV10", "PYMT10", "paid"]), "{out}");
    assert!(out.contains("6 orders, 5 Sales Orders"), "{out}");
    assert!(out.contains("verdict: clean"), "{out}");
    assert!(err.contains("6 of 6 orders"), "{err}");
}

#[test]
fn an_agent_that_is_none_is_named_and_every_order_needs_the_first() {
    for (agents, said) in
        [("orders,stock", "no such agent; there are orders"), ("warehouse", "begins with the agent orders")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_stateset"))
            .args(["demo", "--once", "--agents", agents])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(said), "{err}");
    }
}
