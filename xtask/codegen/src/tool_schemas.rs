//! JSON Schemas for the tools of the command's MCP server, printed from the tables of queries and records.
//!
//! They use the part of JSON Schema that every client accepts: one type for each value, a description for each property, and
//! no references, combinators and formats other than `date-time`. Missing values are absent members, never `null`.

use crate::undescribed;
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, Record, Severity, StatusFlag,
};
use cisco_support_case::query::{ConditionField, SortKey};
use serde_json::{Map, Value, json};

/// The file, by its path in the package's sources. It is bundled into the command.
pub(crate) const PATH: &str = "cli/mcp/table-schemas.ts";

/// The source of the file.
pub(crate) fn source() -> String {
    let constants = [
        ("CONDITIONS", "Conditions of a query, by their names.", conditions()),
        ("SORT", "The order of a query.", sort()),
        ("CASE_FIELDS", "Fields of a case in a list, by their names.", fields::<CaseRecord>()),
        ("DETAIL_FIELDS", "Fields of a case's details, by their names.", fields::<CaseDetail>()),
        ("NOTE_FIELDS", "Fields of a note, by their names.", fields::<CaseNote>()),
    ];
    let mut out = "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\n\
                   import type { ToolProperties, ToolSchema } from \"./tool-schema.js\";\n"
        .to_owned();
    for (name, doc, value) in constants {
        let kind = if name == "SORT" { "ToolSchema" } else { "ToolProperties" };
        out.push_str(&format!("\n/** {doc} */\nexport const {name}: {kind} = {value};\n"));
    }
    out
}

fn conditions() -> Value {
    let mut members = Map::new();
    let mut add = |name: &str, schema| members.insert(name.to_owned(), schema);
    let flags = StatusFlag::ALL.map(StatusFlag::as_str);
    add("status_flag", list("Open (O) or closed (C) cases.", json!({ "type": "string", "enum": flags })));
    let severities = Severity::ALL.map(|severity| severity.number());
    add("severity", list("Severities, 1 the highest.", json!({ "type": "integer", "enum": severities })));
    for field in ConditionField::ALL {
        add(field.name(), list(&condition(field), json!({ "type": "string" })));
    }
    add("created", interval("Creation date."));
    add("updated", interval("Date of the last update."));
    let text =
        "Words, each of which begins a word of the title, case number, serial number, contract, user, bugs or RMAs.";
    add("text", json!({ "type": "string", "description": text }));
    add("open_for_days", days("Days since the creation of an open case."));
    add("quiet_for_days", days("Days since the last update."));
    add("in_status_for_days", days("Days in the present status, as far as they are known."));
    members.into()
}

/// The description of the values of a condition.
fn condition(field: ConditionField) -> String {
    let text = match field {
        ConditionField::Status => {
            let documented: Vec<_> = CaseStatus::documented().collect();
            return format!("Detailed statuses; documented are {}.", documented.join(", "));
        }
        ConditionField::ContractId => "Contract ids.",
        ConditionField::UserId => "Cisco.com user ids of originators.",
        ConditionField::TechnologyName => "Technologies.",
        ConditionField::SubTechnologyName => "Sub-technologies.",
        ConditionField::SerialNumber => "Serial numbers.",
        ConditionField::Bug => "Bug ids.",
        ConditionField::Rma => "RMA numbers.",
        ConditionField::CaseId => "Case numbers, among the cases that are read; check_ids finds others.",
    };
    text.to_owned()
}

fn list(description: &str, items: Value) -> Value {
    json!({ "type": "array", "description": description, "items": items })
}

fn object(description: &str, properties: Value) -> Value {
    json!({ "type": "object", "description": description, "properties": properties, "additionalProperties": false })
}

fn interval(description: &str) -> Value {
    let date = |text: &str| json!({ "type": "string", "description": text });
    let properties = json!({
        "from": date("First instant: 2026-01-31, RFC 3339, or an age such as 30d or 12h."),
        "to": date("End, not included, in the same forms."),
    });
    object(description, properties)
}

fn days(description: &str) -> Value {
    let number = |text: &str| json!({ "type": "integer", "description": text, "minimum": 0 });
    object(description, json!({ "min": number("Fewest days."), "max": number("Most days.") }))
}

fn sort() -> Value {
    let keys = SortKey::ALL.map(SortKey::name);
    let properties = json!({
        "by": { "type": "string", "enum": keys, "description": "The key. text is the rank of a search." },
        "order": { "type": "string", "enum": ["asc", "desc"], "description": "The direction; default asc." },
    });
    let mut term = object("A key with its direction.", properties);
    if let Some(term) = term.as_object_mut() {
        term.insert("required".to_owned(), json!(["by"]));
    }
    json!({
        "type": "array",
        "description": "Sort keys, the first counts most. Default: the rank of a search, else the last update, newest first.",
        "items": term,
    })
}

fn fields<R: Record>() -> Value {
    let members: Map<_, _> = R::FIELDS
        .iter()
        .zip(R::DOCS)
        .filter(|(field, _)| field.kind != FieldKind::Notes)
        .map(|(field, doc)| (field.name.to_owned(), field_schema(field, doc)))
        .collect();
    members.into()
}

fn field_schema(field: &Field, doc: &str) -> Value {
    let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    match field.kind {
        FieldKind::Text | FieldKind::Status | FieldKind::Date => json!({ "type": "string", "description": doc }),
        FieldKind::Flag => {
            json!({ "type": "string", "enum": StatusFlag::ALL.map(StatusFlag::as_str), "description": doc })
        }
        FieldKind::Severity | FieldKind::Count | FieldKind::Required => {
            json!({ "type": "integer", "description": doc })
        }
        FieldKind::List => {
            json!({ "type": "array", "items": { "type": "string" }, "description": doc })
        }
        kind => undescribed(kind),
    }
}
