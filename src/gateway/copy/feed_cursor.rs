//! The cursor of the feed: the position of a reader, as plain text that the gateway encrypts.

use crate::util::text;
use alloc::{borrow::ToOwned, string::String};

/// The form of the text.
const FORM: &str = "1";

/// The position of a reader in the feed.
///
/// Its text is not for readers: `version` counts the changes of everybody. The package encrypts and authenticates it.
///
/// ```
/// use cisco_support_case::gateway::copy::FeedCursor;
/// let cursor = FeedCursor { epoch: "b1946ac9".to_owned(), mark: "5d41402a".to_owned(), version: 812, ..FeedCursor::default() };
/// assert_eq!(FeedCursor::parse(&cursor.to_text()), Some(cursor));
/// assert_eq!(FeedCursor::parse("1 of 2"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedCursor {
    /// The epoch of the copy.
    pub epoch: String,
    /// The mark of the permissions that the reader has everything of, up to `version`; empty: of none.
    pub held_mark: String,
    /// The mark of the permissions that the present round reads; the same one outside of a round.
    pub mark: String,
    /// The newest version that the reader has seen.
    pub version: i64,
    /// The day of issue, counted from 1970.
    pub day: i64,
    /// The place in a round that takes several pages.
    pub place: Option<FeedPlace>,
}

/// A place in a round of several pages.
///
/// ```
/// use cisco_support_case::gateway::copy::FeedPlace;
/// assert!(FeedPlace { stream: 1, index: 7, ..FeedPlace::default() } < FeedPlace { stream: 3, ..FeedPlace::default() });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedPlace {
    /// The stream: one of the four by contract and by user.
    pub stream: u32,
    /// The index of the contract or user.
    pub index: u32,
    /// The last version that was sent of it.
    pub version: i64,
    /// The version at which the round ends: what is newer comes in the next one.
    pub last: i64,
}

impl FeedCursor {
    /// Returns the text of the cursor.
    pub fn to_text(&self) -> String {
        let place = self.place.map_or_else(String::new, |place| {
            text!(".", place.stream, ".", place.index, ".", place.version, ".", place.last)
        });
        text!(FORM, ".", self.epoch, ".", self.held_mark, ".", self.mark, ".", self.version, ".", self.day, place)
    }

    /// Parses the text of a cursor.
    pub fn parse(text: &str) -> Option<FeedCursor> {
        let mut parts = text.split('.');
        if parts.next()? != FORM {
            return None;
        }
        let mut next = || parts.next();
        let (epoch, held_mark, mark) = (next()?.to_owned(), next()?.to_owned(), next()?.to_owned());
        let (version, day) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let place = match next() {
            None => None,
            Some(stream) => Some(FeedPlace {
                stream: stream.parse().ok()?,
                index: next()?.parse().ok()?,
                version: next()?.parse().ok()?,
                last: next()?.parse().ok()?,
            }),
        };
        next().is_none().then_some(FeedCursor { epoch, held_mark, mark, version, day, place })
    }
}
