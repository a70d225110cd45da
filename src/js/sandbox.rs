//! JavaScript bindings of the sandbox.

use super::convert::{to_js, to_json};
use super::headers::encode_headers;
use crate::sandbox::{Effect, OptionError, Options, Sandbox, SandboxRequest};
use alloc::{borrow::ToOwned, string::String, string::ToString, vec::Vec};
use js_sys::{Object, TypeError, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

/// The response that [`RawSandbox::handle`] returns, for TypeScript.
#[wasm_bindgen(typescript_custom_section)]
const RAW_RESPONSE: &str = r#"
/** A response of the sandbox, and what the transport does to it. */
export interface RawSandboxResponse {
    /** HTTP status code. */
    status: number;
    /** Lines of a name, a colon and a value. */
    headerLines: string;
    /** The complete body. */
    body: Uint8Array<ArrayBuffer>;
    /** Milliseconds to wait before anything is sent. */
    delayMs: number;
    /** The effect on the response; `""` for none. */
    effect: "" | "reset" | "truncated_body" | "slow_body";
    /** Milliseconds from the first piece to the last, of `slow_body`. */
    effectMs: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// A response as a plain object with named members.
    #[wasm_bindgen(extends = Object, typescript_type = "RawSandboxResponse")]
    pub type RawSandboxResponse;

    #[wasm_bindgen(method, setter, js_name = "status")]
    fn set_status(this: &RawSandboxResponse, status: u16);
    #[wasm_bindgen(method, setter, js_name = "headerLines")]
    fn set_header_lines(this: &RawSandboxResponse, lines: &str);
    #[wasm_bindgen(method, setter, js_name = "body")]
    fn set_body(this: &RawSandboxResponse, body: Uint8Array);
    #[wasm_bindgen(method, setter, js_name = "delayMs")]
    fn set_delay_ms(this: &RawSandboxResponse, ms: u32);
    #[wasm_bindgen(method, setter, js_name = "effect")]
    fn set_effect(this: &RawSandboxResponse, name: &str);
    #[wasm_bindgen(method, setter, js_name = "effectMs")]
    fn set_effect_ms(this: &RawSandboxResponse, ms: u32);
}

/// A sandbox. Methods that read the virtual clock take the current wall clock reading, for live sandboxes.
#[wasm_bindgen]
pub struct RawSandbox {
    inner: Sandbox,
}

#[wasm_bindgen]
impl RawSandbox {
    /// Creates a sandbox. Throws a `TypeError` for an invalid option.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, wall_ms: f64) -> Result<RawSandbox, TypeError> {
        let options = Options::from_json(&to_json(options), wall_ms as i64).map_err(thrown)?;
        Ok(RawSandbox { inner: Sandbox::new(options) })
    }

    /// Returns the response to a request. Headers are lines of a name, a colon and a value.
    pub fn handle(
        &mut self,
        wall_ms: f64,
        method: String,
        url: String,
        headers: &str,
        body: Vec<u8>,
    ) -> RawSandboxResponse {
        self.inner.follow_clock(wall_ms as i64);
        let headers = headers.lines().filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let answer = self.inner.handle(&SandboxRequest { method, url, headers, body });
        let effect_ms = match answer.effect {
            Effect::SlowBody { ms } => ms,
            _ => 0,
        };
        let response: RawSandboxResponse = Object::new().unchecked_into();
        response.set_status(answer.status);
        response.set_header_lines(&encode_headers(&answer.headers));
        response.set_body(Uint8Array::from(answer.body.as_slice()));
        response.set_delay_ms(answer.delay_ms);
        response.set_effect(answer.effect.as_str());
        response.set_effect_ms(effect_ms);
        response
    }

    /// Returns contents and statistics; the options limit the number of ids.
    pub fn info(&mut self, wall_ms: f64, options: &JsValue) -> Result<JsValue, TypeError> {
        self.inner.follow_clock(wall_ms as i64);
        let info = self.inner.info_with(&to_json(options)).map_err(thrown)?;
        to_js(&info).map_err(|error| TypeError::new(&error.to_string()))
    }

    /// Inserts a case, or replaces the one with its id.
    pub fn put(&mut self, wall_ms: f64, case: &JsValue) -> Result<(), TypeError> {
        self.inner.follow_clock(wall_ms as i64);
        self.inner.put(&to_json(case)).map_err(thrown)
    }

    /// Advances the clock by whole milliseconds and applies the mutations that become due.
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
