//! Errors as plain data, from which the package makes its error classes.

use super::value::parse;
use crate::client::CallError;
use crate::model::Json;
use serde::Serialize;
use wasm_bindgen::JsValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorData<'a> {
    kind: &'a str,
    code: &'a str,
    message: &'a str,
    advice: &'a str,
    retryable: bool,
    source: &'a str,
    status: Option<u16>,
    retry_after_ms: Option<u32>,
    message_id: Option<&'a str>,
    attempts: u32,
    operation: &'a str,
    ids: &'a [String],
    #[serde(with = "serde_wasm_bindgen::preserve")]
    problems: JsValue,
    path: Option<&'a str>,
    offset: Option<usize>,
    has_cause: bool,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    cause: JsValue,
}

/// The error as a plain object.
pub(super) fn error_data(error: &CallError<JsValue>) -> JsValue {
    let problems = Json::List(error.problems.iter().map(|problem| problem.to_json()).collect());
    let data = ErrorData {
        kind: error.kind.as_str(),
        code: &error.code,
        message: &error.message,
        advice: error.advice,
        retryable: error.retryable,
        source: error.source.as_str(),
        status: error.status.filter(|status| *status > 0),
        retry_after_ms: error.retry_after_ms,
        message_id: error.message_id.as_deref(),
        attempts: error.attempts,
        operation: error.operation,
        ids: &error.ids,
        problems: parse(&problems.to_text()),
        path: error.fault.as_ref().map(|fault| fault.path.as_str()),
        offset: error.fault.as_ref().map(|fault| fault.offset),
        has_cause: error.cause.is_some(),
        cause: error.cause.clone().unwrap_or(JsValue::UNDEFINED),
    };
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    data.serialize(&serializer).unwrap_or_else(|_| JsValue::from_str(&error.message))
}
