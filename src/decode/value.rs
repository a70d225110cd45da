//! Decoding of any JSON value.

use super::{
    DecodeError,
    body::Body,
    duplicate_keys::duplicate_keys,
    tokenizer::{Anomaly, BoxedDecodeError, Tokenizer},
};
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Decodes a body as a JSON value. Of duplicate keys in an object, the last value counts.
///
/// ```
/// use cisco_support_case::decode::json;
/// assert!(json(br#"{"a":[1,2.50,"\u00e9"]}"#).is_ok());
/// assert_eq!(json(br#"{"a":1,"a":2}"#), json(br#"{"a":2}"#));
/// assert_eq!(json(b"[1,]").map_err(|error| error.offset), Err(3));
/// ```
pub fn json(body: &[u8]) -> Result<Json, DecodeError> {
    json_from_body(&Body::from_slice(body)).map(dedup_keys)
}

/// Decodes a [`Body`] as a JSON value. Of duplicate keys in an object, the value has both.
pub fn json_from_body(body: &Body) -> Result<Json, DecodeError> {
    let read = || {
        let mut tokenizer = Tokenizer::<true>::new(body, None);
        tokenizer.begin()?;
        let value = read_value(&mut tokenizer)?;
        tokenizer.expect_end()?;
        Ok(value)
    };
    read().map_err(|error: BoxedDecodeError| *error)
}

/// Removes duplicate keys at every level: each stays at its first position, with its last value.
pub(super) fn dedup_keys(value: Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.into_iter().map(dedup_keys).collect()),
        Json::Object(members) => Json::Object(dedup_members(members)),
        other => other,
    }
}

/// Removes duplicate keys from the members of an object and from their values.
pub(super) fn dedup_members(members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let mut slots: Vec<_> = members.into_iter().map(|(name, value)| Some((name, dedup_keys(value)))).collect();
    let names: Vec<&str> = slots.iter().flatten().map(|(name, _)| name.as_str()).collect();
    // Moves the last value of a key to the key's first position.
    for (earlier, later) in duplicate_keys(&names).into_iter().rev() {
        let last = slots.get_mut(later as usize).and_then(Option::take);
        let earlier = usize::try_from(earlier).ok().and_then(|earlier| slots.get_mut(earlier));
        if let (Some(Some((_, value))), Some((_, last))) = (earlier, last) {
            *value = last;
        }
    }
    slots.into_iter().flatten().collect()
}

fn has_duplicate_keys(members: &[(String, Json)]) -> bool {
    let mut names = Vec::new();
    for (name, _) in members {
        names.push(name.as_str());
    }
    !duplicate_keys(&names).is_empty()
}

/// Reads the next value. Duplicate keys are all in the value, and noted as an anomaly.
pub(super) fn read_value<const FAST: bool>(tokenizer: &mut Tokenizer<'_, FAST>) -> Result<Json, BoxedDecodeError> {
    match tokenizer.peek() {
        b'"' => {
            let token = tokenizer.string()?;
            Ok(Json::from(tokenizer.token_str(token)))
        }
        b'[' => {
            let mut items = Vec::new();
            tokenizer.enter(b'[')?;
            let mut more = !tokenizer.leave(b']');
            while more {
                items.push(read_value(tokenizer).map_err(|error| error.in_item(items.len()))?);
                more = tokenizer.comma_or_close(b']')?;
            }
            Ok(Json::Array(items))
        }
        b'{' => {
            let mut members = Vec::new();
            let start = tokenizer.position;
            tokenizer.enter(b'{')?;
            let mut more = !tokenizer.leave(b'}');
            while more {
                let name = read_key(tokenizer)?;
                let value = read_value(tokenizer).map_err(|error| error.in_member(&name))?;
                members.push((name, value));
                more = tokenizer.comma_or_close(b'}')?;
            }
            if has_duplicate_keys(&members) {
                tokenizer.note_anomaly(start, Anomaly::DuplicateKey);
            }
            Ok(Json::Object(members))
        }
        b'-' | b'0'..=b'9' => {
            let number = tokenizer.number()?;
            // A number token is ASCII.
            Ok(Json::Number(core::str::from_utf8(number).unwrap_or_default().to_owned()))
        }
        _ => tokenizer.literal().map(|literal| literal.map_or(Json::Null, Json::Bool)),
    }
}

/// Reads a key and its colon.
pub(super) fn read_key<const FAST: bool>(tokenizer: &mut Tokenizer<'_, FAST>) -> Result<String, BoxedDecodeError> {
    if tokenizer.peek() != b'"' {
        return Err(tokenizer.syntax_error("a member's name"));
    }
    let token = tokenizer.string()?;
    let name = tokenizer.token_str(token).to_owned();
    tokenizer.colon()?;
    Ok(name)
}
