//! Any JSON value.

use super::{
    Fault,
    body::Body,
    names::Names,
    scan::{Failed, Scan},
};
use crate::model::Json;

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
        let mut scan = Scan::<true>::new(body, None)?;
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
        b'-' | b'0'..=b'9' => scan.number().map(|number| Json::Number(String::from_utf8_lossy(number).into_owned())),
        _ => scan.word().map(|word| word.map_or(Json::Null, Json::Bool)),
    }
}

/// Passes over the next value if it can be told without keeping anything that it is legal, and that it means the same
/// when it is copied as it stands: no name that is escaped or comes twice among few, no lone surrogate, few levels. Else
/// the scanner is where it was.
pub(super) fn pass<const FAST: bool>(scan: &mut Scan<'_, FAST>) -> bool {
    let (start, depth) = (scan.at, scan.depth());
    let passed = pass_within(scan, 4) == Some(());
    if !passed {
        scan.set_back(start, depth);
    }
    passed
}

/// How many names of an object are compared.
const FEW: usize = 8;

fn pass_within<const FAST: bool>(scan: &mut Scan<'_, FAST>, levels: u32) -> Option<()> {
    match scan.peek() {
        b'"' => {
            scan.string().ok()?;
            (!scan.has_lone_surrogate()).then_some(())
        }
        b'-' | b'0'..=b'9' => scan.number().ok().map(drop),
        open @ (b'[' | b'{') if levels > 0 => {
            let close = open + 2;
            let mut names: [&[u8]; FEW] = [&[]; FEW];
            let mut count = 0;
            scan.enter(open).ok()?;
            let mut more = !scan.leave(close);
            while more {
                if open == b'{' {
                    if scan.peek() != b'"' {
                        return None;
                    }
                    let from = scan.at + 1;
                    let piece = scan.string().ok()?;
                    let name = scan.body.bytes().get(from..from + piece.length)?;
                    // Escaped it would be longer in the body, and a backslash in this part of it.
                    if name.contains(&b'\\') || names.get(..count)?.contains(&name) {
                        return None;
                    }
                    *names.get_mut(count)? = name;
                    count += 1;
                    scan.colon().ok()?;
                }
                pass_within(scan, levels - 1)?;
                more = scan.another(close).ok()?;
            }
            Some(())
        }
        _ => scan.word().ok().map(drop),
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
