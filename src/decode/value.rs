//! Any JSON value.

use super::{Fault, lexer::Lexer};
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
    let mut lexer = Lexer::new(body)?;
    let value = read(&mut lexer)?;
    lexer.end()?;
    Ok(value)
}

/// Reads the next value.
pub(super) fn read(lexer: &mut Lexer<'_>) -> Result<Json, Fault> {
    match lexer.peek() {
        Some(b'"') => lexer.string().map(|text| Json::Text(text.into_owned())),
        Some(b'[') => {
            let mut items = Vec::new();
            lexer.array(&mut |lexer, _| {
                items.push(read(lexer)?);
                Ok(())
            })?;
            Ok(Json::List(items))
        }
        Some(b'{') => {
            let mut members = Vec::new();
            lexer.object(&mut |lexer, name| {
                members.push((name.to_owned(), read(lexer)?));
                Ok(())
            })?;
            Ok(Json::Object(members))
        }
        Some(b'-' | b'0'..=b'9') => lexer.number().map(|number| Json::Number(number.to_owned())),
        _ => lexer.word().map(|word| word.map_or(Json::Null, Json::Bool)),
    }
}
