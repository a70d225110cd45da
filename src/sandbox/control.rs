//! The options of `info` and the commands of `POST /__sandbox`.

use super::OptionError;
use super::fault::FaultSpec;
use super::object_reader::{MAX_SAFE_INTEGER, ObjectReader};
use super::route;
use crate::util::Json;
use alloc::{format, vec::Vec};

/// Options of [`Sandbox::info_with`](super::Sandbox::info_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InfoOptions {
    /// Maximum number of contract ids, and of user ids.
    pub(super) holders: usize,
}

impl Default for InfoOptions {
    fn default() -> InfoOptions {
        InfoOptions { holders: 100 }
    }
}

impl InfoOptions {
    /// Reads `{ holders }`.
    pub(super) fn from_json(json: &Json) -> Result<InfoOptions, OptionError> {
        let reader = ObjectReader::new("options", json, &["holders"])?;
        let mut options = InfoOptions::default();
        if let Some(holders) = reader.integer("holders", 0, MAX_SAFE_INTEGER)? {
            options.holders = usize::try_from(holders).unwrap_or(usize::MAX);
        }
        Ok(options)
    }

    /// Reads the query string of `/__sandbox`. Other parameters are ignored.
    pub(super) fn from_query(query: &str) -> Result<InfoOptions, OptionError> {
        let holders = route::query_pairs(query).into_iter().find(|(name, _)| name == "holders").map(|(_, value)| {
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { Json::Number(value) } else { Json::String(value) }
        });
        InfoOptions::from_json(&Json::object(holders.map(|value| ("holders", value))))
    }
}

/// Command of `POST /__sandbox`. It clears the faults, sets new ones and then advances the clock.
#[derive(Debug)]
pub(super) struct ControlCommand {
    pub(super) clear: bool,
    pub(super) faults: Vec<FaultSpec>,
    pub(super) advance_ms: u64,
}

impl ControlCommand {
    /// Parses and validates the whole command, so that an invalid one changes nothing.
    pub(super) fn parse(body: &[u8]) -> Result<ControlCommand, OptionError> {
        let json = ObjectReader::parse_json(body, "body")?;
        let reader = ObjectReader::new("", &json, &["faults", "clear", "advanceMs"]).map_err(|error| {
            if error.field.is_empty() { OptionError::new("body", "an object", &json) } else { error }
        })?;
        let faults = match reader.get("faults") {
            None => Vec::new(),
            Some(Json::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| FaultSpec::from_json(&format!("faults[{index}]"), item))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(reader.error("faults", "an array of faults")),
        };
        Ok(ControlCommand {
            clear: reader.boolean("clear")?.unwrap_or(false),
            faults,
            advance_ms: reader.integer("advanceMs", 0, MAX_SAFE_INTEGER)?.unwrap_or(0),
        })
    }
}
