//! The columns of a case: what statements compare, made when a case is written.

use super::search::END_MARK;
use crate::model::{CaseRecord, Timestamp};
use crate::query::{Conditions, QueryableCase, WordTokenizer, fold_text, id_key};
use crate::util::{text, write_array, write_string};
use alloc::{string::String, vec::Vec};

/// The date of a case that has none: before all others, and exact as a number of JavaScript.
///
/// ```
/// use cisco_support_case::query::sql::MISSING_MS;
/// assert_eq!(MISSING_MS, -((1 << 53) - 1));
/// ```
pub const MISSING_MS: i64 = -((1 << 53) - 1);

/// The columns of table `cases` that follow from a case, in the order of [`write_case_columns`].
///
/// ```
/// use cisco_support_case::query::sql::CASE_COLUMNS;
/// assert_eq!((CASE_COLUMNS[0], CASE_COLUMNS.len()), ("case_id", 27));
/// ```
pub const CASE_COLUMNS: [&str; 27] = [
    "case_id",
    "contract_id",
    "user_id",
    "status_flag",
    "severity",
    "is_open",
    "status",
    "technology_name",
    "sub_technology_name",
    "serial_number",
    "created_ms",
    "updated_ms",
    "status_since_ms",
    "last_note_ms",
    "bug_count",
    "rma_count",
    "title",
    "title_key",
    "status_key",
    "contract_key",
    "user_key",
    "technology_key",
    "serial_key",
    "title_words",
    "id_words",
    "id_keys",
    "user_id_key",
];

/// Appends a case as a JSON array: its [`CASE_COLUMNS`], then the words for the full-text index, its bugs and its RMAs.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::{QueryableCase, sql::{CASE_COLUMNS, write_case_columns}}};
/// let mut case = CaseRecord::default();
/// (case.case_id, case.title) = ("612345678".into(), "Ärger: C9300-48P".into());
/// let mut out = String::new();
/// write_case_columns(&mut out, &QueryableCase::new(&case));
/// assert!(out.starts_with(r#"["612345678","","",0,0,1,"#));
/// assert!(out.contains(r#"," arger c9300 48p c930048p "," 612345678 "," 612345678 ","","#));
/// ```
pub fn write_case_columns(out: &mut String, case: &QueryableCase<'_>) {
    let record = case.record;
    let ms = |date: &Option<Timestamp>| date.as_ref().map(Timestamp::unix_ms);
    let words = CaseWords::new(record);
    let bit_number = |bits: u8| i64::from(bits.trailing_zeros());
    let mut row = JsonRow { out, is_first: true };
    row.texts(&[&record.case_id, &record.contract_id, &record.user_id]);
    row.number(bit_number(Conditions::status_flag_bit(record.status_flag)));
    row.number(bit_number(Conditions::severity_bit(record.severity)));
    row.number(i64::from(record.is_open()));
    row.texts(&[record.status.as_str(), &record.technology_name, &record.sub_technology_name, &record.serial_number]);
    for date in [ms(&record.creation_date), ms(&record.updated_date), case.status_since_ms, case.last_note_ms] {
        row.number(date.unwrap_or(MISSING_MS));
    }
    row.number(record.bugs.len() as i64);
    row.number(record.rmas.len() as i64);
    row.texts(&[&record.title, &fold_text(&record.title), &fold_text(record.status.as_str())]);
    row.texts(&[&fold_text(&record.contract_id), &fold_text(&record.user_id), &fold_text(&record.technology_name)]);
    row.texts(&[&fold_text(&record.serial_number)]);
    row.texts(&[&words.title_words, &words.id_words, &words.id_keys, &words.user_id_key, &words.search_words()]);
    row.list(&record.bugs);
    row.list(&record.rmas);
    row.out.push(']');
}

/// The words of a case, each with a space before and after.
struct CaseWords {
    /// The tokens of the title.
    title_words: String,
    /// The tokens and keys of all ids.
    id_words: String,
    /// The keys of all ids but that of the user: their ends match too.
    id_keys: String,
    user_id_key: String,
}

impl CaseWords {
    fn new(record: &CaseRecord) -> CaseWords {
        let ids = [&record.case_id, &record.serial_number, &record.contract_id].into_iter();
        let ids: Vec<&String> = ids.chain(&record.bugs).chain(&record.rmas).collect();
        let (mut title_words, mut id_words, mut id_keys) = (String::new(), String::new(), String::new());
        push_tokens(&mut title_words, &record.title);
        for id in &ids {
            let key = id_key(id);
            push_tokens(&mut id_words, id);
            push_word(&mut id_words, &key);
            push_word(&mut id_keys, &key);
        }
        let user_id_key = id_key(&record.user_id);
        push_tokens(&mut id_words, &record.user_id);
        push_word(&mut id_words, &user_id_key);
        CaseWords { title_words, id_words, id_keys, user_id_key }
    }

    /// Returns the words for the full-text index: all words, and the reversed keys of ids after a mark.
    fn search_words(&self) -> String {
        let mut words = text!(self.title_words, self.id_words);
        for key in self.id_keys.split(' ').filter(|key| !key.is_empty()) {
            words.push(END_MARK);
            words.extend(key.chars().rev());
            words.push(' ');
        }
        words
    }
}

fn push_tokens(words: &mut String, of: &str) {
    WordTokenizer::default().tokenize(of, &mut |token| push_word(words, token.text));
}

/// Adds a word, unless it is the last one: the key of most ids is their only token.
fn push_word(words: &mut String, word: &str) {
    if word.is_empty() || words.strip_suffix(' ').is_some_and(|before| before.rsplit(' ').next() == Some(word)) {
        return;
    }
    if words.is_empty() {
        words.push(' ');
    }
    words.push_str(word);
    words.push(' ');
}

/// The writer of a JSON array of columns.
struct JsonRow<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl JsonRow<'_> {
    fn next(&mut self) {
        self.out.push(if self.is_first { '[' } else { ',' });
        self.is_first = false;
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.next();
            write_string(self.out, text);
        }
    }

    fn number(&mut self, number: i64) {
        self.next();
        self.out.push_str(&text!(number));
    }

    fn list(&mut self, texts: &[String]) {
        self.next();
        write_array(self.out, texts, |out, text| write_string(out, text));
    }
}
