//! The foreign error that caused an error.

use crate::client::CallError;
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, sync::Arc};
use core::fmt;
use wasm_bindgen::{JsCast, JsValue};

/// The error of a call, with `kind`, `code`, `message()` and `advice()`.
pub type Error = Box<CallError<Cause>>;

/// The foreign error that caused an error: of the runtime's `fetch`, or of a token provider.
#[derive(Clone)]
pub struct Cause(Arc<dyn core::error::Error + Send + Sync>);

impl Cause {
    /// The error of a token provider, or the text of a value thrown by JavaScript.
    pub fn get_ref(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error of a token provider.
    pub(super) fn new(error: Box<dyn core::error::Error + Send + Sync>) -> Cause {
        Cause(error.into())
    }

    /// The text of a value thrown by JavaScript.
    pub(super) fn from_js(value: &JsValue) -> Cause {
        // A JavaScript value cannot be sent to other threads.
        Cause::new(describe(value).into())
    }
}

/// The name and message of an error, or a description of another value.
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
