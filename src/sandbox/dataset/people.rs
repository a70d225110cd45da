//! Fictional customers and engineers.

use super::rng::{Rng, RngStream};
use super::vocabulary::{FIRST_NAMES, LAST_NAMES};
use alloc::{borrow::ToOwned, format, string::String};

/// User id of the documentation's samples. It always exists, so that the samples work unchanged.
const SAMPLE_USER: &str = "directcust4";

/// A fictional person who opens cases or works on them.
#[derive(Clone, Debug)]
pub(super) struct Person {
    first_name: &'static str,
    last_name: &'static str,
    /// User id for signing in.
    pub(super) login: String,
}

impl Person {
    /// Returns the customer with this index.
    pub(super) fn customer(seed: u64, index: u32) -> Person {
        let (first, last, letters) = name(seed, u64::from(index));
        let login = if index == 0 { SAMPLE_USER.to_owned() } else { format!("{letters}{index}") };
        Person { first_name: first, last_name: last, login }
    }

    /// Returns the engineer with this index.
    pub(super) fn engineer(seed: u64, index: u32) -> Person {
        let (first, last, letters) = name(seed, u64::from(index) | 1 << 40);
        Person { first_name: first, last_name: last, login: format!("{letters}{index}") }
    }

    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Returns an address in a domain reserved for examples (RFC 2606), at most 30 characters long like `owner_email`.
    pub(super) fn email(&self) -> String {
        format!("{}@example.com", self.login)
    }
}

/// Returns the index of the customer with this user id ([`IdRule::USER`](crate::rules::IdRule::USER)), among the first `count`.
pub(super) fn customer_index(seed: u64, count: u32, login: &str) -> Option<u32> {
    if login.eq_ignore_ascii_case(SAMPLE_USER) {
        return Some(0);
    }
    let digits = login.trim_start_matches(|c: char| !c.is_ascii_digit());
    let index: u32 = digits.parse().ok()?;
    (index < count && Person::customer(seed, index).login.eq_ignore_ascii_case(login)).then_some(index)
}

fn name(seed: u64, index: u64) -> (&'static str, &'static str, &'static str) {
    let mut rng = Rng::new(seed, RngStream::Person, index);
    let first = rng.pick_word(FIRST_NAMES);
    let (last, letters) = rng.pick(LAST_NAMES).copied().unwrap_or_default();
    (first, last, letters)
}
