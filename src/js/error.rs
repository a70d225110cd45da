//! Errors as plain data, from which the package makes its error classes.

use crate::client::CallError;
use crate::model::Timestamp;
use crate::util::{ObjectWriter, write_list, write_text};
use alloc::string::String;

/// The error as JSON text. Meaning and advice are in the package's tables, under the number of the row; the cause is in
/// JavaScript, under its own.
pub(super) fn error_text(error: &CallError<u32>) -> String {
    let mut data = String::new();
    let mut object = ObjectWriter::open(&mut data);
    object.text("kind", error.kind.as_str());
    object.text("code", &error.code);
    object.number("row", error.row.table_index().map(small));
    object.text("before", &error.before);
    object.text("detail", &error.detail);
    object.name("retryable").push_str(if error.retryable { "true" } else { "false" });
    object.text("source", error.source.as_str());
    object.number("status", error.status.filter(|status| *status > 0).map(u32::from));
    object.number("retryAfterMs", error.retry_after_ms);
    if let Some(date) = error.renews_at_ms.and_then(Timestamp::from_unix_ms) {
        object.text("renewsAt", date.as_str());
    }
    if let Some(id) = &error.message_id {
        object.text("messageId", id);
    }
    if let Some(id) = &error.request_id {
        object.text("requestId", id);
    }
    object.number("attempts", Some(error.attempts));
    object.number("waitedMs", Some(error.waited_ms));
    object.text("operation", error.operation);
    write_list(object.name("ids"), &error.ids, |out, id| write_text(out, id));
    write_list(object.name("problems"), &error.problems, |out, problem| problem.write_json(out));
    if let Some(fault) = &error.fault {
        object.text("path", &fault.path);
        object.number("offset", Some(small(fault.offset)));
    }
    object.number("origin", error.cause);
    object.close();
    data
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
