//! The statements of the feed.

use super::feed_scope::{Bounds, LAST_VERSION, ScopeIds, stored_texts};
use crate::query::sql::limits::MAX_PAGE_BYTES;
use crate::query::sql::{SqlStatement, SqlValue, union_of_lists};
use crate::util::text;
use alloc::{string::String, vec, vec::Vec};

/// The number of contracts, and of users, of a statement. A reader with more gets more pages.
const MAX_IDS: u32 = 40_000;

/// The streams of a page: cases by contract and by user, then tombstones.
pub(super) const STREAMS: u32 = 4;
pub(super) const CASES_BY_CONTRACT: u32 = 1;
pub(super) const CASES_BY_USER: u32 = 2;

/// Part of a page: where each stream starts, and the version and number of rows at which it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageRange {
    /// The stream, index and version to continue after.
    pub(super) start: (u32, u32, i64),
    /// The last version.
    pub(super) last: i64,
    /// The number of rows of a stream.
    pub(super) rows: u32,
}

/// The statement of a page, with the index at which each stream was cut since it has too many ids.
#[derive(Debug)]
pub(super) struct PageStatement {
    pub(super) statement: SqlStatement,
    pub(super) cuts: [Option<u32>; STREAMS as usize],
}

/// Returns the statement that reads the ids of a mark: a row for contracts, and one for users.
pub(super) fn scope_statement(mark: &str) -> SqlStatement {
    let of = |stream: u32, column: &str| {
        text!(
            "SELECT ",
            stream,
            " AS stream, 0 AS place, 0 AS version, ",
            column,
            " AS text, 0 AS number, '' AS owners, '' AS record FROM feed_scopes WHERE mark = ?1"
        )
    };
    let text = text!(of(0, "contract_ids"), " UNION ALL ", of(1, "user_ids"));
    SqlStatement::new(text, vec![SqlValue::from(mark)])
}

/// Returns the statement that stores the ids of a mark, or the day on which it was last used.
pub(super) fn store_scope_statement(mark: &str, ids: &ScopeIds, day: i64) -> Option<SqlStatement> {
    let [contracts, users] = stored_texts(ids.as_ref()?)?;
    let text = "INSERT INTO feed_scopes (mark, contract_ids, user_ids, seen_day) VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER)) ON \
                CONFLICT (mark) DO UPDATE SET seen_day = excluded.seen_day WHERE seen_day < excluded.seen_day";
    let values = vec![SqlValue::from(mark), SqlValue::Text(contracts), SqlValue::Text(users), SqlValue::Integer(day)];
    Some(SqlStatement::new(text, values))
}

/// Returns the statement of a page, of its rows in the order of the feed. The row at which the page is full, and those after it, have
/// 1 as `number`, and no record: they belong to the next page.
///
/// The sum has no order of its own, by which the rows would be sorted. So it is that of the rows as they come, which the
/// reader checks.
fn limited(rows: &str) -> String {
    let column = |name: &str| text!("iif(p.bytes > ", MAX_PAGE_BYTES, ", '', p.", name, ") AS ", name);
    text!(
        "SELECT p.stream, p.place, p.version, p.text, iif(p.stream > 0, p.bytes > ",
        MAX_PAGE_BYTES,
        ", p.number) AS number, p.owners, ",
        column("record"),
        ", ",
        column("details"),
        " FROM (SELECT *, sum(length(CAST(record AS BLOB)) + length(CAST(details AS BLOB))) OVER (ROWS UNBOUNDED PRECEDING) \
         AS bytes FROM (",
        rows,
        ")) AS p"
    )
}

/// Returns the statement of a page of a reader that may see everything. `held` is the version up to which it has it; it
/// gets the tombstones only of what it has.
pub(super) fn page_of_all(range: PageRange, held: Option<i64>) -> PageStatement {
    let (stream, _, version) = range.start;
    // Cases are one stream, tombstones the other one.
    let cases_above = if stream <= CASES_BY_CONTRACT { version.max(held.unwrap_or(0)) } else { LAST_VERSION };
    let tombstones_above = match held {
        Some(held) if stream > CASES_BY_USER => version.max(held),
        Some(held) => held,
        None => LAST_VERSION,
    };
    let text = text!(
        "SELECT 0 AS stream, 0 AS place, s.version AS version, s.epoch AS text, s.oldest_version > CAST(?2 AS INTEGER) \
         AS number, '' AS owners, '' AS record, '' AS details FROM copy_state AS s WHERE s.id = 1 UNION ALL SELECT * \
         FROM (SELECT 1, 0, c.version, c.case_id, 0, '', c.record, c.details FROM cases AS c INDEXED BY \
         cases_by_version WHERE c.version > CAST(?1 AS INTEGER) AND c.version <= CAST(?3 AS INTEGER) ORDER BY \
         c.version LIMIT ?4) UNION ALL SELECT * FROM (SELECT 3, 0, t.version, t.case_id, 0, ",
        OWNERS,
        ", '', '' FROM tombstones AS t WHERE t.version > CAST(?2 AS INTEGER) AND t.version <= CAST(?3 AS INTEGER) \
         ORDER BY t.version LIMIT ?4)"
    );
    let values = [cases_above, tombstones_above, range.last, i64::from(range.rows)].map(SqlValue::Integer);
    PageStatement { statement: SqlStatement::new(limited(&text), values.to_vec()), cuts: [None; STREAMS as usize] }
}

/// The contract and user of the case of a tombstone `t` as it is now, as a JSON array; empty if there is none.
const OWNERS: &str =
    "coalesce((SELECT json_array(n.contract_id, n.user_id) FROM cases AS n WHERE n.case_id = t.case_id), '')";

/// Returns the statement of a page of a reader with contracts and users.
pub(super) fn page_of_ids(bounds: &[Bounds<'_>; 2], range: PageRange) -> PageStatement {
    let (stream, index, version) = range.start;
    let mut cuts = [None; STREAMS as usize];
    let mut values = Vec::new();
    for (place, cut) in cuts.iter_mut().enumerate() {
        let number = 1 + place as u32;
        let (index, version, most) = match number.cmp(&stream) {
            core::cmp::Ordering::Less => (0, 0, 0),
            core::cmp::Ordering::Equal => (index, version, MAX_IDS),
            core::cmp::Ordering::Greater => (0, 0, MAX_IDS),
        };
        let of_kind = bounds.get(place % 2);
        let (list, next) =
            of_kind.map_or((String::from("[]"), None), |ids| ids.to_json(index, version, most, number > CASES_BY_USER));
        values.push(SqlValue::Text(list));
        *cut = next.filter(|_| most > 0);
    }
    values.extend([SqlValue::Integer(range.last), SqlValue::Integer(i64::from(range.rows))]);
    let cases = |stream: u32, column: &str, index: &str| {
        text!(
            " UNION ALL SELECT * FROM (SELECT ",
            stream,
            ", r.key, c.version, c.case_id, 0, '', c.record, c.details FROM json_each(?",
            stream,
            ") AS r CROSS JOIN cases AS c INDEXED BY ",
            index,
            " ON c.",
            column,
            " = r.value ->> 0 AND c.version > r.value ->> 1 AND c.version <= CAST(?5 AS INTEGER) LIMIT ?6)"
        )
    };
    let tombstones = |stream: u32, column: &str, index: &str| {
        text!(
            " UNION ALL SELECT * FROM (SELECT ",
            stream,
            ", r.key, t.version, t.case_id, 0, ",
            OWNERS,
            ", '', '' FROM json_each(?",
            stream,
            ") AS r CROSS JOIN tombstones AS t INDEXED BY ",
            index,
            " ON t.",
            column,
            " = r.value ->> 0 AND t.version > r.value ->> 1 AND t.version <= CAST(?5 AS INTEGER) LIMIT ?6)"
        )
    };
    let dropped = |kind: u32, stream: u32| {
        text!(
            "EXISTS (SELECT 1 FROM json_each(?",
            stream,
            ") AS r CROSS JOIN dropped_tombstones AS d ON d.kind = ",
            kind,
            " AND d.id = r.value ->> 0 AND d.version > r.value ->> 1)"
        )
    };
    let text = text!(
        "SELECT 0 AS stream, 0 AS place, s.version AS version, s.epoch AS text, ",
        dropped(0, 3),
        " OR ",
        dropped(1, 4),
        " AS number, '' AS owners, '' AS record, '' AS details FROM copy_state AS s WHERE s.id = 1",
        cases(CASES_BY_CONTRACT, "contract_id", "cases_by_contract"),
        cases(CASES_BY_USER, "user_id", "cases_by_user"),
        tombstones(3, "contract_id", "tombstones_by_contract"),
        tombstones(4, "user_id", "tombstones_by_user")
    );
    PageStatement { statement: SqlStatement::new(limited(&text), values), cuts }
}

/// Returns the statement of the newest version of what a reader with contracts and users may see, or could have seen.
pub(super) fn newest_statement(bounds: &[Bounds<'_>; 2]) -> SqlStatement {
    let mut values = Vec::new();
    let sources = bounds.each_ref().map(|of_kind| {
        let first = values.len() + 1;
        values.extend(of_kind.to_lists().into_iter().map(SqlValue::Text));
        union_of_lists(first..=values.len())
    });
    let source = |kind: usize| sources.get(kind).map_or("", String::as_str);
    let newest = |kind: usize, table: &str, column: &str| {
        text!(
            "coalesce((SELECT max(m.newest) FROM (SELECT (SELECT v.version FROM ",
            table,
            " AS v INDEXED BY ",
            table,
            "_by_",
            column,
            " WHERE v.",
            column,
            "_id = r.value ->> 0 ORDER BY v.version DESC LIMIT 1) AS newest FROM ",
            source(kind),
            " AS r) AS m), 0)"
        )
    };
    let dropped = |kind: usize| {
        text!(
            "coalesce((SELECT max(d.version) FROM ",
            source(kind),
            " AS r CROSS JOIN dropped_tombstones AS d ON d.kind = ",
            kind,
            " AND d.id = r.value ->> 0), 0)"
        )
    };
    let text = text!(
        "SELECT 0 AS stream, 0 AS place, max(",
        dropped(0),
        ", ",
        dropped(1),
        ", ",
        newest(0, "cases", "contract"),
        ", ",
        newest(1, "cases", "user"),
        ", ",
        newest(0, "tombstones", "contract"),
        ", ",
        newest(1, "tombstones", "user"),
        ") AS version, '' AS text, 0 AS number, '' AS owners, '' AS record"
    );
    SqlStatement::new(text, values)
}
