//! Any JSON value.

use super::{
    Fault,
    body::Body,
    duplicate_keys::repeated,
    tokenizer::{Failed, Odd, Scan},
};
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Reads a whole body as a JSON value. Of a name that comes twice in an object the last value counts.
///
/// ```
/// use cisco_support_case::decode::json;
/// assert!(json(br#"{"a":[1,2.50,"\u00e9"]}"#).is_ok());
/// assert_eq!(json(br#"{"a":1,"a":2}"#), json(br#"{"a":2}"#));
/// assert_eq!(json(b"[1,]").map_err(|fault| fault.offset), Err(3));
/// ```
pub fn json(body: &[u8]) -> Result<Json, Fault> {
    json_of(&Body::of(body)).map(last_of_each_name)
}

/// The same of a body that is laid out already. Of a name that comes twice both values are there.
pub fn json_of(body: &Body) -> Result<Json, Fault> {
    let read = || {
        let mut scan = Scan::<true>::new(body, None);
        scan.begin()?;
        let value = read(&mut scan)?;
        scan.finish()?;
        Ok(value)
    };
    read().map_err(|fault: Failed| *fault)
}

/// Leaves each name in a value once, where it came first, with the value that came last.
pub(super) fn last_of_each_name(value: Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.into_iter().map(last_of_each_name).collect()),
        Json::Object(members) => Json::Object(last_of_each(members)),
        other => other,
    }
}

/// The same of members.
pub(super) fn last_of_each(members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let mut slots: Vec<_> = members.into_iter().map(|(name, value)| Some((name, last_of_each_name(value)))).collect();
    let names: Vec<&str> = slots.iter().flatten().map(|(name, _)| name.as_str()).collect();
    // The last value of a name is handed on to its first place.
    for (earlier, later) in repeated(&names).into_iter().rev() {
        let last = slots.get_mut(later as usize).and_then(Option::take);
        let earlier = usize::try_from(earlier).ok().and_then(|earlier| slots.get_mut(earlier));
        if let (Some(Some((_, value))), Some((_, last))) = (earlier, last) {
            *value = last;
        }
    }
    slots.into_iter().flatten().collect()
}

fn has_repeated(members: &[(String, Json)]) -> bool {
    let mut names = Vec::new();
    for (name, _) in members {
        names.push(name.as_str());
    }
    !repeated(&names).is_empty()
}

/// Reads the next value. Of a name that comes twice in an object both values are there, and it is noted.
pub(super) fn read<const FAST: bool>(scan: &mut Scan<'_, FAST>) -> Result<Json, Failed> {
    match scan.peek() {
        b'"' => {
            let piece = scan.string()?;
            Ok(Json::from(scan.str(piece)))
        }
        b'[' => {
            let mut items = Vec::new();
            scan.enter(b'[')?;
            let mut more = !scan.leave(b']');
            while more {
                items.push(read(scan).map_err(|fault| fault.at(items.len()))?);
                more = scan.another(b']')?;
            }
            Ok(Json::Array(items))
        }
        b'{' => {
            let mut members = Vec::new();
            let start = scan.at;
            scan.enter(b'{')?;
            let mut more = !scan.leave(b'}');
            while more {
                let name = name(scan)?;
                let value = read(scan).map_err(|fault| fault.inside(&name))?;
                members.push((name, value));
                more = scan.another(b'}')?;
            }
            if has_repeated(&members) {
                scan.note(start, Odd::Again);
            }
            Ok(Json::Object(members))
        }
        b'-' | b'0'..=b'9' => {
            let number = scan.number()?;
            // A number is ASCII.
            Ok(Json::Number(core::str::from_utf8(number).unwrap_or_default().to_owned()))
        }
        _ => scan.word().map(|word| word.map_or(Json::Null, Json::Bool)),
    }
}

/// Reads a member's name and its colon.
pub(super) fn name<const FAST: bool>(scan: &mut Scan<'_, FAST>) -> Result<String, Failed> {
    if scan.peek() != b'"' {
        return Err(scan.illegal("a member's name"));
    }
    let piece = scan.string()?;
    let name = scan.str(piece).to_owned();
    scan.colon()?;
    Ok(name)
}
