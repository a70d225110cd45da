//! A schema together with all schemas that it refers to, as a document of its own.

use super::builder::{Named, with};
use serde_json::{Map, Value, json};

/// The base of references inside a document.
pub(super) const BASE: &str = "#/$defs/";

/// Returns the schema of that name as a self-contained document.
pub(super) fn document(group: &str, name: &str, known: &[Named]) -> Value {
    let root = known.iter().find(|(other, _)| *other == name).map_or(Value::Bool(false), |(_, schema)| schema.clone());
    let mut needed = Vec::new();
    collect(&root, known, &mut needed);
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        // A URN is a name and no address: a validator has nothing to fetch.
        "$id": format!("urn:cisco-support-case:{group}:{name}"),
    });
    let document = with(head, root);
    let definitions = known.iter().filter(|(name, _)| needed.contains(name));
    let definitions: Map<_, _> = definitions.map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    if definitions.is_empty() { document } else { with(document, json!({ "$defs": definitions })) }
}

/// Collects the names of the schemas that a schema refers to, directly or through others.
fn collect(schema: &Value, known: &[Named], needed: &mut Vec<&'static str>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect(item, known, needed)),
        Value::Object(members) => {
            for (name, value) in members {
                let target = value.as_str().filter(|_| name == "$ref").and_then(|target| target.strip_prefix(BASE));
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
