//! The synthetic cases, their owners and the order of their updates.
//!
//! The store holds only a [`DatasetRow`] per generated case, with the fields that filters and sorting need. All other
//! fields are generated from the seed on each access, so that a million cases take about 90 MB. A mutated case is
//! generated in its initial state and then updated from its history. Inserted cases are stored completely. Each
//! contract and each user has a list of its cases in the order of their last update; only `SyntheticCases::set_row` changes
//! cases and keeps these lists consistent.
//!
//! | item | description |
//! |---|---|
//! | [`SyntheticCases`] | the cases by id, contract and user |
//! | [`MutationOutcome`] | the result of a mutation |
//! | [`DatasetFilter`], [`DatasetOrder`] | filter and order of a list |
//! | [`rng`] | reproducible random numbers |

mod dataset_row;
mod generator;
mod history;
mod id_sequence;
mod index;
mod mutations;
mod notes;
mod people;
mod query;
pub(super) mod rng;
mod synthetic_cases;
mod title_words;
mod vocabulary;

pub(super) use index::OwnerKind;
pub(super) use mutations::MutationOutcome;
pub(super) use query::{DatasetFilter, DatasetOrder};
pub(super) use synthetic_cases::SyntheticCases;
