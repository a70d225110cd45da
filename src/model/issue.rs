//! What is off in a record.

use super::Json;

/// What is off in a record that the service sent: the record comes all the same, with the field as the model's
/// "missing" value, unless the caller asked for strict validation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Issue {
    /// The case it is about, `""` where it is about the page or the case has no id.
    pub case_id: String,
    /// Where in the document, such as `cases[3].severity`.
    pub path: String,
    /// What should stand there.
    pub expected: String,
    /// What stands there (long text is cut).
    pub value: Json,
    /// Byte offset in the body.
    pub offset: usize,
}

impl Issue {
    /// The issue as JSON, as JavaScript gets it.
    pub fn to_json(&self) -> Json {
        Json::object([
            ("case_id", Json::from(self.case_id.as_str())),
            ("path", Json::from(self.path.as_str())),
            ("expected", Json::from(self.expected.as_str())),
            ("value", self.value.clone()),
            ("offset", Json::from(self.offset)),
        ])
    }
}
