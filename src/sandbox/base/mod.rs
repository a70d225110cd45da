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
//! | [`dice`] | chance that repeats itself |

mod case;
pub(super) mod dice;
mod holders;
mod moves;
mod notes;
mod numbering;
mod people;
mod select;
mod store;
mod story;
mod words;

pub(super) use holders::Holder;
pub(super) use moves::Moved;
pub(super) use select::{Filter, Sort};
use store::{Ground, NOBODY, Row};

pub(super) use store::CaseBase;
