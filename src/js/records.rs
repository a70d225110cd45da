//! Records as the text that JavaScript parses.

use crate::client::Data;
use crate::model::{write_list, write_record, write_text};

/// An answer's records as JSON text, in the shapes that the package documents.
pub(super) fn data_text(data: &Data) -> String {
    let mut out = String::from("{");
    match data {
        Data::Summary(summary) => {
            out.push_str(&format!("\"count\":{},", summary.count));
            write_member_list(&mut out, "cases", &summary.cases, write_record);
        }
        Data::Page(page) => {
            out.push_str("\"pagination_response_record\":");
            write_record(&mut out, &page.pagination_response_record);
            out.push(',');
            write_member_list(&mut out, "cases", &page.cases, write_record);
        }
        Data::Details(details) => {
            // The record itself, with its issues as one more member.
            out.clear();
            write_record(&mut out, &details.detail);
            out.pop();
        }
    }
    out.push(',');
    write_member_list(&mut out, "issues", data.issues(), |out, issue| issue.to_json().write(out));
    out.push('}');
    out
}

fn write_member_list<T>(out: &mut String, name: &str, items: &[T], write: impl Fn(&mut String, &T)) {
    write_text(out, name);
    out.push(':');
    write_list(out, items, write);
}
