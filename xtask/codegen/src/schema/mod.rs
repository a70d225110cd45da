//! JSON Schema (2020-12) and an OpenAPI 3.1 description, printed from the library's tables.
//!
//! Three groups of schemas, and every name says its group: the service's responses (`wire`: severities as text; `""`, `null`
//! and an absent key for a missing value), the parameters of a call (`params`) and its result (`decoded`: one shape).
//! JSON Schema counts characters while the documented lengths are read as UTF-16 units, so text beyond U+FFFF may be
//! slightly longer than the rules allow.
//!
//! | file | contents |
//! |---|---|
//! | `wire`, `params`, `decoded` | the three groups |
//! | `openapi` | the description: routes, responses, errors, authentication |
//! | `example` | responses of the sandbox, as examples |
//! | `builder` | building blocks of all schemas |
//! | `bundle` | a schema with the schemas that it refers to, as one document |

mod builder;
mod bundle;
mod decoded;
mod example;
mod openapi;
mod params;
mod wire;

use serde_json::Value;

/// Returns the documents, by their paths in the package.
pub fn files() -> Vec<(String, Value)> {
    let groups = [
        ("wire", wire::ROOTS.to_vec(), wire::definitions(bundle::BASE)),
        ("params", params::roots(), params::definitions()),
        ("decoded", decoded::ROOTS.to_vec(), decoded::definitions(bundle::BASE)),
    ];
    let mut files = vec![("openapi.json".to_owned(), openapi::description())];
    for (group, roots, known) in groups {
        for name in roots {
            files.push((format!("schema/{group}/{name}.json"), bundle::document(group, name, &known)));
        }
    }
    files
}

/// Returns a document as the text of its file.
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}
