//! Conversion of the sandbox's values. Size matters little on servers, so it reads JavaScript values directly and writes them by
//! serde.

use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String};
use js_sys::{Array, Date, JsString, Object};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use wasm_bindgen::{JsCast, JsValue};

/// Converts a JavaScript value to JSON. A `Date` becomes its ISO text, undefined members are omitted, and values without a JSON
/// form become a text that names their type, so that the rules reject them.
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
        return if number.is_finite() { Json::Number(text) } else { Json::String(text) };
    }
    if let Some(text) = value.as_string() {
        return Json::String(text);
    }
    if let Some(date) = value.dyn_ref::<Date>() {
        let is_date = date.get_time().is_finite();
        return Json::String(if is_date { String::from(date.to_iso_string()) } else { "Invalid Date".to_owned() });
    }
    if depth > 0 && value.is_object() && !value.is_function() {
        if Array::is_array(value) {
            let items = value.unchecked_ref::<Array>();
            return Json::Array(items.iter().map(|item| to_json_within(&item, depth - 1)).collect());
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
    Json::String(format!("[{}]", value.js_typeof().as_string().unwrap_or_default()))
}

/// Converts JSON to a JavaScript value.
pub(super) fn to_js(value: &Json) -> Result<JsValue, serde_wasm_bindgen::Error> {
    JsonSerialize(value).serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// An adapter that serializes JSON by serde.
struct JsonSerialize<'v>(&'v Json);

impl Serialize for JsonSerialize<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(digits) => serializer.serialize_f64(digits.parse().unwrap_or(f64::NAN)),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&JsonSerialize(item))?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    object.serialize_entry(name, &JsonSerialize(value))?;
                }
                object.end()
            }
        }
    }
}
