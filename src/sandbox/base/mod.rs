//! The case base: which cases there are, who holds them, and in which order they were updated.
//!
//! A generated case is a [`Row`] of what filters and order need; everything else is written anew from the seed
//! whenever it is asked for, so that a million cases fit into some 90 MB. A case that was handed in is kept whole.
//! Each contract and each user has a list of its cases in the order of their last update; `CaseBase::set` is the one
//! place where a case changes and keeps the lists true.
//!
//! | door | is |
//! |---|---|
//! | [`CaseBase`] | the cases, by id, contract and user |
//! | [`Filter`], [`Sort`] | which part of a list, and its order |
//! | [`dice`] | chance that repeats itself |

mod case;
pub(super) mod dice;
mod holders;
mod notes;
mod numbering;
mod people;
mod select;
mod store;
mod words;

pub(super) use holders::Holder;
pub(super) use select::{Filter, Sort};
use store::{Ground, NOBODY, Row};

pub(super) use store::CaseBase;
