//! The words of JSON Schema that all schemas are made of.

use cisco_support_case::util::Json;

/// A schema under its name.
pub(super) type Named = (&'static str, Json);

/// An object of these members.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
    Json::object(members)
}

/// The same with more members behind.
pub(super) fn with<'a>(schema: Json, more: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
    match schema {
        Json::Object(mut members) => {
            members.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
            Json::Object(members)
        }
        other => other,
    }
}

/// A schema with what it is about.
pub(super) fn about(schema: Json, text: &str) -> Json {
    let text = prose(text);
    if text.is_empty() { schema } else { with(schema, [("description", Json::Text(text))]) }
}

/// A documentation's lines as running text.
pub(super) fn prose(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `{ "type": … }`
pub(super) fn of_type(name: &str) -> Json {
    object([("type", Json::from(name))])
}

/// The same, or `null`.
pub(super) fn of_type_or_null(name: &str) -> Json {
    object([("type", Json::from(vec![name, "null"]))])
}

/// Text of at most so many characters.
pub(super) fn at_most(schema: Json, max_length: Option<u32>) -> Json {
    with(schema, max_length.map(|length| ("maxLength", Json::from(length))))
}

/// One of several texts.
pub(super) fn one_of_texts(texts: impl IntoIterator<Item = &'static str>) -> Json {
    with(of_type("string"), [("enum", Json::from(texts.into_iter().collect::<Vec<_>>()))])
}

/// Any of several schemas.
pub(super) fn any_of(schemas: Vec<Json>) -> Json {
    object([("anyOf", Json::List(schemas))])
}

/// A whole number that is not negative.
pub(super) fn whole_number() -> Json {
    with(of_type("integer"), [("minimum", Json::from(0_u32))])
}

/// A list.
pub(super) fn list_of(items: Json) -> Json {
    with(of_type("array"), [("items", items)])
}

/// An object with these properties, of which these have to be there; `more` says whether it may have others.
pub(super) fn record(
    title: &str,
    description: &str,
    properties: Vec<(String, Json)>,
    required: Vec<&str>,
    more: bool,
) -> Json {
    let mut schema = with(about(of_type("object"), description), [("title", Json::from(title))]);
    if !required.is_empty() {
        schema = with(schema, [("required", Json::from(required))]);
    }
    let schema = with(schema, [("properties", Json::Object(properties))]);
    if more { schema } else { with(schema, [("additionalProperties", Json::from(false))]) }
}

/// A schema that stands elsewhere.
pub(super) fn reference(place: &str, name: &str) -> Json {
    object([("$ref", Json::Text(format!("{place}{name}")))])
}

/// Properties under names that are known here.
pub(super) fn properties<const N: usize>(properties: [(&str, Json); N]) -> Vec<(String, Json)> {
    properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
