//! The service, for JavaScript.

use super::lines::lines;
use super::value::{to_js, to_json};
use crate::sandbox::{Effect, OptionError, Options, Request, Sandbox};
use js_sys::{Array, TypeError, Uint8Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// A sandbox. Every call says what the real clock says, for one that goes with it.
#[wasm_bindgen]
pub struct RawSandbox {
    inner: Sandbox,
}

#[wasm_bindgen]
impl RawSandbox {
    /// A sandbox with these options; what is wrong with them is thrown as a `TypeError`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, wall_ms: f64) -> Result<RawSandbox, TypeError> {
        let options = Options::from_json(&to_json(options), wall_ms as i64).map_err(thrown)?;
        Ok(RawSandbox { inner: Sandbox::new(options) })
    }

    /// Answers a request. Headers are lines of a name, a colon and a value. What comes back is an array: status, the
    /// headers in the same form, the body, the delay in milliseconds, the effect's name and its milliseconds.
    pub fn handle(&mut self, wall_ms: f64, method: String, url: String, headers: &str, body: Vec<u8>) -> Array {
        self.inner.follow_clock(wall_ms as i64);
        let headers = headers.lines().filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let answer = self.inner.handle(&Request { method, url, headers, body });
        let effect_ms = match answer.effect {
            Effect::SlowBody { ms } => ms,
            _ => 0,
        };
        Array::of(&[
            JsValue::from(answer.status),
            JsValue::from(lines(&answer.headers)),
            JsValue::from(Uint8Array::from(answer.body.as_slice())),
            JsValue::from(answer.delay_ms),
            JsValue::from(answer.effect.as_str()),
            JsValue::from(effect_ms),
        ])
    }

    /// What is in the sandbox and what it has done, as much of it as the options ask for.
    pub fn info(&mut self, wall_ms: f64, options: &JsValue) -> Result<JsValue, TypeError> {
        self.inner.follow_clock(wall_ms as i64);
        let info = self.inner.info_with(&to_json(options)).map_err(thrown)?;
        to_js(&info).map_err(|error| TypeError::new(&error.to_string()))
    }

    /// Puts a case in place of the one with its id, or adds it.
    pub fn put(&mut self, wall_ms: f64, case: &JsValue) -> Result<(), TypeError> {
        self.inner.follow_clock(wall_ms as i64);
        self.inner.put(&to_json(case)).map_err(thrown)
    }

    /// Moves the clock on by whole milliseconds, and the cases with it.
    pub fn advance(&mut self, ms: f64) {
        self.inner.advance(ms as u64);
    }

    /// Switches a fault on.
    pub fn fault(&mut self, fault: &JsValue) -> Result<(), TypeError> {
        self.inner.fault(&to_json(fault)).map_err(thrown)
    }

    /// Switches all faults off.
    #[wasm_bindgen(js_name = clearFaults)]
    pub fn clear_faults(&mut self) {
        self.inner.clear_faults();
    }
}

fn thrown(error: OptionError) -> TypeError {
    TypeError::new(&error.message)
}
