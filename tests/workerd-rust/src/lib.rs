//! The client for Rust in a Worker: one at module scope, for all requests of an isolate.

#![cfg(target_arch = "wasm32")]

use cisco_support_case::transport::{CaseSummaryParams, Client, ClientOptions, Error, RateLimits};
use std::cell::OnceCell;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

thread_local! {
    static CLIENT: OnceCell<Client> = const { OnceCell::new() };
}

fn client(service: &str) -> Result<Client, Error> {
    CLIENT.with(|cell| match cell.get() {
        Some(client) => Ok(client.clone()),
        None => {
            let options = ClientOptions::new()
                .base_url(format!("{service}/case/v3"))
                .credentials("id", "secret")
                .token_url(format!("{service}/token"))
                .rate_limit(RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 10 });
            Client::new(options).map(|client| cell.get_or_init(|| client).clone())
        }
    })
}

/// Requests a case from the service at an address; returns its title.
///
/// # Errors
///
/// Returns the errors of the client.
#[wasm_bindgen]
pub async fn title(service: String, case_id: String) -> Result<String, JsError> {
    let summary =
        client(&service).map_err(|error| JsError::from(*error))?.case_summary(CaseSummaryParams::new([case_id]));
    let summary = summary.await.map_err(|error| JsError::from(*error))?;
    Ok(summary.cases.into_iter().map(|case| case.title).collect())
}

/// Returns the number of concurrent requests that the rate limiter counts.
///
/// # Errors
///
/// Returns the errors of the client.
#[wasm_bindgen(js_name = inFlight)]
pub fn in_flight(service: &str) -> Result<u32, JsError> {
    client(service).map(|client| client.budget().concurrent.used).map_err(|error| JsError::from(*error))
}
