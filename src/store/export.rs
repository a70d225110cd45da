//! Export of cases as CSV or NDJSON, in pieces.

use super::{
    case_store::CaseStore,
    columns::{Columns, NO_DATE, TextField},
    redact::Redactor,
};
use crate::model::Severity;
use crate::util::{format_rfc3339_utc, push_decimal, write_string};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Bytes after which a piece ends: it ends with the record that reaches them.
const PIECE_BYTES: usize = 48 << 10;

/// The format of an export.
///
/// ```
/// use cisco_support_case::store::{ExportFormat, ExportOptions};
/// assert_eq!(ExportOptions::default().format, ExportFormat::Csv);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Comma-separated values (RFC 4180), with a header.
    #[default]
    Csv,
    /// A JSON object per line.
    Ndjson,
}

macro_rules! export_fields {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// A field of an export.
        ///
        /// ```
        /// use cisco_support_case::store::ExportField;
        /// assert_eq!(ExportField::from_name("case_id"), Some(ExportField::CaseId));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ExportField { $($(#[$doc])* $variant,)* }

        impl ExportField {
            /// All fields, in the order of a default export.
            pub const ALL: &[ExportField] = &[$(ExportField::$variant,)*];

            /// Returns the field's name.
            pub const fn name(self) -> &'static str {
                match self { $(ExportField::$variant => $name,)* }
            }

            /// Returns the field of a name.
            pub fn from_name(name: &str) -> Option<ExportField> {
                ExportField::ALL.iter().copied().find(|field| field.name() == name)
            }
        }
    };
}

export_fields! {
    /// The id of the case.
    CaseId "case_id",
    /// The title of the case.
    Title "title",
    /// The severity, 1 to 4.
    Severity "severity",
    /// The status, as the service spells it.
    Status "status",
    /// The flag, `O` or `C`.
    StatusFlag "status_flag",
    /// The creation date, as the service sent it.
    CreationDate "creation_date",
    /// The date of the last update, as the service sent it.
    UpdatedDate "updated_date",
    /// The contract of the case.
    ContractId "contract_id",
    /// The user who opened the case.
    UserId "user_id",
    /// The name of the contact.
    ContactName "contact_name",
    /// The serial number.
    SerialNumber "serial_number",
    /// The technology, if the service sent it.
    TechnologyName "technology_name",
    /// The sub-technology.
    SubTechnologyName "sub_technology_name",
    /// The RMAs of the case, with spaces between them.
    Rmas "rmas",
    /// The bugs of the case, with spaces between them.
    Bugs "bugs",
    /// The date since which the case has its status, as far as the store knows.
    StatusSince "status_since",
    /// The owner, from the details.
    Owner "owner",
    /// The tracking number, from the details.
    TrackingNumber "tracking_number",
    /// The number of notes, from the details.
    NotesCount "notes_count",
    /// The date of the newest note, from the details.
    LastNoteDate "last_note_date",
}

/// The number of fields of a record, which an export without columns has.
const RECORD_FIELDS: usize = 15;

/// A column of an export.
///
/// ```
/// use cisco_support_case::store::{ExportColumn, ExportField, ExportOptions};
/// let mut options = ExportOptions::default();
/// options.columns = vec![ExportColumn { field: ExportField::CaseId, name: "Case".into() }];
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportColumn {
    /// The field of the column.
    pub field: ExportField,
    /// The name in the header, or of the member.
    pub name: String,
}

/// The options of an export.
///
/// ```
/// let options = cisco_support_case::store::ExportOptions::default();
/// assert_eq!((options.delimiter, options.is_formula_safe, options.columns[0].name.as_str()), (',', true, "case_id"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// The format of the export.
    pub format: ExportFormat,
    /// The columns, in order.
    pub columns: Vec<ExportColumn>,
    /// The delimiter of CSV: `,`, `;`, tab or `|`. Other characters are taken as `,`.
    pub delimiter: char,
    /// Whether CSV begins with a byte order mark, by which spreadsheet programs recognize UTF-8.
    pub has_bom: bool,
    /// Whether texts that spreadsheet programs would take for formulas are escaped with an apostrophe.
    pub is_formula_safe: bool,
    /// The secret of the pseudonyms for names, mail addresses, phone numbers and user ids; `None` for the originals.
    pub redact: Option<String>,
}

impl Default for ExportOptions {
    fn default() -> ExportOptions {
        let mut columns = Vec::new();
        for field in ExportField::ALL.iter().take(RECORD_FIELDS) {
            columns.push(ExportColumn { field: *field, name: field.name().to_owned() });
        }
        ExportOptions {
            format: ExportFormat::Csv,
            columns,
            delimiter: ',',
            has_bom: false,
            is_formula_safe: true,
            redact: None,
        }
    }
}

/// An export of a fixed list of rows.
///
/// Cases that the store learns of or removes in the meantime are not in it. A case that changes in the meantime is exported as it
/// is when its piece is made. The rows are valid until the store is compacted.
///
/// ```
/// use cisco_support_case::{query::CaseQuery, store::{CaseExport, CaseStore, ExportOptions}};
/// let mut store = CaseStore::new();
/// let mut export = CaseExport::new(store.all_rows(&CaseQuery::default()), ExportOptions::default());
/// let header = export.next_piece(&store).unwrap();
/// assert!(header.starts_with("case_id,title,severity,") && header.ends_with(",bugs\r\n"));
/// assert_eq!((export.next_piece(&store), export.exported()), (None, 0));
/// ```
#[derive(Clone, Debug)]
pub struct CaseExport {
    options: ExportOptions,
    redactor: Option<Redactor>,
    rows: Vec<u32>,
    next: usize,
    has_header: bool,
}

impl CaseExport {
    /// Creates an export of rows, in their order.
    pub fn new(rows: Vec<u32>, mut options: ExportOptions) -> CaseExport {
        if !matches!(options.delimiter, ',' | ';' | '\t' | '|') {
            options.delimiter = ',';
        }
        let redactor = options.redact.as_deref().map(Redactor::new);
        CaseExport { options, redactor, rows, next: 0, has_header: false }
    }

    /// Returns the number of rows that are exported so far, or left out.
    pub fn exported(&self) -> usize {
        self.next
    }

    /// Returns the next piece, of whole records, or `None` at the end. A piece is about 48 KiB, or one record.
    pub fn next_piece(&mut self, store: &CaseStore) -> Option<String> {
        let mut out = String::new();
        if self.options.format == ExportFormat::Csv && !self.has_header {
            if self.options.has_bom {
                out.push('\u{feff}');
            }
            self.push_header(&mut out);
        }
        self.has_header = true;
        while let Some(row) = self.rows.get(self.next).filter(|_| out.len() < PIECE_BYTES) {
            self.next += 1;
            // What was removed may be what may not be seen any more.
            if !store.columns.alive.contains(*row) {
                continue;
            }
            match self.options.format {
                ExportFormat::Csv => self.push_csv_record(&mut out, &store.columns, *row),
                ExportFormat::Ndjson => self.push_json_record(&mut out, &store.columns, *row),
            }
        }
        (!out.is_empty()).then_some(out)
    }

    fn push_header(&self, out: &mut String) {
        for (index, column) in self.options.columns.iter().enumerate() {
            if index > 0 {
                out.push(self.options.delimiter);
            }
            self.push_text_cell(out, &column.name);
        }
        out.push_str("\r\n");
    }

    fn push_csv_record(&self, out: &mut String, columns: &Columns, row: u32) {
        let mut cell = String::new();
        for (index, column) in self.options.columns.iter().enumerate() {
            if index > 0 {
                out.push(self.options.delimiter);
            }
            cell.clear();
            self.push_value(&mut cell, columns, row, column.field);
            match column.field {
                // Numbers and dates.
                ExportField::Severity
                | ExportField::CreationDate
                | ExportField::UpdatedDate
                | ExportField::StatusSince
                | ExportField::NotesCount
                | ExportField::LastNoteDate => out.push_str(&cell),
                _ => self.push_text_cell(out, &cell),
            }
        }
        out.push_str("\r\n");
    }

    fn push_json_record(&self, out: &mut String, columns: &Columns, row: u32) {
        let mut value = String::new();
        out.push('{');
        for (index, column) in self.options.columns.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_string(out, &column.name);
            out.push(':');
            value.clear();
            match column.field {
                ExportField::Bugs => push_json_list(out, &mut columns.bugs.texts(row)),
                ExportField::Rmas => push_json_list(out, &mut columns.rmas.texts(row)),
                field => {
                    self.push_value(&mut value, columns, row, field);
                    match field {
                        ExportField::Severity | ExportField::NotesCount if !value.is_empty() => out.push_str(&value),
                        ExportField::Severity
                        | ExportField::NotesCount
                        | ExportField::StatusFlag
                        | ExportField::CreationDate
                        | ExportField::UpdatedDate
                        | ExportField::StatusSince
                        | ExportField::LastNoteDate
                            if value.is_empty() =>
                        {
                            out.push_str("null");
                        }
                        _ => write_string(out, &value),
                    }
                }
            }
        }
        out.push_str("}\n");
    }

    /// Appends the value of a field as text.
    fn push_value(&self, out: &mut String, columns: &Columns, row: u32, field: ExportField) {
        if let Some((column, prefix)) = text_column(field) {
            let value = columns.text(column).text(row);
            match &self.redactor {
                Some(redactor) if !prefix.is_empty() => redactor.push(out, prefix, value),
                _ if field == ExportField::TrackingNumber => self.push_free_text(out, columns, row, value),
                _ => out.push_str(value),
            }
            return;
        }
        match field {
            ExportField::CaseId => out.push_str(columns.case_ids.get(row)),
            ExportField::Title => self.push_free_text(out, columns, row, columns.title_text(row)),
            ExportField::Severity => {
                if let Some(severity) = Severity::new(columns.severity.get(row) as u8) {
                    push_decimal(out, u64::from(severity.number()));
                }
            }
            ExportField::StatusFlag => out.push_str(columns.flag(row).map_or("", |flag| flag.as_str())),
            ExportField::CreationDate => columns.created.write_text(row, out),
            ExportField::UpdatedDate => columns.updated.write_text(row, out),
            ExportField::Rmas => push_list(out, &mut columns.rmas.texts(row)),
            ExportField::Bugs => push_list(out, &mut columns.bugs.texts(row)),
            ExportField::StatusSince => push_date(out, columns.status_since(row).0),
            ExportField::NotesCount => {
                if let Some(count) = columns.notes_count.get(row).checked_sub(1) {
                    push_decimal(out, u64::from(count));
                }
            }
            ExportField::LastNoteDate => push_date(out, columns.last_note.get(row)),
            _ => {}
        }
    }

    /// Appends a text that customers write, which may name people.
    fn push_free_text(&self, out: &mut String, columns: &Columns, row: u32, text: &str) {
        let Some(redactor) = &self.redactor else { return out.push_str(text) };
        let names = [
            (columns.contact.text(row), "person-"),
            (columns.owner.text(row), "person-"),
            (columns.user.text(row), "user-"),
        ];
        redactor.push_text(out, text, &names);
    }

    /// Appends a cell of text: escaped if it could be a formula, quoted if it could be misread.
    fn push_text_cell(&self, out: &mut String, text: &str) {
        let is_escaped = self.options.is_formula_safe && is_formula_like(text);
        // The delimiters of all spreadsheet programs, whichever this file has: an import with another one must not find
        // further cells.
        let is_special = |byte: u8| matches!(byte, b'"' | b'\r' | b'\n' | b',' | b';' | b'\t' | b'|');
        let has_outer_space =
            text.chars().next().is_some_and(is_space) || text.chars().next_back().is_some_and(is_space);
        let is_quoted = is_escaped || has_outer_space || text.bytes().any(is_special);
        if !is_quoted {
            out.push_str(text);
            return;
        }
        out.push_str(if is_escaped { "\"'" } else { "\"" });
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| byte == b'"') {
            out.push_str(rest.get(..=at).unwrap_or_default());
            out.push('"');
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        out.push('"');
    }
}

/// Returns the column of a field with texts, and the prefix of the pseudonyms of people.
fn text_column(field: ExportField) -> Option<(TextField, &'static str)> {
    Some(match field {
        ExportField::Status => (TextField::Status, ""),
        ExportField::ContractId => (TextField::Contract, ""),
        ExportField::UserId => (TextField::User, "user-"),
        ExportField::ContactName => (TextField::Contact, "person-"),
        ExportField::SerialNumber => (TextField::Serial, ""),
        ExportField::TechnologyName => (TextField::Technology, ""),
        ExportField::SubTechnologyName => (TextField::SubTechnology, ""),
        ExportField::Owner => (TextField::Owner, "person-"),
        ExportField::TrackingNumber => (TextField::TrackingNumber, ""),
        _ => return None,
    })
}

fn push_list(out: &mut String, texts: &mut dyn Iterator<Item = &str>) {
    for (index, text) in texts.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(text);
    }
}

fn push_json_list(out: &mut String, texts: &mut dyn Iterator<Item = &str>) {
    out.push('[');
    for (index, text) in texts.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(out, text);
    }
    out.push(']');
}

fn push_date(out: &mut String, ms: i64) {
    if ms != NO_DATE {
        out.push_str(&format_rfc3339_utc(ms));
    }
}

fn is_space(c: char) -> bool {
    matches!(c, '\0'..=' ' | '\u{7f}'..='\u{a0}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}')
        || matches!(c, '\u{ad}' | '\u{1680}' | '\u{180b}'..='\u{180f}' | '\u{3000}' | '\u{feff}')
        // Others that are not drawn: marks of direction, joiners, fillers, selectors, tags.
        || matches!(c, '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a spreadsheet program could take a text for a formula (OWASP, "CSV Injection"): its first visible character is
/// `=`, `+`, `-` or `@`, also full-width, or it begins with a control character. A plain number is none.
fn is_formula_like(text: &str) -> bool {
    if matches!(text.bytes().next(), Some(b'\t' | b'\r' | b'\n')) {
        return true;
    }
    let visible = text.chars().find(|c| !is_space(*c));
    let is_trigger = matches!(visible, Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'));
    is_trigger && !is_plain_number(text)
}

/// Whether a text is a number: digits after an optional sign, with an optional fraction.
fn is_plain_number(text: &str) -> bool {
    let digits = match text.as_bytes() {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    let dots = digits.iter().filter(|byte| **byte == b'.').count();
    let is_number = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let has_outer_dot = digits.first() == Some(&b'.') || digits.last() == Some(&b'.');
    is_number && dots <= 1 && !has_outer_dot && !digits.is_empty()
}
