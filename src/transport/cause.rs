//! The failure outside this crate behind an error.

use crate::client::CallError;
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, sync::Arc};
use core::fmt;
use wasm_bindgen::{JsCast, JsValue};

/// The error of a call. It tells what happened (`kind`, `code`, `message()`) and what to do (`advice()`).
pub type Error = Box<CallError<Cause>>;

/// The failure outside this crate behind an error: of the runtime's `fetch`, or of a token provider.
#[derive(Clone)]
pub struct Cause(Arc<dyn core::error::Error + Send + Sync>);

impl Cause {
    /// The failure: a text of what JavaScript has thrown, or the error that a token provider gave.
    pub fn get_ref(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The failure of a token provider.
    pub(super) fn new(error: Box<dyn core::error::Error + Send + Sync>) -> Cause {
        Cause(error.into())
    }

    /// What JavaScript has thrown.
    pub(super) fn from_js(value: &JsValue) -> Cause {
        // A text can be sent to other threads, a value of JavaScript cannot.
        Cause::new(describe(value).into())
    }
}

/// Name and message of an error, or what else was thrown, in words.
fn describe(value: &JsValue) -> String {
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => format!("{}: {}", String::from(error.name()), String::from(error.message())),
        None => value.as_string().unwrap_or_else(|| "a value that is not an error was thrown".to_owned()),
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Cause {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source()
    }
}
