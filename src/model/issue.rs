//! What is off in a record.

use crate::util::{Json, ObjectWriter};
use alloc::{borrow::ToOwned, string::String};

/// What is off in a record that the service sent: the record comes all the same, with the field as the model's
/// "missing" value, unless the caller asked for strict validation.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Issue {
    /// The case it is about, `""` where it is about the page or the case has no id.
    pub case_id: String,
    /// Where in the document, such as `cases[3].severity`.
    pub path: String,
    /// What should stand there.
    pub expected: String,
    /// What stands there (long text is cut); none where there is nothing.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some"))]
    pub value: Option<Json>,
    /// Byte offset in the body.
    pub offset: usize,
}

/// A value that is there, be it `null`.
#[cfg(feature = "serde")]
fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

impl Issue {
    /// What stands there, in words for a message.
    pub fn found(&self) -> String {
        self.value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_json_string)
    }

    /// Appends the issue as JSON, as JavaScript gets it.
    pub fn write(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        object.string("case_id", &self.case_id);
        object.string("path", &self.path);
        object.string("expected", &self.expected);
        if let Some(value) = &self.value {
            value.write(object.name("value"));
        }
        object.number("offset", u32::try_from(self.offset).ok());
        object.close();
    }
}
