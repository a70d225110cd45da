//! JSON Schema (2020-12) and an OpenAPI 3.1 description, written from the tables when the package is built.
//!
//! What the tables say of fields, parameters, limits and errors is said here in the words that validators, code generators
//! and API browsers read. Three things are described, and every name says which: what the service sends (`wire`: severities as
//! text, `""`, `null` and an absent key for what is missing), what a call takes (`params`), and what it gives (`decoded`: one
//! shape). JSON Schema counts characters where the documentation's lengths are read as UTF-16 units, so that a text beyond
//! U+FFFF may be a little longer here.
//!
//! | door | writes |
//! |---|---|
//! | [`files`] | the package's schemas and its `openapi.json`, by their paths |
//! | [`pretty`] | a document as people read it |
//!
//! | file | holds |
//! |---|---|
//! | `word` | the words of JSON Schema that the others are made of |
//! | `wire`, `params`, `decoded` | the three kinds of schemas |
//! | `definitions` | a schema with the others that it refers to, as a document of its own |
//! | `openapi` | the description: routes, answers, errors, sign-in |
//! | `example` | what the sandbox answers, as examples |

mod decoded;
mod definitions;
mod example;
mod openapi;
mod params;
mod pretty;
mod wire;
mod word;

pub use pretty::pretty;

use cisco_support_case::util::Json;

/// The files, by their paths in the package.
pub fn files() -> Vec<(String, Json)> {
    let rooms = [
        ("wire", wire::ROOTS.to_vec(), wire::definitions(definitions::PLACE)),
        ("params", params::roots(), params::definitions()),
        ("decoded", decoded::ROOTS.to_vec(), decoded::definitions(definitions::PLACE)),
    ];
    let mut files = vec![("openapi.json".to_owned(), openapi::description())];
    for (room, roots, known) in rooms {
        for name in roots {
            files.push((format!("schema/{room}/{name}.json"), definitions::document(room, name, &known)));
        }
    }
    files
}
