//! A schema with the others that it refers to, as a document of its own.

use super::word::{Named, object, with};
use cisco_support_case::util::Json;

/// Where a document has the schemas that its own refers to.
pub(super) const PLACE: &str = "#/$defs/";

/// The schema of that name as a document. It needs no other: what it refers to is in it.
pub(super) fn document(room: &str, name: &str, known: &[Named]) -> Json {
    let mut needed = Vec::new();
    let root = find(name, known);
    collect(&root, known, &mut needed);
    let mut document = object([
        ("$schema", Json::from("https://json-schema.org/draft/2020-12/schema")),
        // A name, and no address: nothing is to be fetched there.
        ("$id", Json::Text(format!("urn:cisco-support-case:{room}:{name}"))),
    ]);
    if let Json::Object(members) = root {
        document = with(document, members.iter().map(|(name, value)| (name.as_str(), value.clone())));
    }
    let definitions = known.iter().filter(|(name, _)| needed.contains(name));
    let definitions: Vec<_> = definitions.map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    if definitions.is_empty() { document } else { with(document, [("$defs", Json::Object(definitions))]) }
}

fn find(name: &str, known: &[Named]) -> Json {
    known.iter().find(|(other, _)| *other == name).map_or(Json::Bool(false), |(_, schema)| schema.clone())
}

/// The names of the schemas that a schema refers to, directly or by others.
fn collect(schema: &Json, known: &[Named], needed: &mut Vec<&'static str>) {
    match schema {
        Json::List(items) => items.iter().for_each(|item| collect(item, known, needed)),
        Json::Object(members) => {
            for (name, value) in members {
                let target = value.as_text().filter(|_| name == "$ref").and_then(|target| target.strip_prefix(PLACE));
                let target = target.and_then(|target| known.iter().find(|(other, _)| *other == target));
                if let Some((name, schema)) = target.filter(|(name, _)| !needed.contains(name)) {
                    needed.push(name);
                    collect(schema, known, needed);
                }
                collect(value, known, needed);
            }
        }
        _ => {}
    }
}
