//! `stateset demo` as a user runs it: on a real Temporal server, which it obtains itself.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Stdio};

#[test]
fn every_order_of_the_batch_becomes_a_sales_order_or_tells_why_not() {
    let output = Command::new(env!("CARGO_BIN_EXE_stateset"))
        .args(["demo", "--", "--once", "--orders", "6"])
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");

    // Shopify's four samples are paid, and the second of the two generated orders is; the first is not yet.
    let rows: Vec<&str> = out.lines().filter(|line| line.trim_start().starts_with('#')).collect();
    assert_eq!(rows.len(), 6, "{out}");
    let booked = |total: &str| rows.iter().any(|row| row.matches(total).count() == 2 && row.contains("SO10"));
    for total in ["199.65 USD", "199.00 USD", "238.47 EUR", "181.09 USD"] {
        assert!(booked(total), "{total}\n{out}");
    }
    let waiting: Vec<&&str> = rows.iter().filter(|row| row.contains("waiting")).collect();
    assert_eq!(waiting.len(), 1, "{out}");
    assert!(waiting[0].contains("#2001") && waiting[0].contains("payment"), "{out}");
    assert!(out.contains("6 orders, 5 Sales Orders; 5 booked once with an equal total, 1 with a reason"), "{out}");
    assert!(out.contains("verdict: clean"), "{out}");
    assert!(err.contains("6 of 6 orders"), "{err}");
}
