//! Any JSON value.

use super::{
    Fault,
    body::Body,
    names::Names,
    scan::{Failed, Scan},
};
use crate::model::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Reads a whole body as a JSON value.
///
/// ```
/// use cisco_support_case::decode::json;
/// assert!(json(br#"{"a":[1,2.50,"\u00e9"]}"#).is_ok());
/// let twice = json(br#"{"a":1,"a":2}"#).map_err(|fault| fault.offset);
/// assert_eq!(twice, Err(7));
/// ```
pub fn json(body: &[u8]) -> Result<Json, Fault> {
    json_of(&Body::of(body))
}

/// The same of a body that is laid out already.
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

/// Reads the next value.
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
            Ok(Json::List(items))
        }
        b'{' => {
            let mut members = Vec::new();
            let mut names = Names::default();
            scan.enter(b'{')?;
            let mut more = !scan.leave(b'}');
            while more {
                let offset = scan.at;
                let name = name(scan)?;
                names.add(&name, offset)?;
                let value = read(scan).map_err(|fault| fault.inside(&name))?;
                members.push((name, value));
                more = scan.another(b'}')?;
            }
            names.end()?;
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
