//! People who do not exist.

use super::rng::{Rng, RngStream};
use super::vocabulary::{FIRST_NAMES, LAST_NAMES};
use alloc::{borrow::ToOwned, format, string::String};

/// The user id of the documentation's samples. It is always there, so that those samples can be typed in as they stand.
const SAMPLE_USER: &str = "directcust4";

/// Somebody who opens cases or works on them.
#[derive(Clone, Debug)]
pub(super) struct Person {
    first_name: &'static str,
    last_name: &'static str,
    /// The id as which they sign in.
    pub(super) login: String,
}

impl Person {
    /// The customer number `index`.
    pub(super) fn customer(seed: u64, index: u32) -> Person {
        let (first, last, letters) = name(seed, u64::from(index));
        let login = if index == 0 { SAMPLE_USER.to_owned() } else { format!("{letters}{index}") };
        Person { first_name: first, last_name: last, login }
    }

    /// The engineer number `index`.
    pub(super) fn engineer(seed: u64, index: u32) -> Person {
        let (first, last, letters) = name(seed, u64::from(index) | 1 << 40);
        Person { first_name: first, last_name: last, login: format!("{letters}{index}") }
    }

    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// An address in the domain that is reserved for examples (RFC 2606). 30 characters at most, as `owner_email` is.
    pub(super) fn email(&self) -> String {
        format!("{}@example.com", self.login)
    }
}

/// The customer who signs in with this id, among the first `count`. Ids make no difference between cases.
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
