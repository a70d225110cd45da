//! JSON that people hand in, and what `/__sandbox` takes.

use super::OptionError;
use super::fault::FaultOrder;
use super::options::MAX_SAFE_INTEGER;
use super::route;
use crate::decode;
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

/// An object that somebody handed in: every member is known, and read with a sentence for what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    place: &'a str,
    value: &'a Json,
}

impl<'a> Given<'a> {
    /// Reads a text as JSON.
    pub(super) fn parse(text: &[u8], place: &str) -> Result<Json, OptionError> {
        decode::json(text).map_err(|fault| OptionError {
            field: place.to_owned(),
            message: format!("{place}: expected JSON, but {fault}"),
        })
    }

    /// An object with members of these names only.
    pub(super) fn object(place: &'a str, value: &'a Json, known: &[&str]) -> Result<Given<'a>, OptionError> {
        let Json::Object(members) = value else { return Err(OptionError::new(place, "an object", value)) };
        let given = Given { place, value };
        match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => {
                let field = given.field(name);
                let message = format!("{field}: unknown; known are {}", known.join(", "));
                Err(OptionError { field, message })
            }
            None => Ok(given),
        }
    }

    fn field(&self, name: &str) -> String {
        match self.place {
            "" | "options" => name.to_owned(),
            place => format!("{place}.{name}"),
        }
    }

    /// The member, unless it is missing or `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        self.value.get(name).filter(|value| **value != Json::Null)
    }

    /// An error that quotes the member.
    pub(super) fn error(&self, name: &str, expected: &str) -> OptionError {
        OptionError::new(self.field(name), expected, self.get(name).unwrap_or(&Json::Null))
    }

    /// A number from `first` to `last`.
    pub(super) fn number(&self, name: &str, first: f64, last: f64) -> Result<Option<f64>, OptionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Json::Number(text) => text.parse().ok().filter(|number| (first..=last).contains(number)),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.error(name, &format!("a number from {first} to {last}")))
    }

    /// A whole number from `first` to `last`.
    pub(super) fn whole(&self, name: &str, first: u64, last: u64) -> Result<Option<u64>, OptionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Json::Number(text) => text.parse().ok().filter(|number| (first..=last).contains(number)),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.error(name, &format!("a whole number from {first} to {last}")))
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, OptionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_text().map(Some).ok_or_else(|| self.error(name, "a string"))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, OptionError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.error(name, "true or false")),
        }
    }
}

/// How much of what is in a sandbox is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InfoOrder {
    /// How many ids of contracts, and how many of users.
    pub(super) holders: usize,
}

impl Default for InfoOrder {
    fn default() -> InfoOrder {
        InfoOrder { holders: 100 }
    }
}

impl InfoOrder {
    /// Reads `{ holders }`.
    pub(super) fn from_json(json: &Json) -> Result<InfoOrder, OptionError> {
        let given = Given::object("options", json, &["holders"])?;
        let mut order = InfoOrder::default();
        if let Some(holders) = given.whole("holders", 0, MAX_SAFE_INTEGER)? {
            order.holders = usize::try_from(holders).unwrap_or(usize::MAX);
        }
        Ok(order)
    }

    /// Reads the query of `/__sandbox`; what else is in it is nobody's.
    pub(super) fn from_query(query: &str) -> Result<InfoOrder, OptionError> {
        let holders = route::pairs(query).into_iter().find(|(name, _)| name == "holders").map(|(_, value)| {
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { Json::Number(value) } else { Json::Text(value) }
        });
        InfoOrder::from_json(&Json::object(holders.map(|value| ("holders", value))))
    }
}

/// What `POST /__sandbox` asks for: first faults are cleared, then set, then the clock moves.
#[derive(Debug)]
pub(super) struct ControlOrder {
    pub(super) clear: bool,
    pub(super) faults: Vec<FaultOrder>,
    pub(super) advance_ms: u64,
}

impl ControlOrder {
    /// Reads all of it before any of it is done.
    pub(super) fn parse(body: &[u8]) -> Result<ControlOrder, OptionError> {
        let json = Given::parse(body, "body")?;
        let given = Given::object("", &json, &["faults", "clear", "advanceMs"]).map_err(|error| {
            if error.field.is_empty() { OptionError::new("body", "an object", &json) } else { error }
        })?;
        let faults = match given.get("faults") {
            None => Vec::new(),
            Some(Json::List(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| FaultOrder::from_json(&format!("faults[{index}]"), item))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(given.error("faults", "an array of faults")),
        };
        Ok(ControlOrder {
            clear: given.flag("clear")?.unwrap_or(false),
            faults,
            advance_ms: given.whole("advanceMs", 0, MAX_SAFE_INTEGER)?.unwrap_or(0),
        })
    }
}
