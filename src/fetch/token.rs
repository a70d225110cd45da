//! The caller's token provider.

use super::abort::member;
use crate::client::TokenReply;
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Asks it.
pub(super) async fn ask(provider: JsValue) -> Result<TokenReply, JsValue> {
    let given = provider.dyn_into::<Function>()?.call0(&JsValue::UNDEFINED)?;
    let given = JsFuture::from(Promise::resolve(&given)).await?;
    Ok(token_reply(&given))
}

/// A text, or `{ access_token, expires_in? }` as token endpoints say it; an empty token where it is neither.
fn token_reply(given: &JsValue) -> TokenReply {
    if let Some(access_token) = given.as_string() {
        return TokenReply { access_token, expires_in: None };
    }
    let access_token = member(given, "access_token").as_string().unwrap_or_default();
    TokenReply { access_token, expires_in: member(given, "expires_in").as_f64() }
}
