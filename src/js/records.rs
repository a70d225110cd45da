//! Records as the text that JavaScript parses.

use crate::client::Data;
use crate::model::{CaseRecord, Issue, write_record, write_text};

/// An answer's records as JSON text, in the shapes that the package documents.
pub(super) fn data_text(data: &Data) -> String {
    let mut out = String::from("{");
    match data {
        Data::Summary(summary) => {
            out.push_str(&format!("\"count\":{},", summary.count));
            write_cases(&mut out, &summary.cases);
        }
        Data::Page(page) => {
            out.push_str("\"pagination_response_record\":");
            write_record(&mut out, &page.pagination_response_record);
            out.push(',');
            write_cases(&mut out, &page.cases);
        }
        Data::Details(details) => {
            // The record itself, with its issues as one more member.
            out.clear();
            write_record(&mut out, &details.detail);
            out.pop();
        }
    }
    out.push_str(",\"issues\":");
    write_issues(&mut out, data.issues());
    out.push('}');
    out
}

fn write_cases(out: &mut String, cases: &[CaseRecord]) {
    write_text(out, "cases");
    out.push_str(":[");
    for (index, case) in cases.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_record(out, case);
    }
    out.push(']');
}

fn write_issues(out: &mut String, issues: &[Issue]) {
    out.push('[');
    for (index, issue) in issues.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        issue.to_json().write(out);
    }
    out.push(']');
}
