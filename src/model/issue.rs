//! Differences between records and the documentation.

use crate::util::{Json, ObjectWriter};
use alloc::{borrow::ToOwned, string::String};

/// A difference between a record and the documentation.
///
/// The record is still returned, with the field's "missing" value, unless the caller requested strict validation.
///
/// ```
/// let summary = cisco_support_case::decode::case_summary(br#"{"count":1,"cases":[{"case_id":"1","severity":"9"}]}"#)?;
/// let issue = &summary.issues[0];
/// assert_eq!((issue.case_id.as_str(), issue.path.as_str()), ("1", "cases[0].severity"));
/// assert_eq!((issue.expected.as_str(), issue.found().as_str()), ("1, 2, 3 or 4", "\"9\""));
/// # Ok::<(), cisco_support_case::decode::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Issue {
    /// The case id; `""` for an issue of the page, or of a case without an id.
    pub case_id: String,
    /// Path in the document, such as `cases[3].severity`.
    pub path: String,
    /// The expected value.
    pub expected: String,
    /// The found value, with long text shortened; `None` if the member is absent.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some"))]
    pub value: Option<Json>,
    /// Byte offset in the body.
    pub offset: usize,
}

/// Deserializes a value that is present, `null` included.
#[cfg(feature = "serde")]
fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

impl Issue {
    /// Returns the found value for a message.
    pub fn found(&self) -> String {
        self.value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_json_string)
    }

    /// Appends the issue as JSON, in its JavaScript form.
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
