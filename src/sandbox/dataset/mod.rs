//! The case base: which cases there are, who holds them, and in which order they were updated.
//!
//! A generated case is a [`Row`] of what filters and order need; everything else is written anew from the seed
//! whenever it is asked for, so that a million cases fit into some 90 MB. A case that moved is written as it was at
//! first, and then what has become of it. A case that was handed in is kept whole.
//! Each contract and each user has a list of its cases in the order of their last update; `CaseBase::set` is the one
//! place where a case changes and keeps the lists true.
//!
//! | door | is |
//! |---|---|
//! | [`CaseBase`] | the cases, by id, contract and user |
//! | [`Moved`] | what a move did to it |
//! | [`Filter`], [`Sort`] | which part of a list, and its order |
//! | [`rng`] | chance that repeats itself |

mod generator;
mod history;
mod id_sequence;
mod index;
mod mutations;
mod notes;
mod people;
mod query;
pub(super) mod rng;
mod store;
mod vocabulary;

pub(super) use index::OwnerKind;
pub(super) use mutations::MutationOutcome;
pub(super) use query::{CaseFilter, SortBy};
use store::{CaseRow, Generator, NO_OWNER};

pub(super) use store::CaseStore;
