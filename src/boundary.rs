//! The numbers that cross the boundary between the wasm and its JavaScript.
//!
//! Kinds, positions in memory and states are numbers there: a number crosses faster than a text and weighs less. Each
//! group of them is declared once, below. Rust names them as constants (`boundary::document::PAGE`), and `cargo xtask
//! build` prints the same names as TypeScript constants (`DOCUMENT_PAGE`), so that neither side holds a bare number.

/// A group of numbers, as TypeScript gets it.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The beginning of each TypeScript name.
    pub prefix: &'static str,
    /// The group's documentation.
    pub doc: &'static [&'static str],
    /// The numbers, in the order of their declaration.
    pub numbers: &'static [Number],
}

/// A number with a name.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// Its Rust name, which follows the group's prefix in TypeScript.
    pub name: &'static str,
    /// The number itself.
    pub value: u32,
    /// The number's documentation.
    pub doc: &'static [&'static str],
}

macro_rules! boundary {
    ($(
        $(#[doc = $doc:literal])*
        $group:ident $prefix:literal {
            $($(#[doc = $number_doc:literal])* $name:ident = $value:expr,)*
        }
    )*) => {
        $(
            $(#[doc = $doc])*
            pub mod $group {
                use super::{Group, Number};

                $($(#[doc = $number_doc])* pub const $name: u32 = $value;)*

                /// The group, as TypeScript gets it.
                pub const GROUP: Group = Group {
                    prefix: $prefix,
                    doc: &[$($doc),*],
                    numbers: &[
                        $(Number { name: stringify!($name), value: $name, doc: &[$($number_doc),*] },)*
                    ],
                };
            }
        )*

        /// All groups, in the order of their declaration.
        pub const GROUPS: &[Group] = &[$($group::GROUP),*];
    };
}

boundary! {
    /// Kinds of document that the decoder reads.
    document "DOCUMENT" {
        /// The body of a Case Summary.
        SUMMARY = 0,
        /// The body of Case Details.
        DETAILS = 1,
        /// The body of a page of Cases by Contract ID or Cases by User ID.
        PAGE = 2,
    }

    /// Positions in the header of decoded records, in words. A part has two words: its address, then its length.
    header "HEADER" {
        /// The compact text.
        TEXT = 0,
        /// The start of each string in the compact text, and the end of the last.
        STARTS = 2,
        /// The rows of cases, or the row of details.
        ROWS = 4,
        /// The row of the pagination record.
        PAGINATION = 6,
        /// The rows of notes.
        NOTES = 8,
        /// The lists of strings and of notes.
        LISTS = 10,
        /// The strings that are not in the compact text, `OUT_OF_LINE_LENGTH` words each.
        OUT_OF_LINE = 12,
        /// The text of short strings beyond ASCII.
        WIDE = 14,
        /// The text of long ASCII strings.
        LONG = 16,
        /// The text of long strings beyond ASCII.
        LONG_WIDE = 18,
        /// The tape of undocumented fields.
        TAPE = 20,
        /// The names of undocumented fields, as a tree of pairs: parent, string.
        SHAPES = 22,
        /// The `count` of a summary.
        COUNT = 24,
        /// Whether there are issues, 0 or 1.
        ISSUES = 25,
        /// The number of requests that the call took.
        ATTEMPTS = 26,
        /// The milliseconds that it waited in all.
        WAITED_MS = 27,
        /// The bytes of the body.
        BYTES = 28,
        /// Words of the header.
        LENGTH = 29,
    }

    /// Positions in the entry of a string that is not in the compact text, in words.
    out_of_line "OUT_OF_LINE" {
        /// The number of the string.
        STRING = 0,
        /// The pool that holds it, a `POOL`.
        POOL = 1,
        /// The first byte in that text.
        START = 2,
        /// The byte after the last in that text.
        END = 3,
        /// The first UTF-16 unit in the wide text.
        START16 = 4,
        /// The UTF-16 unit after the last in the wide text.
        END16 = 5,
        /// Words of an entry.
        LENGTH = 6,
    }

    /// Pools of strings that are not in the compact text.
    pool "POOL" {
        /// Short strings beyond ASCII.
        WIDE = 0,
        /// Long ASCII strings.
        LONG = 1,
        /// Long strings beyond ASCII.
        LONG_WIDE = 2,
    }

    /// Tags on the tape of undocumented fields: the lowest bits of a value's first word. The other bits are its operand.
    tag "TAG" {
        /// `null`, `false` or `true`: operand 0, 1 or 2.
        LITERAL = 0,
        /// A string, by its number.
        STRING = 1,
        /// A small whole number: the operand itself.
        INTEGER = 2,
        /// An array, by the count of its items. Their words follow.
        ARRAY = 3,
        /// An object, by the number of its shape. The words of its values follow, in the order of the shape's names.
        OBJECT = 4,
        /// Another number, by the number of the string that it is written as.
        NUMBER = 5,
        /// Any value, by the number of the string of its JSON.
        JSON = 6,
        /// Bits of a tag.
        BITS = 3,
        /// The bits of a tag, set.
        MASK = (1 << BITS) - 1,
    }

    /// Flags of the environment of a client.
    environment "ENVIRONMENT" {
        /// It is a page or a worker of one: every visitor can read what is here.
        PAGE = 1,
        /// The token is a function.
        PROVIDER = 2,
        /// There is a token cache.
        TOKEN_CACHE = 4,
        /// There are hooks or a logger.
        EMITS_EVENTS = 8,
        /// The runtime isolates the requests that it serves.
        ISOLATED = 16,
    }

    /// Kinds of action of a call's driver.
    action "ACTION" {
        /// Nothing: the call has ended.
        NONE = 0,
        /// Waiting for an event, or for the time that is told.
        WAIT = 1,
        /// Sending a request.
        SEND = 2,
        /// Aborting the request that is in flight.
        CANCEL = 3,
        /// Asking the client's token provider.
        REQUEST_TOKEN = 4,
        /// Asking the call's token provider.
        REQUEST_OWN_TOKEN = 5,
        /// Waiting no longer for a token provider or the cache.
        CANCEL_TOKEN_REQUEST = 6,
        /// Looking for a token in the cache.
        READ_TOKEN_CACHE = 7,
        /// Putting a token into the cache.
        STORE_TOKEN = 8,
        /// Reporting an event to hooks and logger.
        EMIT = 9,
        /// Resolving the call with records.
        SUCCEED = 10,
        /// Rejecting the call with an error.
        FAIL = 11,
    }

    /// Origins of an error's cause; other numbers are those of a request or of a question for a token.
    origin "ORIGIN" {
        /// The reason of the signal.
        SIGNAL = 0,
    }

    /// Positions in a client's budget: where each limit begins, positions within a limit, and the rest.
    budget "BUDGET" {
        /// The limit per second.
        SECOND = 0,
        /// The limit per minute.
        MINUTE = 3,
        /// The limit per day.
        DAY = 6,
        /// The limit of concurrent requests.
        CONCURRENT = 9,
        /// Within a limit: the limit itself.
        LIMIT = 0,
        /// Within a limit: its used part.
        USED = 1,
        /// Within a limit: its remaining part.
        LEFT = 2,
        /// The number of calls that wait.
        WAITING = 12,
        /// The milliseconds to the next slot.
        NEXT_SLOT_IN_MS = 13,
        /// The service's time, or this side's where that is unknown, in milliseconds since 1970 (UTC).
        SERVICE_MS = 14,
        /// Numbers of a budget.
        LENGTH = 15,
    }

    /// Owners of cases, of which rows tell.
    owner "OWNER" {
        /// Nobody asked.
        NONE = 0,
        /// A contract's.
        CONTRACT = 1,
        /// A user's.
        USER = 2,
    }

    /// Positions in the head of an answer's rows, in words of 64 bits. The rows follow.
    rows "ROWS" {
        /// `page_index` of the pagination record.
        PAGE_INDEX = 0,
        /// `last_index` of the pagination record.
        LAST_INDEX = 1,
        /// `total_records` of the pagination record.
        TOTAL_RECORDS = 2,
        /// Requests that the call took.
        REQUESTS = 3,
        /// Bytes of the body.
        BYTES = 4,
        /// The service's time, in milliseconds since 1970 (UTC); 0 where it is unknown.
        SERVICE_MS = 5,
        /// Words of the head.
        HEAD = 6,
    }

    /// Positions in the row of a case, in words of 64 bits.
    row "ROW" {
        /// The key of the case.
        KEY = 0,
        /// Its last update, in milliseconds since 1970 (UTC).
        UPDATED = 1,
        /// Its creation, likewise.
        CREATED = 2,
        /// The key of its `OWNER`.
        OWNER = 3,
        /// The hash of its status.
        STATUS = 4,
        /// Its severity, and `OPEN` where it is open.
        BITS = 5,
        /// Words of a row.
        LENGTH = 6,
        /// In `BITS`: whether the case is open.
        OPEN = 8,
    }

    /// Positions in the progress of a bulk call.
    progress "PROGRESS" {
        /// Pages read.
        PAGES = 0,
        /// Cases delivered.
        CASES = 1,
        /// Requests sent.
        REQUESTS = 2,
        /// Retries among them.
        RETRIES = 3,
        /// Approximate number of pages left.
        PAGES_LEFT = 4,
        /// Numbers of a progress.
        LENGTH = 5,
    }

    /// Outcomes of a page that a paginator took.
    page_outcome "PAGE_OUTCOME" {
        /// No new cases.
        EMPTY = 0,
        /// New cases.
        CASES = 1,
        /// An error; the list cannot be read further.
        ERROR = 2,
    }

    /// Consequences of a request of a bulk call that could not be used.
    failure_outcome "FAILURE" {
        /// None: it was of use, or is asked for in another way.
        HANDLED = 0,
        /// A part is left out.
        LEFT_OUT = 1,
        /// All of the bulk call ends.
        STOP = 2,
    }

    /// Kinds of delivery of a bulk call.
    delivery "DELIVERY" {
        /// Nothing to deliver.
        NONE = 4,
        /// Cases.
        CASES = 0,
        /// Cases that were closed.
        CLOSED = 1,
        /// Ids of cases that are gone.
        GONE = 2,
        /// Details of a case.
        DETAILS = 3,
        /// Added to the index of a case that was delivered before and does not meet the filter any more.
        LEFT = 0x8000_0000,
    }

    /// States of a request on its way through the gateway.
    gateway_request "REQUEST" {
        /// It is answered.
        RESPONDED = 0,
        /// It asks for the gateway's health.
        HEALTH = 1,
        /// It asks for cases.
        CASES = 2,
        /// It asks for cases, and a cached answer will not do.
        UNCACHED_CASES = 3,
    }

    /// Uses of a cached answer by its age, in order: the later, the fewer.
    freshness "FRESHNESS" {
        /// It is given.
        FRESH = 0,
        /// It is given while a new one is fetched.
        STALE = 1,
        /// It is given where the service cannot answer.
        STALE_IF_ERROR = 2,
        /// It is not given.
        EXPIRED = 3,
    }

    /// Outcomes of one request to the service.
    upstream_outcome "UPSTREAM" {
        /// The response is the answer.
        DELIVER = 0,
        /// The token is refused; one retry with another.
        RENEW_TOKEN = 1,
        /// A retry after a while.
        RETRY = 2,
        /// An error is the answer.
        FAIL = 3,
    }

    /// States of the service's token.
    service_token "SERVICE_TOKEN" {
        /// There is one.
        READY = 0,
        /// One is to be fetched, then the state is asked for again.
        FETCH = 1,
        /// One is on its way.
        WAIT = 2,
        /// There is none, and it is too early for another attempt.
        FAILED = 3,
    }
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, document, header, out_of_line, tag};
    use alloc::{format, vec::Vec};

    #[test]
    fn every_name_is_declared_once() {
        let mut names: Vec<_> = GROUPS
            .iter()
            .flat_map(|group| group.numbers.iter().map(|number| format!("{}_{}", group.prefix, number.name)))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn everything_is_documented() {
        for group in GROUPS {
            assert!(!group.doc.is_empty(), "{}", group.prefix);
            assert!(group.numbers.iter().all(|number| !number.doc.is_empty()), "{}", group.prefix);
        }
    }

    #[test]
    fn constants_and_groups_agree() {
        let value = |name: &str| document::GROUP.numbers.iter().find(|number| number.name == name).map(|it| it.value);
        assert_eq!(value("PAGE"), Some(document::PAGE));
        assert_eq!(header::GROUP.numbers.iter().map(|number| number.value).max(), Some(header::LENGTH));
        assert_eq!(out_of_line::GROUP.numbers.iter().map(|number| number.value).max(), Some(out_of_line::LENGTH));
        assert_eq!(tag::MASK, 7);
    }
}
