//! Values across the border.

use crate::model::Json;
use js_sys::{Array, Date, JsString, Object};
use wasm_bindgen::{JsCast, JsValue};

/// A JavaScript value as JSON, for the rules to judge. A `Date` becomes its ISO text, undefined members are left out,
/// what JSON has no word for becomes a text that names its type, so that it is refused by name and not lost.
pub(super) fn to_json(value: &JsValue) -> Json {
    to_json_within(value, 8)
}

fn to_json_within(value: &JsValue, depth: u32) -> Json {
    if value.is_null() || value.is_undefined() {
        return Json::Null;
    }
    if let Some(boolean) = value.as_bool() {
        return Json::Bool(boolean);
    }
    if let Some(number) = value.as_f64() {
        // JavaScript prints its own numbers: the code that does so in Rust weighs 15 KB.
        let text = js_sys::Number::from(number).to_string_with_radix(10).map(String::from).unwrap_or_default();
        return if number.is_finite() { Json::Number(text) } else { Json::Text(text) };
    }
    if let Some(text) = value.as_string() {
        return Json::Text(text);
    }
    if let Some(date) = value.dyn_ref::<Date>() {
        let is_date = date.get_time().is_finite();
        return Json::Text(if is_date { String::from(date.to_iso_string()) } else { "Invalid Date".to_owned() });
    }
    if depth > 0 && value.is_object() && !value.is_function() {
        if Array::is_array(value) {
            let items = value.unchecked_ref::<Array>();
            return Json::List(items.iter().map(|item| to_json_within(&item, depth - 1)).collect());
        }
        let entries = Object::entries(value.unchecked_ref::<Object>());
        let members = entries.iter().filter_map(|entry| {
            let entry: Array = entry.dyn_into().ok()?;
            let value = entry.get(1);
            let name = entry.get(0).dyn_into::<JsString>().ok()?;
            (!value.is_undefined()).then(|| (String::from(name), to_json_within(&value, depth - 1)))
        });
        return Json::Object(members.collect());
    }
    Json::Text(format!("[{}]", value.js_typeof().as_string().unwrap_or_default()))
}

/// JSON text as a JavaScript value. `JSON.parse` is faster than building objects member by member from here, and a
/// member named `__proto__` stays a member.
#[cfg(feature = "sandbox")]
pub(super) fn parse(text: &str) -> JsValue {
    js_sys::JSON::parse(text).unwrap_or(JsValue::UNDEFINED)
}
