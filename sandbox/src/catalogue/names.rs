//! SKUs and titles as merchants make them up.

use crate::generate::dice::Dice;

const NOUNS: &[&str] = &["TEE", "HOOD", "MUG", "CAP", "LAMP", "BAG", "SOCK", "TOWEL", "CHAIR", "BOLT", "FILTER", "RUG"];
const COLOURS: &[&str] = &["SLATE", "MOSS", "CLAY", "IVORY", "RAVEN", "SAND", "COBALT"];
const SIZES: &[&str] = &["XS", "S", "M", "L", "XL", "2XL", "1/2", "40x60"];
const FOREIGN: &[&str] = &["TÉ", "KÄSE", "お茶", "ÆBLE", "ЧАЙ", "ÇANTA", "麻袋"];

/// A SKU that no other index has: most are plain, some lower-case, foreign, long, with quotes or blanks.
pub(super) fn sku(dice: &mut Dice, index: u32) -> String {
    let (noun, colour, size) = (dice.pick(NOUNS), dice.pick(COLOURS), dice.pick(SIZES));
    match dice.below(100) {
        0..=59 => format!("{noun}-{colour}-{size}-{index:06}"),
        60..=74 => format!("{noun}{index:07}"),
        75..=82 => format!("{}_{}.{index}", noun.to_lowercase(), colour.to_lowercase()),
        83..=89 => format!("{}-{index:05}-{size}", dice.pick(FOREIGN)),
        90..=93 => format!("{noun} 12\" {colour} {index}"),
        94..=96 => format!("O'NEIL {noun} {index} ({size})"),
        _ => format!("{noun}-{colour}-{size}-SPRING-SUMMER-LIMITED-EDITION-WITH-GIFT-BOX-AND-CARD-{index:08}"),
    }
}

/// A title for people.
pub(super) fn title(dice: &mut Dice, index: u32) -> String {
    let (noun, colour) = (dice.pick(NOUNS), dice.pick(COLOURS));
    format!("{} {}, no. {index}", colour.to_lowercase(), noun.to_lowercase())
}
