//! Sums and ranks.

/// The value that `share` of all values do not exceed, by nearest rank. 0 of nothing.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The arithmetic mean. 0 of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The largest value. 0 of nothing.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        let at = |share| percentile(&values, share).round() as u64;
        assert_eq!((at(0.5), at(0.95), at(0.99), at(1.0)), (100, 190, 198, 200));
        assert_eq!(percentile(&[7.0], 0.5).round() as u64, 7);
        assert_eq!(percentile(&[], 0.5).round() as u64, 0);
    }
}
