//! What Shopify's answer to a batch means. A refused batch has written nothing; one bad entry must not keep the rest.

use super::{Change, report::Reason};

/// One of the answer's `userErrors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The entry of the batch that it is about, where it names one.
    pub index: Option<usize>,
    /// Shopify's code: `CHANGE_FROM_QUANTITY_STALE`.
    pub code: String,
}

/// What is to be done now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// Written.
    pub written: Vec<Change>,
    /// The store shows another quantity by now: to be read again.
    pub stale: Vec<Change>,
    /// Never to be written as they are.
    pub refused: Vec<(Change, Reason)>,
    /// To be sent again, as batches of their own.
    pub again: Vec<Vec<Change>>,
    /// The same request is still under way: to be repeated as it is, under its key.
    pub under_way: bool,
}

const STALE: [&str; 2] = ["CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"];
const UNDER_WAY: &str = "IDEMPOTENCY_CONCURRENT_REQUEST";
/// The key has been used for something else, or for an attempt that failed: another key is needed.
const OTHER_KEY: [&str; 2] = ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"];

/// Judges the answer to `batch`. Every entry is in exactly one of the lists, unless the request is under way.
pub fn judge(batch: &[Change], refusals: &[Refusal]) -> Judged {
    let mut judged = Judged::default();
    if refusals.is_empty() {
        judged.written = batch.to_vec();
        return judged;
    }
    if refusals.iter().any(|refusal| refusal.code == UNDER_WAY) {
        judged.under_way = true;
        return judged;
    }
    if refusals.iter().any(|refusal| OTHER_KEY.contains(&refusal.code.as_str())) {
        judged.again.push(batch.to_vec());
        return judged;
    }
    let of = |n: usize| refusals.iter().filter(move |refusal| refusal.index == Some(n));
    let mut rest = vec![];
    for (n, change) in batch.iter().enumerate() {
        let worst = of(n).find(|refusal| !is_stale(refusal)).or_else(|| of(n).next());
        match worst {
            Some(refusal) if is_stale(refusal) => judged.stale.push(*change),
            Some(refusal) => judged.refused.push((*change, reason(&refusal.code))),
            None => rest.push(*change),
        }
    }
    if rest.len() < batch.len() {
        judged.again.extend((!rest.is_empty()).then_some(rest));
        return judged;
    }
    // It does not say which entry is meant: a half has it, and in the end one alone.
    match (rest.as_slice(), refusals) {
        (all, refusals) if refusals.iter().all(is_stale) => judged.stale.extend(all),
        ([one], refusals) => {
            let code = refusals.iter().find(|r| !is_stale(r)).map_or("", |r| r.code.as_str());
            judged.refused.push((*one, reason(code)));
        }
        (all, _) => {
            let (left, right) = all.split_at(all.len() / 2);
            judged.again.extend([left.to_vec(), right.to_vec()]);
        }
    }
    judged
}

fn is_stale(refusal: &Refusal) -> bool {
    STALE.contains(&refusal.code.as_str())
}

fn reason(code: &str) -> Reason {
    match code {
        "ITEM_NOT_STOCKED_AT_LOCATION" => Reason::NotAtLocation,
        "INVALID_INVENTORY_ITEM" => Reason::Gone,
        "INVALID_LOCATION" => Reason::LocationGone,
        "NON_MUTABLE_INVENTORY_ITEM" => Reason::NativeBundle,
        "INVALID_QUANTITY_TOO_HIGH" => Reason::Beyond32Bits,
        other => Reason::Refused(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batch(n: u64) -> Vec<Change> {
        (0..n).map(|n| Change { inventory_item: n, place: 0, from: 1, to: 2 }).collect()
    }

    fn refusal(index: Option<usize>, code: &str) -> Refusal {
        Refusal { index, code: code.to_owned() }
    }

    #[test]
    fn one_bad_entry_is_split_out_and_a_stale_one_is_read_again() {
        let batch = batch(5);
        let judged = judge(
            &batch,
            &[
                refusal(Some(1), "CHANGE_FROM_QUANTITY_STALE"),
                refusal(Some(3), "INVALID_INVENTORY_ITEM"),
                refusal(Some(3), "CHANGE_FROM_QUANTITY_STALE"),
            ],
        );
        assert_eq!(judged.stale, [batch[1]]);
        assert_eq!(judged.refused, [(batch[3], Reason::Gone)]);
        assert_eq!(judged.again, [vec![batch[0], batch[2], batch[4]]]);
        assert!(judged.written.is_empty() && !judged.under_way);
    }

    #[test]
    fn a_key_is_repeated_while_its_request_runs_and_changed_where_it_is_spent() {
        let batch = batch(2);
        assert!(judge(&batch, &[refusal(None, UNDER_WAY)]).under_way);
        for code in OTHER_KEY {
            assert_eq!(judge(&batch, &[refusal(None, code)]).again, std::slice::from_ref(&batch));
        }
    }

    proptest! {
        /// Whatever it refuses, entry by entry or as a whole: all good entries are written in the end, the bad one is not.
        #[test]
        fn the_bad_ones_are_found(size in 1u64..60, bad in proptest::collection::btree_set(0u64..60, 0..6), named: bool) {
            let (mut open, mut written, mut refused, mut calls) = (vec![batch(size)], vec![], vec![], 0);
            while let Some(batch) = open.pop() {
                calls += 1;
                let hit = batch.iter().enumerate().filter(|(_, c)| bad.contains(&c.inventory_item));
                let mut errors: Vec<_> = hit.map(|(n, _)| refusal(named.then_some(n), "INVALID")).collect();
                if !named {
                    errors.truncate(1);
                }
                let judged = judge(&batch, &errors);
                let entries = judged.written.len() + judged.stale.len() + judged.refused.len()
                    + judged.again.iter().map(Vec::len).sum::<usize>();
                prop_assert_eq!(entries, batch.len());
                written.extend(judged.written);
                refused.extend(judged.refused.into_iter().map(|(c, _)| c.inventory_item));
                open.extend(judged.again);
            }
            refused.sort_unstable();
            let wanted: Vec<u64> = bad.into_iter().filter(|n| *n < size).collect();
            prop_assert_eq!(&refused, &wanted);
            prop_assert_eq!(written.len() + refused.len(), size as usize);
            prop_assert!(calls <= 2 + 2 * 7 * wanted.len());
        }
    }
}
