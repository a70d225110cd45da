//! CSV and NDJSON, read back by other parsers.

use crate::random::{self, Random};
use crate::reading::store;
use cisco_support_case::model::{CaseDetail, CaseNote, CaseRecord, Timestamp};
use cisco_support_case::query::CaseQuery;
use cisco_support_case::store::{CaseExport, CaseStore, ExportColumn, ExportField, ExportFormat, ExportOptions};
use serde_json::Value;

fn all_rows(store: &mut CaseStore) -> Vec<u32> {
    store.all_rows(&CaseQuery::default())
}

fn export(store: &CaseStore, rows: Vec<u32>, options: ExportOptions) -> String {
    let mut export = CaseExport::new(rows, options);
    std::iter::from_fn(|| export.next_piece(store)).collect()
}

/// Returns the records that the csv crate reads, with the header first.
fn csv_records(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter as u8).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn options(edit: impl FnOnce(&mut ExportOptions)) -> ExportOptions {
    let mut options = ExportOptions::default();
    edit(&mut options);
    options
}

/// Returns the texts of a record in the order of the default columns.
fn cells(case: &CaseRecord) -> Vec<String> {
    let date = |date: &Option<Timestamp>| date.as_ref().map_or(String::new(), |date| date.as_str().to_owned());
    vec![
        case.case_id.clone(),
        case.title.clone(),
        case.severity.map_or(String::new(), |severity| severity.number().to_string()),
        case.status.as_str().to_owned(),
        case.status_flag.map_or(String::new(), |flag| flag.as_str().to_owned()),
        date(&case.creation_date),
        date(&case.updated_date),
        case.contract_id.clone(),
        case.user_id.clone(),
        case.contact_name.clone(),
        case.serial_number.clone(),
        case.technology_name.clone(),
        case.sub_technology_name.clone(),
        case.rmas.join(" "),
        case.bugs.join(" "),
    ]
}

fn one_case(edit: impl FnOnce(&mut CaseRecord)) -> CaseStore {
    let mut case = CaseRecord::default();
    case.case_id = "612345678".into();
    edit(&mut case);
    let mut store = CaseStore::new();
    store.apply_records(&[case]).unwrap();
    store
}

/// Returns the cell of the title as the file has it.
fn raw_title(title: &str, edit: impl FnOnce(&mut ExportOptions)) -> String {
    let mut store = one_case(|case| case.title = title.into());
    let rows = all_rows(&mut store);
    let options = options(|options| {
        options.columns.retain(|column| column.field == ExportField::Title);
        edit(options);
    });
    export(&store, rows, options).strip_prefix("title\r\n").unwrap().strip_suffix("\r\n").unwrap().to_owned()
}

#[test]
fn csv_is_read_back_by_another_parser_cell_by_cell() {
    let mut random = Random::new(5);
    let mut store = store(&mut random, 500);
    let rows = all_rows(&mut store);
    for delimiter in [',', ';', '\t', '|'] {
        let options = options(|options| {
            options.delimiter = delimiter;
            options.is_formula_safe = false;
        });
        let records = csv_records(&export(&store, rows.clone(), options.clone()), delimiter);
        assert_eq!(records.len(), rows.len() + 1);
        assert_eq!(records[0], options.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>());
        for (record, row) in records[1..].iter().zip(&rows) {
            assert_eq!(*record, cells(&store.record(*row).unwrap()));
        }
    }
}

#[test]
fn a_cell_that_could_be_a_formula_is_escaped_and_a_plain_number_is_not() {
    for formula in [
        "=1+1",
        "+cmd",
        "-cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\u{a0}=1",
        "\u{feff}=1",
        "\u{200b}+x",
        "\u{61c}=1",
        "\u{34f}=1",
        "\u{3164}@x",
        "\u{fe0f}+x",
        "\u{e0020}-x",
        "\u{ff1d}1",
        "\u{ff0b}x",
        "\u{ff0d}x",
        "\u{ff20}x",
        "\ttext",
        "\n=1",
        "--1",
        "+1+1",
        "-1e5",
        "+",
        "-",
        "-.5",
        "+5.",
        "-1.2.3",
    ] {
        let raw = raw_title(formula, |_| {});
        assert!(raw.starts_with("\"'"), "{formula:?}: {raw:?}");
        let read = csv_records(&format!("{raw}\r\n"), ',');
        assert_eq!(read, [[format!("'{formula}")]]);
        assert_ne!(raw_title(formula, |options| options.is_formula_safe = false).get(..2), Some("\"'"));
    }
    for text in
        ["-12", "+4930123456", "-1.5", "0012E45", "123456789012345678", "a=b", "x - y", "'quoted'", "1-2", "", "µ"]
    {
        assert_eq!(raw_title(text, |_| {}), text);
    }
}

#[test]
fn quotes_line_breaks_and_delimiters_of_any_program_are_quoted() {
    for (text, raw) in [
        ("a\"b", "\"a\"\"b\""),
        ("a,b", "\"a,b\""),
        ("a;b", "\"a;b\""),
        ("a\tb", "\"a\tb\""),
        ("a\nb", "\"a\nb\""),
        ("a\r\nb", "\"a\r\nb\""),
        (" a", "\" a\""),
        ("a ", "\"a \""),
    ] {
        assert_eq!(raw_title(text, |_| {}), raw);
    }
}

#[test]
fn the_header_has_the_chosen_names_and_a_byte_order_mark_is_an_option() {
    let mut store = one_case(|case| case.bugs = vec!["CSCab12345".into(), "CSCvz00001".into()]);
    let rows = all_rows(&mut store);
    let column = |field, name: &str| ExportColumn { field, name: name.into() };
    let options = options(|options| {
        options.columns = vec![column(ExportField::Bugs, "Bugs, all"), column(ExportField::CaseId, "=Fall")];
        options.has_bom = true;
        options.delimiter = ';';
    });
    let text = export(&store, rows, options);
    assert_eq!(text, "\u{feff}\"Bugs, all\";\"'=Fall\"\r\nCSCab12345 CSCvz00001;612345678\r\n");
}

#[test]
fn pieces_end_with_records_and_a_long_title_is_whole() {
    let long = "é😀x\"".repeat(150_000);
    let mut random = Random::new(6);
    let mut store = store(&mut random, 2_000);
    let mut case = CaseRecord::default();
    case.case_id = "700000000".into();
    case.title = long.clone();
    store.apply_records(&[case]).unwrap();
    let rows = all_rows(&mut store);
    let mut export = CaseExport::new(rows.clone(), ExportOptions::default());
    let mut whole = String::new();
    let mut records = 0;
    while let Some(piece) = export.next_piece(&store) {
        assert!(piece.len() < 64 << 10 || piece.contains("😀x"), "{}", piece.len());
        records += csv_records(&piece, ',').len();
        whole += &piece;
        assert_eq!(records, export.exported() + 1);
    }
    assert_eq!(csv_records(&whole, ',').len(), rows.len() + 1);
    assert!(csv_records(&whole, ',').iter().any(|record| record[1] == long));
}

#[test]
fn an_export_has_the_cases_of_its_start_but_those_that_are_removed_before_their_piece() {
    let mut random = Random::new(7);
    let mut store = store(&mut random, 1_500);
    let rows = all_rows(&mut store);
    let ids: Vec<String> = rows.iter().map(|row| store.case_id(*row).to_owned()).collect();
    let mut export = CaseExport::new(rows, ExportOptions::default());
    let mut text = String::new();
    let mut number = 5_000;
    let mut expected = Vec::new();
    loop {
        let from = export.exported();
        let Some(piece) = export.next_piece(&store) else { break };
        text += &piece;
        expected.extend(ids[from..export.exported()].iter().filter(|id| store.row(id).is_some()).cloned());
        let new = random::case(&mut random, number);
        number += 1;
        let changed = random::case(&mut random, 3);
        store.apply_records(&[new, changed]).unwrap();
        // Any case, and one that is not exported yet.
        let next = ids.get(export.exported() + 1).map_or("", String::as_str);
        store.remove(&[&random::case_id(random.below(1_500)), next]).unwrap();
    }
    assert!(expected.len() < ids.len() - 5);
    let exported: Vec<String> = csv_records(&text, ',').into_iter().skip(1).map(|record| record[0].clone()).collect();
    assert_eq!(exported, expected);
}

#[test]
fn ndjson_is_a_json_object_per_line_with_texts_untouched() {
    let mut random = Random::new(8);
    let mut store = store(&mut random, 300);
    let rows = all_rows(&mut store);
    let text = export(&store, rows.clone(), options(|options| options.format = ExportFormat::Ndjson));
    assert_eq!(text.lines().count(), rows.len());
    for (line, row) in text.split_terminator('\n').zip(&rows) {
        let object: Value = serde_json::from_str(line).unwrap();
        let case = store.record(*row).unwrap();
        assert_eq!(object["case_id"], case.case_id);
        assert_eq!(object["title"], case.title);
        assert_eq!(object["contact_name"], case.contact_name);
        assert_eq!(object["severity"], case.severity.map_or(Value::Null, |severity| severity.number().into()));
        assert_eq!(object["updated_date"], case.updated_date.map_or(Value::Null, |date| date.as_str().into()));
        assert_eq!(object["bugs"], Value::from(case.bugs));
        assert_eq!(object["status_flag"], case.status_flag.map_or(Value::Null, |flag| flag.as_str().into()));
    }
}

#[test]
fn redaction_replaces_people_in_the_tracking_number_that_customers_write() {
    let mut store = one_case(|_| {});
    let mut detail = CaseDetail::default();
    detail.case_id = "612345678".into();
    detail.contact_name = "Jane Doe".into();
    detail.owner_name = "Ada Example".into();
    detail.tracking_number = "TN-7 ADA EXAMPLE, ada@example.com".into();
    store.apply_detail(&detail).unwrap();
    let rows = all_rows(&mut store);
    let column = |field: ExportField| ExportColumn { field, name: field.name().into() };
    let options = options(|options| {
        options.columns = vec![column(ExportField::TrackingNumber), column(ExportField::Owner)];
        options.redact = Some("secret".into());
    });
    let record = csv_records(&export(&store, rows, options), ',').remove(1);
    assert!(record[0].starts_with(&format!("TN-7 {}, mail-", record[1])), "{record:?}");
    assert!(!record.concat().to_lowercase().contains("ada"), "{record:?}");
}

#[test]
fn redaction_replaces_people_by_stable_pseudonyms() {
    let mut store = one_case(|case| {
        case.title = "Jane Doe (jdoe) asks: call +49 30 9876543 or mail jane@example.com".into();
        case.contact_name = "Jane Doe".into();
        case.user_id = "jdoe".into();
        case.serial_number = "FOC2301A0B1".into();
    });
    let rows = all_rows(&mut store);
    let redacted = |secret: &str, format| {
        let text = export(
            &store,
            rows.clone(),
            options(|options| {
                options.redact = Some(secret.into());
                options.format = format;
            }),
        );
        for original in ["Jane", "Doe", "jdoe", "9876543", "jane"] {
            assert!(!text.contains(original), "{original}: {text}");
        }
        assert!(text.contains("FOC2301A0B1") && text.contains("612345678"));
        text
    };
    for format in [ExportFormat::Csv, ExportFormat::Ndjson] {
        assert_eq!(redacted("one", format), redacted("one", format));
        assert_ne!(redacted("one", format), redacted("other", format));
    }
    let record = csv_records(&redacted("one", ExportFormat::Csv), ',').remove(1);
    assert!(record[1].contains(&record[9]) && record[1].contains(&record[8]), "{record:?}");
}

#[test]
fn redaction_replaces_a_name_in_either_order_with_initials_and_in_any_case() {
    let titles = [
        ("Jane Doe", true),
        ("JANE  doe", true),
        ("J\u{e1}ne Do\u{e9}", true),
        ("Doe, Jane", true),
        ("Doe , Jane", true),
        ("Jane M Doe", true),
        ("Jane M. Doe", true),
        ("Jane M.Doe", true),
        ("Doe,Jane", true),
        ("Jane\u{a0}Doe", true),
        ("Jane Doering", false),
        ("Jane MDoe", false),
        ("Jane Mary Doe", false),
        ("Jane of Doe", false),
    ];
    for (name, is_hers) in titles {
        let mut store = one_case(|case| {
            case.title = format!("({name}) asks");
            case.contact_name = "Jane Doe".into();
        });
        let rows = all_rows(&mut store);
        let text = export(&store, rows, options(|options| options.redact = Some("one".into())));
        let record = csv_records(&text, ',').remove(1);
        let expected = if is_hers { &record[9] } else { name };
        assert_eq!(record[1], format!("({expected}) asks"), "{name}");
    }
}

#[test]
fn what_details_add_to_a_case_is_exported_as_it_was_applied() {
    let mut store = one_case(|_| {});
    let column = |field: ExportField| ExportColumn { field, name: field.name().into() };
    let columns = [ExportField::NotesCount, ExportField::LastNoteDate].map(column).to_vec();
    let exported = |store: &mut CaseStore| {
        let rows = all_rows(store);
        csv_records(&export(store, rows, options(|options| options.columns = columns.clone())), ',').remove(1)
    };
    assert_eq!(exported(&mut store), ["", ""], "unknown without details");
    let mut detail = CaseDetail::default();
    detail.case_id = "612345678".into();
    detail.updated_date = Timestamp::parse("2026-06-01T00:00:00Z");
    store.apply_detail(&detail).unwrap();
    assert_eq!(exported(&mut store), ["0", ""], "no notes");
    for day in [2, 3] {
        let mut note = CaseNote::default();
        note.creation_date = Timestamp::parse(&format!("2026-05-0{day}T00:00:00Z"));
        detail.notes.push(note);
    }
    store.apply_detail(&detail).unwrap();
    assert_eq!(exported(&mut store), ["2", "2026-05-03T00:00:00Z"]);
}

#[test]
fn redaction_tells_phone_numbers_from_addresses_and_other_numbers() {
    for (text, is_phone) in [
        ("+1234567", true),
        ("+123456", false),
        ("+123456789012345", true),
        ("+1234567890123456", false),
        ("(030) 123-456", true),
        ("030 123456", false),
        ("03 12 34 56", false),
        ("030 123 456 789 012", true),
        ("030 - 123 - 456", false),
        ("+1234567x", false),
        ("192.168.100.200", false),
        ("255.255.255.255", false),
        ("256.255.255.255", true),
        ("192.168.100", true),
        ("192 168 100 200", true),
    ] {
        let mut store = one_case(|case| case.title = format!("from {text}; urgent"));
        let rows = all_rows(&mut store);
        let exported = export(&store, rows, options(|options| options.redact = Some("one".into())));
        let title = csv_records(&exported, ',').remove(1).remove(1);
        assert_eq!(title.contains("phone-"), is_phone, "{text}: {title}");
        assert_eq!(title.contains(text), !is_phone, "{text}: {title}");
        assert!(title.ends_with("; urgent"), "{text}: {title}");
    }
}
