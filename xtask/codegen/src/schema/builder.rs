//! Building blocks of JSON Schema that `json!` alone cannot express.

use serde_json::{Map, Value, json};

/// A schema under its name.
pub(super) type Named = (&'static str, Value);

/// Members of an object, in their order.
pub(super) type Members = Map<String, Value>;

/// Returns the object with the members of another appended.
pub(super) fn with(mut schema: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (schema.as_object_mut(), more) {
        members.extend(more);
    }
    schema
}

/// Adds a description, with its lines joined to one. An empty description adds nothing.
pub(super) fn described(schema: Value, text: &str) -> Value {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { schema } else { with(schema, json!({ "description": text })) }
}

/// Limits a string's length, if there is a limit.
pub(super) fn at_most(schema: Value, max_length: Option<u32>) -> Value {
    match max_length {
        Some(length) => with(schema, json!({ "maxLength": length })),
        None => schema,
    }
}

/// A string that is one of several values.
pub(super) fn one_of(values: impl IntoIterator<Item = &'static str>) -> Value {
    json!({ "type": "string", "enum": values.into_iter().collect::<Vec<_>>() })
}

/// A non-negative integer.
pub(super) fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// An array of one kind of item.
pub(super) fn array(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A reference to the schema of that name below `base`.
pub(super) fn reference(base: &str, name: &str) -> Value {
    json!({ "$ref": format!("{base}{name}") })
}

/// An object that may have members beyond its properties.
pub(super) fn open_record(title: &str, description: &str, properties: Value, required: &[&str]) -> Value {
    let mut schema = with(described(json!({ "type": "object" }), description), json!({ "title": title }));
    if !required.is_empty() {
        schema = with(schema, json!({ "required": required }));
    }
    with(schema, json!({ "properties": properties }))
}

/// An object that has no members beyond its properties.
pub(super) fn closed_record(title: &str, description: &str, properties: Value, required: &[&str]) -> Value {
    with(open_record(title, description, properties, required), json!({ "additionalProperties": false }))
}
