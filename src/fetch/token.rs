//! The caller's token provider, and the cache of tokens that clients share.

use super::abort::member;
use crate::client::TokenReply;
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Asks it, or the cache.
pub(super) async fn ask(provider: JsValue) -> Result<TokenReply, JsValue> {
    let given = provider.dyn_into::<Function>()?.call0(&JsValue::UNDEFINED)?;
    let given = JsFuture::from(Promise::resolve(&given)).await?;
    Ok(token_reply(&given))
}

/// Puts a token into the cache. What comes of that is its own business.
pub(super) fn keep(cache: &JsValue, token: &TokenReply) {
    if let Ok(set) = member(cache, "set").dyn_into::<Function>() {
        let expires_in = token.expires_in.map_or(JsValue::NULL, JsValue::from_f64);
        let _ = set.call2(cache, &JsValue::from_str(&token.access_token), &expires_in);
    }
}

/// A text, or `{ access_token, expires_in? }` as token endpoints say it; an empty token where it is neither.
fn token_reply(given: &JsValue) -> TokenReply {
    if let Some(access_token) = given.as_string() {
        return TokenReply { access_token, expires_in: None };
    }
    let access_token = member(given, "access_token").as_string().unwrap_or_default();
    TokenReply { access_token, expires_in: member(given, "expires_in").as_f64() }
}
