//! Global ids: `gid://shopify/<Kind>/<number>`.

use super::Failure;

/// The id in a GID of the wanted kind.
pub(super) fn gid_of(kind: &str, gid: &str) -> Result<u64, Failure> {
    match split_gid(gid) {
        Some((found, id)) if found == kind => Ok(id),
        Some(_) => Err(not_a_record(&format!("Invalid id: {gid}"))),
        None => Err(not_a_record("invalid id")),
    }
}

pub(super) fn not_a_record(message: &str) -> Failure {
    Failure::new("RESOURCE_NOT_FOUND", message)
}

/// Kind and number of a GID; a query string behind it is ignored, as Shopify does.
pub(super) fn split_gid(gid: &str) -> Option<(&str, u64)> {
    let rest = gid.strip_prefix("gid://shopify/")?;
    let (kind, id) = rest.split_once('/')?;
    let id = id.split('?').next()?;
    Some((kind, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        assert_eq!(gid_of("Order", "gid://shopify/Order/12").ok(), Some(12));
        let wrong = gid_of("Order", "gid://shopify/Product/12").err().unwrap();
        assert_eq!(wrong.message, "Invalid id: gid://shopify/Product/12");
        assert_eq!(gid_of("Order", "12").err().unwrap().message, "invalid id");
    }
}
