//! The copy of cases in a SQLite database at the edge: what a writer commits, and what readers get.
//!
//! One sync writes the copy, and many pages read it. This module writes statements; the tables are those of the package's
//! `migrations/`.
//!
//! | item | is |
//! |---|---|
//! | [`CopyBatch`], [`CopyChange`] | changes that are committed together |
//! | [`acquire_statement`] | the statement by which a writer takes over |
//! | [`compact_statements`] | the statements that drop old tombstones |
//! | [`restore_statements`], [`cases_of_statement`] | a restored database, contracts that left |
//! | [`round_statements`], [`synced_statement`] | a complete round, and whether it had some contracts |
//! | [`DetailsBatch`], [`due_details_statements`], [`drop_details_statements`], [`progress_statements`] | the details of open cases |
//! | [`FeedReader`], [`FeedStep`], [`FeedPage`], [`FeedRow`], [`RefillReason`] | the feed of an identity |
//! | [`CopyQuery`], [`QueryStep`] | a query or an overview of an identity |
//! | [`FeedCursor`], [`FeedPlace`] | the position of a reader |
//!
//! # Versions
//!
//! Each change gets a version of its own, which is greater than all before. A version is assigned inside the transaction
//! that commits the change, from the counter in the database: never before, and never from a writer's memory. So no
//! reader sees a version before a lower one, and steps over the latter.
//!
//! There is one counter for all identities. Versions per identity would be one write per change and identity; coarse ones
//! would repeat changes. A version must therefore not be shown to readers as it is: the difference of two tells how much
//! changed for others. What a reader gets is opaque.
//!
//! # Writers
//!
//! A Durable Object can run twice for a while, and its lock does not reach the database. So the database decides: a writer
//! takes over by [`acquire_statement`], which increments `writer`. The first statement of a batch fails if the writer is
//! not the present one, and D1 then commits nothing of the batch.
//!
//! # Interruption
//!
//! Claim: a writer that is killed anywhere loses and repeats nothing. Invariant: `progress` in the database is that of
//! the last batch whose changes are there. Argument: a batch writes both in one transaction. A batch that is repeated,
//! since its answer was lost, finds its cases unchanged, and writes none of them.
//!
//! # Newer and older
//!
//! A case replaces that of the copy if its `updated_date` is later, or the same with another content (rule 9 of
//! [`query`](crate::query)). Anything else writes nothing. A case that changes its contract or user leaves a tombstone
//! with the former ones, of a lower version than its own: readers of the former drop it, readers of both have it in the
//! end.
//!
//! # Cases that are too long
//!
//! A case whose row is longer than D1 permits must not stop the others: its batch would fail in each run. So the largest parts
//! of such a record are left out until it fits, and its member `issues` names them, also in what readers get. A case whose ids
//! alone are too long is left out. [`CopyBatch::reduced`] counts both.
//!
//! # Details
//!
//! The details of open cases are requested one by one, within the number of requests of a day. Which ones is a partial
//! index of the cases whose details are missing or older than the record, so that nothing is scanned. The requests of a
//! step are counted in `progress` before they are sent: a writer that is killed sends no more than the day's number in all.
//! What is stored is what details add to a record ([`DetailColumns`](crate::model::DetailColumns)); notes are only counted. The
//! record stays that of the lists, also if details are newer: the next round brings it. Their version is that of the case, and
//! `record_version` stays: a sync that reads the copy reports changes of records.
//!
//! Without the option, details that were copied before are dropped by [`drop_details_statements`], some ids at a time: names of
//! owners do not stay in a database that is not to have them. That is no change of the cases, and has no version.
//!
//! # Cost
//!
//! D1 bills each row that is written, in a table or an index: 13 to 14 for a new case, and 4 for
//! details, measured. A case that is as it was costs none, and a batch two for the state.

mod batch;
mod copy_query;
mod details;
mod feed;
mod feed_cursor;
mod feed_scope;
mod feed_statement;
mod overview_json;
mod reduced_case;

pub use batch::{
    CopyBatch, CopyChange, acquire_statement, cases_of_statement, changes_statements, compact_statements,
    owners_statement, restore_statements, round_statements, synced_statement,
};
pub use copy_query::{CopyQuery, QueryStep};
pub use details::{DetailsBatch, drop_details_statements, due_details_statements, progress_statements};
pub use feed::{FeedPage, FeedReader, FeedRow, FeedStep, RefillReason};
pub use feed_cursor::{FeedCursor, FeedPlace};
