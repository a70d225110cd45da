//! Errors as plain data, from which the package creates its error classes.

use crate::client::CallError;
use crate::model::Timestamp;
use crate::util::{ObjectWriter, write_array, write_string};
use alloc::string::String;

/// Encodes an error as JSON text. Meaning and advice are in the package's tables, under the index of the row; the cause is in
/// JavaScript, under its number.
pub(super) fn error_text(error: &CallError<u32>) -> String {
    let mut data = String::new();
    let mut object = ObjectWriter::open(&mut data);
    object.string("kind", error.kind.as_str());
    object.string("code", &error.code);
    object.number("row", error.row.table_index().map(small));
    object.string("before", &error.prefix);
    object.string("detail", &error.detail);
    object.name("retryable").push_str(if error.retryable { "true" } else { "false" });
    object.string("source", error.source.as_str());
    object.number("status", error.status.filter(|status| *status > 0).map(u32::from));
    object.number("retryAfterMs", error.retry_after_ms);
    if let Some(date) = error.renews_at_ms.and_then(Timestamp::from_unix_ms) {
        object.string("renewsAt", date.as_str());
    }
    if let Some(id) = &error.message_id {
        object.string("messageId", id);
    }
    if let Some(id) = &error.request_id {
        object.string("requestId", id);
    }
    object.number("attempts", Some(error.attempts));
    object.number("waitedMs", Some(error.waited_ms));
    object.string("operation", error.operation);
    write_array(object.name("ids"), &error.ids, |out, id| write_string(out, id));
    write_array(object.name("problems"), &error.problems, |out, problem| problem.write_json(out));
    if let Some(fault) = &error.decode_error {
        object.string("path", &fault.path);
        object.number("offset", Some(small(fault.offset)));
    }
    object.number("origin", error.cause);
    object.close();
    data
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
