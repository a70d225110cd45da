//! Prepared statements: a text with numbered parameters, and their values.

use super::limits::{MAX_COMPOUND, MAX_PARAMETERS, has_room};
use crate::util::{text, write_array, write_string};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::ops::RangeInclusive;

/// A prepared statement of SQLite, with the values of its parameters.
///
/// The text holds no value that a user typed: those are parameters. Lists and searched words are one parameter each, as
/// a JSON array, so that the number of parameters does not depend on their lengths.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, sql::{CandidateSource, CaseScope, SqlQuery, SqlValue}};
/// let query = CaseQuery::parse(r#"{"where":{"status":["Closed","' OR 1=1"]}}"#).unwrap();
/// let statement = SqlQuery::new(&query, &CaseScope::all(), 0).page_statement(CandidateSource::AllCases);
/// assert!(statement.text().contains("IN (SELECT value FROM json_each(?1))"));
/// assert_eq!(statement.values()[0], SqlValue::Text(r#"["' OR 1=1","Closed"]"#.to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlStatement {
    text: String,
    values: Vec<SqlValue>,
}

impl SqlStatement {
    /// The greatest number of parameters of a statement on D1.
    pub const MAX_VALUES: usize = MAX_PARAMETERS;

    /// Creates a statement of a text with the parameters `?1`, `?2` and so on, and their values.
    ///
    /// ```
    /// use cisco_support_case::query::sql::{SqlStatement, SqlValue};
    /// let statement = SqlStatement::new("SELECT ?1", vec![SqlValue::from("a")]);
    /// assert_eq!((statement.text(), statement.values().len()), ("SELECT ?1", 1));
    /// ```
    pub fn new(text: impl Into<String>, values: Vec<SqlValue>) -> SqlStatement {
        SqlStatement { text: text.into(), values }
    }

    /// Returns the text, with the parameters `?1`, `?2` and so on.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the values of the parameters, the first one for `?1`.
    pub fn values(&self) -> &[SqlValue] {
        &self.values
    }
}

/// A value of a parameter.
///
/// ```
/// use cisco_support_case::query::sql::SqlValue;
/// assert_eq!(SqlValue::from("a"), SqlValue::Text("a".to_owned()));
/// assert_eq!(SqlValue::from(7_i64), SqlValue::Integer(7));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlValue {
    /// A whole number, exact as a number of JavaScript.
    Integer(i64),
    /// A text in UTF-8.
    Text(String),
}

impl From<i64> for SqlValue {
    fn from(number: i64) -> SqlValue {
        SqlValue::Integer(number)
    }
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> SqlValue {
        SqlValue::Text(text.to_owned())
    }
}

/// Returns the table of the values of lists, which are the parameters of these numbers. Compounds are nested, as far as their
/// number of selects requires it.
pub(crate) fn union_of_lists(parameters: RangeInclusive<usize>) -> String {
    let mut tables: Vec<String> = parameters.map(|number| text!("json_each(?", number, ")")).collect();
    while tables.len() > 1 {
        let compound = |tables: &[String]| {
            let selects: Vec<String> = tables.iter().map(|table| text!("SELECT value FROM ", table)).collect();
            text!("(", selects.join(" UNION ALL "), ")")
        };
        tables = tables.chunks(MAX_COMPOUND).map(compound).collect();
    }
    tables.pop().unwrap_or_default()
}

/// The writer of a statement.
#[derive(Debug, Default)]
pub(super) struct SqlWriter {
    values: Vec<SqlValue>,
    /// Searched words, and the number of the parameter that is the array of them.
    words: Vec<String>,
    words_parameter: Option<usize>,
}

impl SqlWriter {
    /// Adds a text. Returns its parameter.
    pub(super) fn text(&mut self, text: &str) -> String {
        self.values.push(SqlValue::Text(text.to_owned()));
        text!("?", self.values.len())
    }

    /// Adds a number. Returns an expression of it: D1 binds all numbers of JavaScript as floating-point ones.
    pub(super) fn number(&mut self, number: i64) -> String {
        self.values.push(SqlValue::Integer(number));
        text!("CAST(?", self.values.len(), " AS INTEGER)")
    }

    /// Adds a list of texts. Returns the sub-select of them, which is evaluated once for a statement.
    ///
    /// A list that is longer than a value of D1 may be is several parameters.
    pub(super) fn list<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>) -> String {
        let first = self.values.len() + 1;
        let mut json = String::from("[");
        for text in texts {
            let mut item = String::new();
            write_string(&mut item, text);
            let is_empty = json.len() == 1;
            if !is_empty && !has_room(&json, &item) {
                json.push(']');
                self.text(&json);
                json = String::from("[");
            } else if !is_empty {
                json.push(',');
            }
            json.push_str(&item);
        }
        json.push(']');
        self.text(&json);
        text!("(SELECT value FROM ", union_of_lists(first..=self.values.len()), ")")
    }

    /// Adds a searched word. Returns an expression of it, which is constant for a statement.
    pub(super) fn word(&mut self, word: &str) -> String {
        let parameter = *self.words_parameter.get_or_insert_with(|| {
            self.values.push(SqlValue::Text(String::new()));
            self.values.len()
        });
        let index = self.words.iter().position(|known| known == word).unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        });
        text!("(?", parameter, " ->> ", index, ")")
    }

    /// Returns the statement of a text that has the writer's parameters.
    pub(super) fn finish(mut self, text: String) -> SqlStatement {
        let slot = self.words_parameter.and_then(|number| self.values.get_mut(number - 1));
        if let Some(slot) = slot {
            let mut json = String::new();
            write_array(&mut json, &self.words, |out, word| write_string(out, word));
            *slot = SqlValue::Text(json);
        }
        SqlStatement { text, values: self.values }
    }
}
