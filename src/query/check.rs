//! The check of a query: from JSON to a [`CaseQuery`], or all of its problems at once.

use super::case_query::{AgeRange, CaseQuery, ConditionField, Conditions, DateInterval, SortKey, SortTerm};
use super::search_word::SearchWord;
use crate::boundary::query as limits;
use crate::model::{Severity, StatusFlag, Timestamp};
use crate::rules::{Problem, ProblemList};
use crate::util::{Json, join, parse_decimal, parse_json, text};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// The members of a query.
const QUERY: [&str; 6] = ["where", "not", "now", "sort", "offset", "limit"];
/// The members of `where` and `not`, in the order of the canonical text.
const CONDITIONS: [&str; 17] = [
    "status_flag",
    "severity",
    ConditionField::Status.name(),
    ConditionField::ContractId.name(),
    ConditionField::UserId.name(),
    ConditionField::TechnologyName.name(),
    ConditionField::SubTechnologyName.name(),
    ConditionField::SerialNumber.name(),
    ConditionField::Bug.name(),
    ConditionField::Rma.name(),
    ConditionField::CaseId.name(),
    "created",
    "updated",
    "text",
    "open_for_days",
    "quiet_for_days",
    "in_status_for_days",
];

/// The code of all problems of a query: it goes to no service that could reject it.
const CODE: &str = "INVALID_PARAMETER";

const DATE: &str = "an RFC 3339 date and time, or the milliseconds since 1970 as a whole number";

impl CaseQuery {
    /// The greatest number of values of a list.
    pub const MAX_VALUES: usize = limits::MAX_VALUES as usize;
    /// The greatest length of a text or value, in UTF-16 code units.
    pub const MAX_TEXT_UNITS: usize = 1000;
    /// The greatest number of words of a text. A part of a word with punctuation is a word, and so is a bigram.
    pub const MAX_WORDS: usize = 32;

    /// Checks a query. Returns it, or all of its problems, each with its path.
    ///
    /// `null` is as good as an absent member, but in lists of values, where it is the missing value.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, util::parse_json};
    /// let value = parse_json(r#"{"where":{"severity":[1,7],"colour":"red"},"limit":-1}"#).unwrap();
    /// let problems = CaseQuery::check(&value).unwrap_err();
    /// assert_eq!(problems[1].message, "where.severity[1]: expected 1, 2, 3 or 4, or null for none, got 7");
    /// assert_eq!(problems.len(), 3);
    /// ```
    pub fn check(value: &Json) -> Result<CaseQuery, Vec<Problem>> {
        let mut checker = QueryChecker { problems: Vec::new() };
        let query = checker.query(value);
        if checker.problems.is_empty() { Ok(query) } else { Err(checker.problems.truncated()) }
    }

    /// Checks a query in a JSON text, such as its canonical text.
    ///
    /// ```
    /// use cisco_support_case::query::CaseQuery;
    /// assert_eq!(CaseQuery::parse("{}"), Ok(CaseQuery::default()));
    /// assert_eq!(CaseQuery::parse("{").unwrap_err()[0].field, "query");
    /// ```
    pub fn parse(text: &str) -> Result<CaseQuery, Vec<Problem>> {
        match parse_json(text) {
            Ok(value) => CaseQuery::check(&value),
            Err(error) => {
                let expected = text!("a JSON object (at byte ", error.offset, ": ", error.expected, ")");
                Err(vec![Problem::new("query", CODE, expected, &Json::from(text))])
            }
        }
    }
}

struct QueryChecker {
    problems: Vec<Problem>,
}

/// The members of an object, and its path.
struct ObjectMembers<'j> {
    path: &'j str,
    members: &'j [(String, Json)],
}

impl<'j> ObjectMembers<'j> {
    /// Returns a member; `None` for `null`.
    fn get(&self, name: &str) -> Option<&'j Json> {
        self.get_or_null(name).filter(|value| **value != Json::Null)
    }

    fn get_or_null(&self, name: &str) -> Option<&'j Json> {
        self.members.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn path_of(&self, name: &str) -> String {
        if self.path == "query" { name.to_owned() } else { text!(self.path, ".", name) }
    }
}

impl QueryChecker {
    fn problem(&mut self, path: &str, expected: &str, value: &Json) {
        self.problems.report(|| Problem::new(path, CODE, expected, value));
    }

    fn query(&mut self, value: &Json) -> CaseQuery {
        let given = self.members("query", value, &QUERY);
        let member = |name| given.get(name).unwrap_or(&Json::Null);
        let conditions = self.conditions("where", member("where"));
        let exclusions = self.conditions("not", member("not"));
        let now_ms = self.date("now", given.get("now"));
        let has_text = member("where").get("text").is_some_and(|text| *text != Json::Null);
        let sort = self.sort(given.get("sort"), has_text, !conditions.words.is_empty());
        let offset = self.whole_number("offset", given.get("offset"), 0, CaseQuery::MAX_OFFSET.cast_signed());
        let limit = self.whole_number("limit", given.get("limit"), 0, CaseQuery::MAX_LIMIT.cast_signed());
        CaseQuery {
            conditions,
            exclusions,
            now_ms,
            sort,
            offset: offset.map_or(0, i32::unsigned_abs),
            limit: limit.map_or(CaseQuery::DEFAULT_LIMIT, i32::unsigned_abs),
        }
    }

    /// Returns the members of an object, and reports those that are not known.
    fn members<'j>(&mut self, path: &'j str, value: &'j Json, known: &[&str]) -> ObjectMembers<'j> {
        let mut members: &[(String, Json)] = &[];
        match value {
            Json::Null => {}
            Json::Object(given) => members = given,
            other => self.problem(path, "an object", other),
        }
        for (name, _) in members {
            if !known.contains(&name.as_str()) {
                let expected = ["one of ", &join(&mut known.iter().copied(), ", ")].concat();
                self.problem(path, &expected, &Json::from(name.as_str()));
            }
        }
        ObjectMembers { path, members }
    }

    fn conditions(&mut self, path: &str, value: &Json) -> Conditions {
        let given = self.members(path, value, &CONDITIONS);
        let mut conditions = Conditions {
            status_flags: self.bits(&given, "status_flag", "\"O\" or \"C\", or null for none", |value| match value {
                Json::Null => Some(Conditions::status_flag_bit(None)),
                Json::String(text) if text.is_empty() => Some(Conditions::status_flag_bit(None)),
                other => StatusFlag::from_text(other.as_str()?).map(|flag| Conditions::status_flag_bit(Some(flag))),
            }),
            severities: self.bits(&given, "severity", "1, 2, 3 or 4, or null for none", |value| match value {
                Json::Null => Some(Conditions::severity_bit(None)),
                Json::String(text) if text.is_empty() => Some(Conditions::severity_bit(None)),
                Json::String(digit) | Json::Number(digit) => {
                    Severity::from_text(digit).map(|severity| Conditions::severity_bit(Some(severity)))
                }
                _ => None,
            }),
            ..Conditions::default()
        };
        for (field, values) in ConditionField::ALL.into_iter().zip(&mut conditions.values) {
            self.values(&given, field.name(), values);
        }
        conditions.created = self.interval(&given, "created");
        conditions.updated = self.interval(&given, "updated");
        self.text(&given, &mut conditions);
        conditions.open_for_days = self.age(&given, "open_for_days");
        conditions.quiet_for_days = self.age(&given, "quiet_for_days");
        conditions.in_status_for_days = self.age(&given, "in_status_for_days");
        conditions
    }

    /// Calls `read` for one value or each value of a list. A value for which it returns `false` is a problem.
    fn each_value(
        &mut self,
        given: &ObjectMembers<'_>,
        name: &str,
        expected: &str,
        read: &mut dyn FnMut(&Json) -> bool,
    ) {
        let Some(value) = given.get_or_null(name) else { return };
        let path = given.path_of(name);
        let Json::Array(items) = value else {
            if !read(value) {
                self.problem(&path, &text!(expected, ", or a list of such values"), value);
            }
            return;
        };
        if items.is_empty() {
            self.problem(&path, "at least one value (leave the member out for no condition)", value);
        }
        if items.len() > CaseQuery::MAX_VALUES {
            let expected = text!("at most ", CaseQuery::MAX_VALUES, " values (", items.len(), " given)");
            self.problem(&path, &expected, value);
            return;
        }
        for (index, item) in items.iter().enumerate() {
            if !read(item) {
                self.problems.report(|| Problem::new(&path, CODE, expected, item).at_index(index));
            }
        }
    }

    /// Reads values as a set of bits.
    fn bits(
        &mut self,
        given: &ObjectMembers<'_>,
        name: &str,
        expected: &str,
        bit: fn(&Json) -> Option<u8>,
    ) -> Option<u8> {
        let mut bits: Option<u8> = None;
        self.each_value(given, name, expected, &mut |value| {
            let bit = bit(value);
            bits = Some(bits.unwrap_or(0) | bit.unwrap_or(0));
            bit.is_some()
        });
        bits
    }

    /// Reads texts, in ascending order, each once.
    fn values(&mut self, given: &ObjectMembers<'_>, name: &str, values: &mut Vec<String>) {
        let expected = text!("a string of at most ", CaseQuery::MAX_TEXT_UNITS, " characters, or null for none");
        self.each_value(given, name, &expected, &mut |value| {
            let text = match value {
                Json::Null => "",
                Json::String(text) if !is_too_long(text) => text,
                _ => return false,
            };
            if let Err(place) = values.binary_search_by(|known| known.as_str().cmp(text)) {
                values.insert(place, text.to_owned());
            }
            true
        });
    }

    fn date(&mut self, path: &str, value: Option<&Json>) -> Option<i64> {
        let value = value?;
        let ms = match value {
            Json::String(text) => Timestamp::parse(text.trim()).map(|date| date.unix_ms()),
            Json::Number(digits) => whole(digits).filter(|ms| Timestamp::is_date(*ms)),
            _ => None,
        };
        if ms.is_none() {
            self.problem(path, DATE, value);
        }
        ms
    }

    /// Reads an interval; one without ends is no condition.
    fn interval(&mut self, given: &ObjectMembers<'_>, name: &str) -> Option<DateInterval> {
        let path = given.path_of(name);
        let ends = self.members(&path, given.get(name)?, &["from", "to"]);
        let (from, to) = (ends.path_of("from"), ends.path_of("to"));
        let interval =
            DateInterval { from_ms: self.date(&from, ends.get("from")), to_ms: self.date(&to, ends.get("to")) };
        if let (Some(from_ms), Some(to_ms)) = (interval.from_ms, interval.to_ms)
            && to_ms < from_ms
        {
            self.reversed(&to, "an instant that is not before ", &from, ends.get("to"));
        }
        (interval != DateInterval::default()).then_some(interval)
    }

    /// Reads a range of days; one without ends is no condition.
    fn age(&mut self, given: &ObjectMembers<'_>, name: &str) -> Option<AgeRange> {
        let path = given.path_of(name);
        let ends = self.members(&path, given.get(name)?, &["min", "max"]);
        let (min, max) = (ends.path_of("min"), ends.path_of("max"));
        let mut days =
            |path: &str, end| self.whole_number(path, ends.get(end), -AgeRange::MAX_DAYS, AgeRange::MAX_DAYS);
        let range = AgeRange { min: days(&min, "min"), max: days(&max, "max") };
        if let (Some(least), Some(greatest)) = (range.min, range.max)
            && greatest < least
        {
            self.reversed(&max, "a number that is not less than ", &min, ends.get("max"));
        }
        (range != AgeRange::default()).then_some(range)
    }

    /// Reports an end that is before the start.
    fn reversed(&mut self, end: &str, what: &str, start: &str, value: Option<&Json>) {
        let expected = text!(what, start);
        let value = value.unwrap_or(&Json::Null);
        self.problems.report(|| Problem::new(end, CODE, expected, value).with_related(start));
    }

    /// Reads the searched text. A text without words is no condition.
    fn text(&mut self, given: &ObjectMembers<'_>, conditions: &mut Conditions) {
        let Some(value) = given.get("text") else { return };
        let path = given.path_of("text");
        let Some(text) = value.as_str().filter(|text| !is_too_long(text)) else {
            let expected = text!("a string of at most ", CaseQuery::MAX_TEXT_UNITS, " characters");
            return self.problem(&path, &expected, value);
        };
        let words = SearchWord::all_in(text);
        let count: usize = words.iter().map(|word| word.parts().len().max(1)).sum();
        if count > CaseQuery::MAX_WORDS {
            let expected = text!(
                "at most ",
                CaseQuery::MAX_WORDS,
                " words (",
                count,
                " given; two neighbours in Chinese, Japanese or Thai are a word)"
            );
            return self.problem(&path, &expected, value);
        }
        if count > 0 {
            conditions.text = join(&mut text.split_whitespace(), " ");
            conditions.words = words;
        }
    }

    /// Reads the order. Without words all ranks are equal, and a term by rank is left out.
    fn sort(&mut self, value: Option<&Json>, has_text: bool, has_words: bool) -> Vec<SortTerm> {
        let terms: &[Json] = match value {
            None => &[],
            Some(Json::Array(terms)) => terms,
            Some(object @ Json::Object(_)) => core::slice::from_ref(object),
            Some(other) => {
                self.problem("sort", "a list of objects with by and order", other);
                &[]
            }
        };
        let mut sort: Vec<SortTerm> = Vec::new();
        for (index, value) in terms.iter().enumerate() {
            if let Some(term) = self.sort_term(&text!("sort[", index, "]"), value, &sort, has_text) {
                sort.push(term);
            }
        }
        sort.retain(|term| has_words || term.by != SortKey::Text);
        let updates_rank = |term: &SortTerm| term.by == SortKey::UpdatedDate;
        if sort.last().is_some_and(|last| last.by == SortKey::Text) && !sort.iter().any(updates_rank) {
            sort.push(SortTerm { by: SortKey::UpdatedDate, is_descending: true });
        }
        if sort.is_empty() { CaseQuery::default_sort(has_words) } else { sort }
    }

    fn sort_term(&mut self, path: &str, value: &Json, before: &[SortTerm], has_text: bool) -> Option<SortTerm> {
        let is_object = matches!(value, Json::Object(_));
        if !is_object {
            self.problem(path, "an object with by and order", value);
            return None;
        }
        let given = self.members(path, value, &["by", "order"]);
        let (by_path, order_path) = (given.path_of("by"), given.path_of("order"));
        let by = given.get("by").unwrap_or(&Json::Null);
        let key = by.as_str().and_then(SortKey::from_name);
        match key {
            None => {
                let names = SortKey::ALL.map(SortKey::name);
                self.problem(&by_path, &text!("one of ", join(&mut names.into_iter(), ", ")), by);
            }
            Some(key) if before.iter().any(|term| term.by == key) => {
                self.problem(&by_path, "a key that is in no term before", by);
            }
            Some(SortKey::Text) if !has_text => {
                self.problems.report(|| {
                    Problem::new(&by_path, CODE, "another key, since there is no text", by).with_related("where.text")
                });
            }
            Some(_) => {}
        }
        let is_descending = match given.get("order") {
            None => key == Some(SortKey::Text),
            Some(Json::String(order)) if order == "asc" || order == "desc" => order == "desc",
            Some(other) => {
                self.problem(&order_path, "\"asc\" or \"desc\"", other);
                false
            }
        };
        key.map(|by| SortTerm { by, is_descending })
    }

    fn whole_number(&mut self, path: &str, value: Option<&Json>, least: i32, most: i32) -> Option<i32> {
        let value = value?;
        let number = match value {
            Json::Number(digits) => whole(digits).and_then(|number| i32::try_from(number).ok()),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let expected = text!("a whole number from ", i64::from(least), " to ", i64::from(most));
            self.problem(path, &expected, value);
        }
        number
    }
}

/// Parses a whole number with an optional minus sign.
fn whole(digits: &str) -> Option<i64> {
    match digits.strip_prefix('-') {
        Some(digits) => Some(-parse_decimal(digits.as_bytes())?.cast_signed()),
        None => Some(parse_decimal(digits.as_bytes())?.cast_signed()),
    }
}

fn is_too_long(text: &str) -> bool {
    text.len() > CaseQuery::MAX_TEXT_UNITS && text.encode_utf16().nth(CaseQuery::MAX_TEXT_UNITS).is_some()
}
