//! Which name was meant.

/// The candidate that `typed` is most likely a slip of: the nearest by edits (a letter added, left out, changed, or two
/// neighbours swapped), letter case aside, if no more than a third of the letters differ. A candidate that `typed`
/// begins, or that begins `typed`, counts as near.
pub fn suggest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.to_lowercase().chars().collect();
    let edits_max = (typed.len() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            let edits = edits(&typed, &letters);
            let begins = typed.len().min(letters.len()) >= 3
                && (letters.starts_with(&typed) || typed.starts_with(&letters));
            let near = edits <= edits_max && edits < letters.len();
            (near || begins).then_some((edits, candidate))
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The optimal string alignment distance, row by row.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &letter_a) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, &letter_b) in b.iter().enumerate() {
            let changed = last[j] + usize::from(letter_a != letter_b);
            row[j + 1] = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && letter_a == b[j - 1] && a[i - 1] == letter_b {
                row[j + 1] = row[j + 1].min(before_last[j - 1] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_what_was_meant() {
        let names = ["orders", "order-items", "payments"];
        assert_eq!(suggest("ordres", names), Some("orders"));
        assert_eq!(suggest("Payment", names), Some("payments"));
        assert_eq!(suggest("pay", names), Some("payments"));
        assert_eq!(suggest("prdo", ["prod", "dev"]), Some("prod"));
    }

    #[test]
    fn another_word_finds_nothing() {
        assert_eq!(suggest("customers", ["orders", "payments"]), None);
        assert_eq!(suggest("x", ["a", "b"]), None);
        assert_eq!(suggest("", ["a"]), None);
    }
}
