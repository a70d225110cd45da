//! The numbers that cross the boundary between the wasm and its JavaScript.
//!
//! Kinds, positions in memory and states cross as numbers, which are faster and smaller than text. Each group is declared
//! once, below. Rust uses the constants (`boundary::document::PAGE`), and `xtask/codegen` prints the same names as
//! TypeScript constants (`DOCUMENT_PAGE`), so that neither side contains a bare number.

/// A group of numbers, as it is printed to TypeScript.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The prefix of each TypeScript name.
    pub prefix: &'static str,
    /// The group's documentation.
    pub doc: &'static [&'static str],
    /// The numbers, in the order of their declaration.
    pub numbers: &'static [Number],
}

/// A number with a name.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The Rust name. The TypeScript name is the group's prefix, `_` and this name.
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

                /// The group, as it is printed to TypeScript.
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
        /// The cases of a page or summary without the rest of it, as JavaScript materializes them for bulk calls.
        CASES = 3,
    }

    /// Questions to a store, and operations that it carries out.
    ask "ASK" {
        /// The cases of a query: the text of `now`, the total, then rows as in `GET`.
        QUERY = 0,
        /// The number of cases of a query.
        COUNT = 1,
        /// The counts of fields under a query. The options are a JSON array of names, the number the most values of each; 0 for
        /// the default.
        FACETS = 2,
        /// The overview of a query's cases, with options.
        OVERVIEW = 3,
        /// The ranges of a query's words in the texts of the options.
        MATCHES = 4,
        /// The canonical text of a query.
        CANONICAL_TEXT = 5,
        /// Makes a query live: its number.
        BEGIN_LIVE = 6,
        /// Removes the cases of a query, whatever its window.
        REMOVE_MATCHING = 7,
        /// A case by its id, as rows: 1 if all former records are dropped, the number of rows, the rows, then a page of records.
        GET = 8,
        /// The cases with a value in the field of the options, as rows.
        RELATED = 9,
        /// The next page of records: their number, the number of those after it, and the records.
        MORE_RECORDS = 10,
        /// What the details of a case added.
        DETAILS = 11,
        /// The instant since which a case has its status.
        STATUS_SINCE = 12,
        /// The changes after a version, up to that of the options.
        CHANGES = 13,
        /// Removes the cases of a JSON array of ids.
        REMOVE = 14,
        /// Brings the live queries up to date: the numbers of those whose answers changed.
        REFRESH_LIVE = 15,
        /// The answer of a live query as of the last refresh, as in `QUERY`.
        LIVE_ANSWER = 16,
        /// Ends a live query.
        END_LIVE = 17,
        /// The position of the case of the options among those of a query; no answer if it does not match.
        POSITION = 18,
        /// Searches notes from here on. This kind and all later ones are carried out by the deferred module of the store.
        SEARCH_NOTES = 19,
        /// The ids of cases whose notes are to be given, at most as many as the number says.
        PENDING_NOTES = 20,
        /// Sets the notes of a case to the text of the options.
        SET_NOTES = 21,
        /// Applies what details add to cases: a JSON array of the form in which the copy of a gateway sends it.
        APPLY_DETAILS = 22,
    }

    /// Limits of queries, by which JavaScript divides its own.
    query "QUERY" {
        /// The greatest number of values of a condition.
        MAX_VALUES = 1000,
        /// The greatest number of cases of an answer.
        MAX_LIMIT = 10_000,
        /// The greatest number of values of a facet, unless the question names another one.
        MAX_FACET_VALUES = 1000,
    }

    /// Codes with which a gateway closes live connections.
    live_close "LIVE_CLOSE" {
        /// The lifetime of the socket has ended.
        EXPIRED = 4000,
        /// The permissions of the identity were revoked.
        REVOKED = 4001,
        /// The identity has too many sockets: this was its oldest one.
        REPLACED = 4002,
    }

    /// Times in the use of a token, in milliseconds.
    token_use "TOKEN" {
        /// The time before expiry at which a token is refreshed, so that no token expires in transit.
        EXPIRY_MARGIN_MS = 60_000,
        /// The minimum time of use of a token, whatever its lifetime.
        MIN_USE_MS = 5000,
    }

    /// Limits of the feed of a gateway's copy.
    feed "FEED" {
        /// The greatest number of rows of a page, and the number for requests without one.
        MAX_LIMIT = 1000,
    }

    /// Replies to a question.
    reply "REPLY" {
        /// There is no answer.
        NONE = 0,
        /// The answer is at the output.
        ANSWER = 1,
        /// The text of the output is an error as JSON.
        ERROR = 2,
    }

    /// Positions in the output of a store, in words.
    output "OUTPUT" {
        /// The address of the words.
        WORDS = 0,
        /// The number of words.
        WORD_COUNT = 1,
        /// The address of the text.
        TEXT = 2,
        /// The number of bytes of the text.
        TEXT_BYTES = 3,
        /// The number of words of the output.
        LENGTH = 4,
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
        /// 1 if the document has issues, 0 otherwise.
        ISSUES = 25,
        /// The number of requests that the call took.
        ATTEMPTS = 26,
        /// The total wait of the call in milliseconds.
        WAITED_MS = 27,
        /// The bytes of the body.
        BYTES = 28,
        /// The number of words of the header.
        LENGTH = 29,
    }

    /// The compact page as bytes, in little-endian words: a header, then the parts of [`header`] in the same order.
    page_bytes "PAGE_BYTES" {
        /// The first word: the ASCII letters `CSCP`.
        MAGIC = 0x5043_5343,
        /// The version of the layout, in the second word.
        VERSION = 1,
        /// The position of the kind of document, a `DOCUMENT`.
        KIND = 2,
        /// The position of the number of bytes, header included.
        TOTAL = 3,
        /// The position of the first part's offset and length, in bytes. A part of words has an offset that is a
        /// multiple of 4.
        PARTS = 4,
        /// The number of parts.
        PART_COUNT = 12,
        /// The number of words of the header.
        LENGTH = 28,
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
        /// The number of words of an entry.
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
        /// The number of bits of a tag.
        BITS = 3,
        /// The mask of a tag's bits.
        MASK = (1 << BITS) - 1,
    }

    /// Kinds of field of a record.
    field "FIELD" {
        /// A text of any length.
        TEXT = 0,
        /// A severity from 1 to 4.
        SEVERITY = 1,
        /// The letter `O` or `C`.
        FLAG = 2,
        /// A status: a documented one, or another text.
        STATUS = 3,
        /// An RFC 3339 date and time.
        DATE = 4,
        /// A list of texts.
        LIST = 5,
        /// A count that may be missing.
        COUNT = 6,
        /// A count without which the record is useless.
        REQUIRED = 7,
        /// A list of notes.
        NOTES = 8,
        /// The cell of a missing count.
        NO_COUNT = 1 << 31,
        /// The number of shapes that are roots, the nested one included: their numbers precede those of other shapes.
        ROOTS = 5,
    }

    /// Flags of the environment of a client.
    environment "ENVIRONMENT" {
        /// A page or its worker: every visitor can read the client's options.
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
        /// No action: the call has ended.
        NONE = 0,
        /// Wait for an event or for a number of milliseconds.
        WAIT = 1,
        /// Send the request of the call.
        SEND = 2,
        /// Abort the request that is in flight.
        CANCEL = 3,
        /// Request a token from the client's provider.
        REQUEST_TOKEN = 4,
        /// Request a token from the call's own provider.
        REQUEST_OWN_TOKEN = 5,
        /// Stop waiting for a token provider or for the cache.
        CANCEL_TOKEN_REQUEST = 6,
        /// Read the token cache.
        READ_TOKEN_CACHE = 7,
        /// Store a token in the cache.
        STORE_TOKEN = 8,
        /// Report an event to the hooks and the logger.
        EMIT = 9,
        /// Resolve the call with records.
        SUCCEED = 10,
        /// Reject the call with an error.
        FAIL = 11,
    }

    /// Origins of an error's cause. Any other number is that of a request or a token request.
    origin "ORIGIN" {
        /// The reason of the signal.
        SIGNAL = 0,
    }

    /// Positions in a client's budget: the start of each limit, positions within a limit, and single values.
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
        /// The number of waiting calls.
        WAITING = 12,
        /// The milliseconds until the next request may be sent.
        NEXT_SLOT_IN_MS = 13,
        /// The service's time in milliseconds since the Unix epoch, or the local time if it is unknown.
        SERVICE_MS = 14,
        /// The number of values of a budget.
        LENGTH = 15,
    }

    /// Kinds of owner of a case, as rows contain them.
    owner "OWNER" {
        /// No owner was requested.
        NONE = 0,
        /// The contract of the case.
        CONTRACT = 1,
        /// The user of the case.
        USER = 2,
    }

    /// Positions in the head of a response's rows, in words of 64 bits. The rows follow.
    rows "ROWS" {
        /// `page_index` of the pagination record.
        PAGE_INDEX = 0,
        /// `last_index` of the pagination record.
        LAST_INDEX = 1,
        /// `total_records` of the pagination record.
        TOTAL_RECORDS = 2,
        /// The number of requests that the call took.
        REQUESTS = 3,
        /// Bytes of the body.
        BYTES = 4,
        /// The service's time in milliseconds since the Unix epoch; 0 if it is unknown.
        SERVICE_MS = 5,
        /// The number of words of the head.
        HEAD = 6,
    }

    /// Positions in the row of a case, in words of 64 bits.
    row "ROW" {
        /// The key of the case.
        KEY = 0,
        /// The last update of the case, in milliseconds since the Unix epoch.
        UPDATED = 1,
        /// The creation of the case, in milliseconds since the Unix epoch.
        CREATED = 2,
        /// The key of the case's `OWNER`.
        OWNER = 3,
        /// The hash of the case's status.
        STATUS = 4,
        /// The severity of the case, plus `OPEN` if it is open.
        BITS = 5,
        /// The number of words of a row.
        LENGTH = 6,
        /// The flag of an open case, in `BITS`.
        OPEN = 8,
    }

    /// Positions in the progress of a bulk call.
    progress "PROGRESS" {
        /// The number of pages read.
        PAGES = 0,
        /// The number of cases delivered.
        CASES = 1,
        /// The number of requests sent.
        REQUESTS = 2,
        /// The number of retries among the requests.
        RETRIES = 3,
        /// The approximate number of pages left.
        PAGES_LEFT = 4,
        /// The number of values of a progress.
        LENGTH = 5,
    }

    /// Outcomes of a page in a paginator.
    page_outcome "PAGE_OUTCOME" {
        /// The page has no new cases.
        EMPTY = 0,
        /// The page has new cases.
        CASES = 1,
        /// An error: the list cannot be read further.
        ERROR = 2,
    }

    /// Consequences of a failed request of a bulk call.
    failure_outcome "FAILURE" {
        /// None: the response was usable, or the request is split or repeated.
        HANDLED = 0,
        /// A part of the read is left out.
        LEFT_OUT = 1,
        /// The whole bulk call ends.
        STOP = 2,
    }

    /// Kinds of delivery of a bulk call.
    delivery "DELIVERY" {
        /// Nothing to deliver.
        NONE = 4,
        /// New or updated cases.
        CASES = 0,
        /// Cases that have been closed.
        CLOSED = 1,
        /// Ids of cases that are gone.
        GONE = 2,
        /// Details of a case.
        DETAILS = 3,
        /// Flag on the index of a case that was delivered before and no longer matches the filter.
        LEFT = 0x8000_0000,
    }

    /// States of a request in the gateway.
    gateway_request "REQUEST" {
        /// The response is complete.
        RESPONDED = 0,
        /// A request for the gateway's health.
        HEALTH = 1,
        /// A request for cases.
        CASES = 2,
        /// A request for cases that must not be answered from the cache.
        UNCACHED_CASES = 3,
        /// A question that is answered without the service.
        COPY = 4,
        /// A request for a ticket of a live connection.
        LIVE_TICKET = 5,
        /// The handshake of a live connection.
        LIVE = 6,
    }

    /// Steps of a request to the copy of cases.
    copy_step "COPY" {
        /// Statements are to be run.
        RUN = 0,
        /// The answer is complete.
        DONE = 1,
        /// No sync has begun to fill the copy.
        NOT_READY = 2,
        /// No index finds few enough cases for the query.
        TOO_BROAD = 3,
        /// The rows of the database are not those of the statements.
        FAILED = 4,
    }

    /// Freshness of a cached response, in ascending order of age.
    freshness "FRESHNESS" {
        /// Usable without a request.
        FRESH = 0,
        /// Usable while it is refreshed in the background.
        STALE = 1,
        /// Usable only if the service is unavailable.
        STALE_IF_ERROR = 2,
        /// No longer usable.
        EXPIRED = 3,
    }

    /// Outcomes of one request to the service.
    upstream_outcome "UPSTREAM" {
        /// Deliver the response.
        DELIVER = 0,
        /// Renew the token, which was refused, and retry once.
        RENEW_TOKEN = 1,
        /// Retry after a delay.
        RETRY = 2,
        /// Respond with an error.
        FAIL = 3,
    }

    /// States of the service's token.
    service_token "SERVICE_TOKEN" {
        /// A token is available.
        READY = 0,
        /// The caller must fetch a token, then query the state again.
        FETCH = 1,
        /// Another caller is fetching a token.
        WAIT = 2,
        /// No token, and it is too early for another attempt.
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
