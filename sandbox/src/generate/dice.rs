//! Chance that can be repeated.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random choices of one order.
pub(crate) struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    /// One independent stream for each order of a seed.
    pub(crate) fn new(seed: u64, index: u32) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(index));
        Dice { rng }
    }

    /// A second stream of the same order, for what came into being after its other fields were settled:
    /// drawing from it changes none of them.
    pub(crate) fn payments(seed: u64, index: u32) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((1 << 32) | u64::from(index));
        Dice { rng }
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// A number from 0 to `end` − 1; 0 for an `end` of 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.rng.random_range(0..end.max(1))
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// One of the choices; the default for none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let index = self.below(u32::try_from(choices.len()).unwrap_or(u32::MAX));
        choices.get(index as usize).copied().unwrap_or_default()
    }
}
