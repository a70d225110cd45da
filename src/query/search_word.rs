//! The words of a search.

use super::tokens::{TokenKind, WordTokenizer};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A word of a search, folded.
///
/// A word with punctuation, such as `C9300-48P`, has its parts too: it matches where the joined word does, or else where
/// each part does.
///
/// ```
/// use cisco_support_case::query::SearchWord;
/// let words = SearchWord::all_in("C9300-48P stürzt ab");
/// assert_eq!(words[0].text(), "c930048p");
/// assert_eq!(words[0].parts(), ["c9300", "48p"]);
/// assert_eq!((words[1].text(), words[1].parts().len(), words.len()), ("sturzt", 0, 3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchWord {
    text: String,
    parts: Vec<String>,
}

impl SearchWord {
    /// The least number of characters with which a word also matches the end of an id.
    pub const MIN_END_CHARS: usize = 3;

    /// Returns the words of a text, each once, in order.
    pub fn all_in(text: &str) -> Vec<SearchWord> {
        let mut words: Vec<SearchWord> = Vec::new();
        WordTokenizer::default().tokenize(text, &mut |token| {
            let mut parts = Vec::new();
            match token.kind {
                // The bigram before has it.
                TokenKind::RunEnd => return,
                TokenKind::Joined { parts: count } => {
                    parts =
                        words.split_off(words.len().saturating_sub(count)).into_iter().map(|word| word.text).collect();
                }
                TokenKind::Word | TokenKind::Bigram => {}
            }
            words.push(SearchWord { text: token.text.to_owned(), parts });
        });
        let mut distinct: Vec<SearchWord> = Vec::with_capacity(words.len());
        for word in words {
            if !distinct.contains(&word) {
                distinct.push(word);
            }
        }
        distinct
    }

    /// Returns the folded word; of a word with punctuation, all its parts joined.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the parts of a word with punctuation: at least two, or none for a word without.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Whether a folded word (joined, or a part) is long enough to match the end of an id.
    pub fn can_match_end(text: &str) -> bool {
        text.chars().nth(SearchWord::MIN_END_CHARS - 1).is_some()
    }
}
