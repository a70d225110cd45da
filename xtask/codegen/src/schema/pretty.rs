//! A document as people read it.

use cisco_support_case::util::{Json, write_text};

/// How wide a line may be for a value that has no objects in it to stand on it whole.
const WIDTH: usize = 120;

/// JSON text with a line for each member, indented by two spaces; what is short and holds no object stands on one line.
pub fn pretty(value: &Json) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Json, depth: usize) {
    let is_flat = |items: &[Json]| items.iter().all(|item| !matches!(item, Json::List(_) | Json::Object(_)));
    match value {
        Json::List(items) if !items.is_empty() => {
            let line = items.iter().map(Json::to_text).collect::<Vec<_>>().join(", ");
            if is_flat(items) && depth * 2 + line.len() <= WIDTH {
                return out.push_str(&format!("[{line}]"));
            }
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                begin(out, index, depth + 1);
                write(out, item, depth + 1);
            }
            end(out, depth, ']');
        }
        Json::Object(members) if !members.is_empty() => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                begin(out, index, depth + 1);
                write_text(out, name);
                out.push_str(": ");
                write(out, member, depth + 1);
            }
            end(out, depth, '}');
        }
        other => other.write(out),
    }
}

fn begin(out: &mut String, index: usize, depth: usize) {
    out.push_str(if index > 0 { ",\n" } else { "\n" });
    out.extend(core::iter::repeat_n("  ", depth));
}

fn end(out: &mut String, depth: usize, bracket: char) {
    out.push('\n');
    out.extend(core::iter::repeat_n("  ", depth));
    out.push(bracket);
}

#[cfg(test)]
mod tests {
    use super::pretty;
    use cisco_support_case::util::Json;

    #[test]
    fn a_member_has_a_line_and_a_short_list_stands_on_it() {
        let list = Json::List(vec![Json::object([("a", Json::Null)])]);
        let value = Json::object([("b", Json::from(vec!["x", "y"])), ("c", list), ("d", Json::object([]))]);
        let text = "{\n  \"b\": [\"x\", \"y\"],\n  \"c\": [\n    {\n      \"a\": null\n    }\n  ],\n  \"d\": {}\n}\n";
        assert_eq!(pretty(&value), text);
    }
}
