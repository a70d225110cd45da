//! The schemas and the OpenAPI description contain everything that the tables contain.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use cisco_support_case::endpoint::{ENDPOINTS, ParamRole};
use cisco_support_case::error::ERROR_TABLE;
use cisco_support_case::model::{CaseDetail, CaseNote, CaseRecord, FieldKind, PaginationRecord, Record};
use codegen::schema;
use serde_json::{Value, json};

fn file(path: &str) -> Value {
    let files = schema::files();
    files.into_iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("there is no {path}")).1
}

fn at<'a>(json: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(json, |json, name| json.get(name).unwrap_or_else(|| panic!("there is no {name} of {path:?}")))
}

fn names(json: &Value) -> Vec<&str> {
    let Value::Object(members) = json else { panic!("no object: {json}") };
    members.keys().map(String::as_str).collect()
}

fn texts(json: &Value) -> Vec<&str> {
    let Value::Array(items) = json else { panic!("no array: {json}") };
    items.iter().filter_map(Value::as_str).collect()
}

#[test]
fn every_response_call_and_result_has_a_file() {
    let paths: Vec<_> = schema::files().into_iter().map(|(path, _)| path).collect();
    let expected = [
        "openapi.json",
        "schema/wire/CaseSummaryResponse.json",
        "schema/wire/CaseDetailsResponse.json",
        "schema/wire/CasesPageResponse.json",
        "schema/wire/ErrorResponse.json",
        "schema/wire/TokenResponse.json",
        "schema/wire/TokenErrorResponse.json",
        "schema/params/CaseSummaryParams.json",
        "schema/params/CaseDetailsParams.json",
        "schema/params/CasesByContractParams.json",
        "schema/params/CasesByUserParams.json",
        "schema/decoded/CaseSummaryResult.json",
        "schema/decoded/CaseDetail.json",
        "schema/decoded/CasesPageData.json",
        "schema/decoded/CaseRecord.json",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_file_refers_to_no_other_file() {
    fn references<'a>(json: &'a Value, found: &mut Vec<&'a str>) {
        match json {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                found.extend(value.as_str().filter(|_| name == "$ref"));
                references(value, found);
            }),
            _ => {}
        }
    }
    for (path, document) in schema::files() {
        let mut found = Vec::new();
        references(&document, &mut found);
        for target in &found {
            let steps: Vec<_> = target.strip_prefix("#/").unwrap().split('/').collect();
            at(&document, &steps);
        }
        let defined = document.get("$defs").map(names).unwrap_or_default();
        let unused: Vec<_> =
            defined.iter().filter(|name| !found.contains(&format!("#/$defs/{name}").as_str())).collect();
        assert!(unused.is_empty(), "{path}: {unused:?}");
        assert!(document.get("$id").is_some() || path == "openapi.json", "{path}");
    }
}

/// Each field is there under its name, in its order, with its description and, on the wire, its length.
fn assert_record_schema<R: Record>(place: &str, schema: &Value, is_wire: bool) {
    let properties = at(schema, &["properties"]);
    let fields: Vec<_> = R::FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(names(properties).into_iter().take(fields.len()).collect::<Vec<_>>(), fields, "{place}");
    for (field, doc) in R::FIELDS.iter().zip(R::DOCS) {
        let property = at(properties, &[field.name]);
        let words = doc.split_whitespace().collect::<Vec<_>>().join(" ");
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        assert!(description.starts_with(&words), "{place}.{}: {description}", field.name);
        if let Some(length) = field.max_length {
            let text = property.to_string();
            let expected = if is_wire { format!("\"maxLength\":{length}") } else { format!("length: {length}.") };
            assert!(text.contains(&expected), "{place}.{}: {text}", field.name);
        }
    }
    let required = schema.get("required").map(texts).unwrap_or_default();
    if is_wire {
        let is_needed = |kind| matches!(kind, FieldKind::Severity | FieldKind::Required);
        let needed = R::FIELDS.iter().filter(|field| field.name == "case_id" || is_needed(field.kind));
        assert_eq!(required, needed.map(|field| field.name).collect::<Vec<_>>(), "{place}");
    } else {
        assert_eq!(required, names(properties), "{place}: a decoded record has one shape");
    }
}

#[test]
fn every_field_is_described_on_the_wire_and_decoded() {
    let description = file("openapi.json");
    let wire = at(&description, &["components", "schemas"]);
    assert_record_schema::<CaseRecord>("CaseRecord", at(wire, &["CaseRecord"]), true);
    assert_record_schema::<CaseDetail>("CaseDetail", at(wire, &["CaseDetail"]), true);
    assert_record_schema::<CaseNote>("CaseNote", at(wire, &["CaseNote"]), true);
    assert_record_schema::<PaginationRecord>("PaginationRecord", at(wire, &["PaginationRecord"]), true);
    let detail = file("schema/decoded/CaseDetail.json");
    assert_record_schema::<CaseDetail>("CaseDetail", &detail, false);
    assert_record_schema::<CaseNote>("CaseNote", at(&detail, &["$defs", "CaseNote"]), false);
    let page = file("schema/decoded/CasesPageData.json");
    assert_record_schema::<PaginationRecord>("PaginationRecord", at(&page, &["$defs", "PaginationRecord"]), false);
    assert_record_schema::<CaseRecord>("CaseRecord", at(&page, &["$defs", "CaseRecord"]), false);
    assert_record_schema::<CaseRecord>("CaseRecord", &file("schema/decoded/CaseRecord.json"), false);
}

#[test]
fn every_parameter_is_described_with_its_limit() {
    let description = file("openapi.json");
    for endpoint in ENDPOINTS {
        let ids = endpoint.params[0].name;
        let operation = at(&description, &["paths", endpoint.path, "get"]);
        assert_eq!(at(operation, &["operationId"]).as_str(), Some(endpoint.operation_id));
        let Value::Array(parameters) = at(operation, &["parameters"]) else { panic!("{}", endpoint.operation_id) };
        let params = file(&format!("schema/params/{}.json", endpoint.ts_params_type));
        assert_eq!(texts(at(&params, &["required"])), [ids]);
        assert_eq!(parameters.len(), endpoint.params.len());
        for (described, param) in parameters.iter().zip(endpoint.params) {
            assert_eq!(at(described, &["name"]).as_str(), Some(param.name));
            assert!(at(described, &["description"]).as_str().unwrap().starts_with(param.description), "{}", param.name);
            assert!(at(&params, &["properties", param.name]).to_string().contains(param.description), "{}", param.name);
            let place = if param.name == ids { "path" } else { "query" };
            assert_eq!(at(described, &["in"]).as_str(), Some(place));
            let schema = at(described, &["schema"]);
            if let ParamRole::IdList(rule) = param.role {
                assert_eq!(at(schema, &["maxItems"]).to_string(), rule.max_ids.to_string());
                assert_eq!(at(schema, &["items", "maxLength"]).to_string(), rule.max_length.to_string());
            }
        }
    }
}

#[test]
fn every_row_of_the_error_table_is_listed_under_its_status_with_an_example() {
    let description = file("openapi.json");
    let responses = at(&description, &["components", "responses"]);
    for row in ERROR_TABLE {
        let response = at(responses, &[&format!("Error{}", row.status)]);
        let text = at(response, &["description"]).as_str().unwrap();
        for expected in
            row.spellings().map(|name| format!("`{name}`")).chain([row.meaning.to_owned(), row.advice.to_owned()])
        {
            assert!(text.contains(&expected), "{} {}: {expected}", row.status, row.code);
        }
        let summary = format!("\"summary\":{}", json!(row.meaning));
        assert!(at(response, &["content"]).to_string().contains(&summary), "{} {}", row.status, row.code);
    }
    let known = names(responses);
    let referred = at(&description, &["paths", "/cases/case_ids/{case_ids}", "get", "responses"]);
    assert_eq!(names(referred).len(), known.len() + 1, "every status, and success");
    for status in ["Error401", "Error429"] {
        assert!(known.contains(&status), "seen, if not documented");
    }
}

#[test]
fn the_description_states_that_it_is_unofficial() {
    let description = file("openapi.json");
    let text = at(&description, &["info", "description"]).as_str().unwrap();
    assert!(text.contains("unofficial") && text.contains("not affiliated with Cisco Systems"));
    let servers = at(&description, &["servers"]).to_string();
    assert!(servers.contains("https://apix.cisco.com/case/v3"), "{servers}");
}

#[test]
fn a_document_is_indented_text_with_its_members_in_order() {
    let text = schema::text(&json!({ "b": ["x"], "a": {} }));
    assert_eq!(text, "{\n  \"b\": [\n    \"x\"\n  ],\n  \"a\": {}\n}\n");
}
