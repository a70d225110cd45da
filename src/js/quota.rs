//! Quota, token and invalidation log of the Durable Object, for JavaScript.

use super::gateway::parse_expired;
use super::headers::{encode_headers, response};
use crate::boundary::service_token;
use crate::client::{Credentials, TOKEN_URL};
use crate::decode::{self, Body};
use crate::gateway::quota::{LeaseDecision, LeaseId, LeaseRequest, Quota, TokenManager, TokenRequestId, TokenStatus};
use crate::gateway::{GatewayConfig, GatewayError, InvalidationLog, InvalidationScope, token_error};
use crate::util::{Json, ObjectWriter, write_array, write_string};
use alloc::{borrow::ToOwned, format, string::String};
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// State of one Durable Object.
#[wasm_bindgen]
pub struct RawQuota {
    quota: Quota,
    token_manager: TokenManager,
    log: InvalidationLog,
}

#[wasm_bindgen]
impl RawQuota {
    /// Creates the state by a gateway's options as JSON text; the credentials as JSON text `{ clientId, clientSecret,
    /// tokenUrl }`, in which the address is optional; the epoch of the invalidation log if none is stored; and a random
    /// seed.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, credentials: &str, epoch: &str, seed: u32) -> Result<RawQuota, Error> {
        let options = decode::json(options.as_bytes()).unwrap_or_default();
        let config = GatewayConfig::check(&options).map_err(|_| Error::new("The gateway's options are not valid."))?;
        let given = decode::json(credentials.as_bytes()).unwrap_or_default();
        let text = |name: &str| given.get(name).and_then(Json::as_str).map(str::to_owned);
        let credentials = Credentials {
            client_id: text("clientId").unwrap_or_default(),
            client_secret: text("clientSecret").unwrap_or_default(),
            token_url: text("tokenUrl").unwrap_or_else(|| TOKEN_URL.to_owned()),
            cached: false,
        };
        Ok(RawQuota {
            quota: Quota::new(config.limits, config.reserve_percent),
            token_manager: TokenManager::new(credentials, seed),
            log: InvalidationLog::new(epoch),
        })
    }

    /// Restores the quota from storage.
    #[wasm_bindgen(js_name = importQuota)]
    pub fn import_quota(&mut self, text: &str, now_ms: f64) {
        self.quota.import(text, now_ms as i64);
    }

    /// Restores the token from storage.
    #[wasm_bindgen(js_name = importToken)]
    pub fn import_token(&mut self, text: &str, now_ms: f64) {
        self.token_manager.import(text, now_ms as i64);
    }

    /// Restores the invalidation log from storage.
    #[wasm_bindgen(js_name = importInvalidations)]
    pub fn import_invalidations(&mut self, text: &str) {
        self.log.apply(text);
    }

    /// Serializes the quota for storage.
    #[wasm_bindgen(js_name = exportQuota)]
    pub fn export_quota(&self) -> String {
        self.quota.export()
    }

    /// Serializes the token for storage.
    #[wasm_bindgen(js_name = exportToken)]
    pub fn export_token(&self) -> String {
        self.token_manager.export()
    }

    /// Serializes the invalidation log for storage.
    #[wasm_bindgen(js_name = exportInvalidations)]
    pub fn export_invalidations(&self) -> String {
        self.log.export()
    }

    /// Adds a request for a lease. Returns its id, by which [`next_decision`](RawQuota::next_decision) decides it.
    #[wasm_bindgen(js_name = requestLease)]
    pub fn request_lease(&mut self, tenant: &str, wish: RawLeaseRequest, now_ms: f64) -> u32 {
        let RawLeaseRequest { extra, duration_ms, max_wait_ms } = wish;
        self.quota.request(LeaseRequest { tenant, extra, duration_ms, max_wait_ms }, now_ms as i64).0
    }

    /// Returns the next decision; `undefined` until something happens.
    #[wasm_bindgen(js_name = nextDecision)]
    pub fn next_decision(&mut self, now_ms: f64) -> Option<RawLeaseDecision> {
        let (request, decision) = self.quota.next_decision(now_ms as i64)?;
        let refused =
            |error: GatewayError| RawLeaseDecision { error: Some(error.0.to_json()), ..RawLeaseDecision::default() };
        let decision = match decision {
            LeaseDecision::Granted { id, permits, duration_ms, waited_ms } => {
                RawLeaseDecision { request: 0, permits, id: id.0 as f64, duration_ms, waited_ms, error: None }
            }
            LeaseDecision::QuotaExhausted { renews_at_ms } => refused(GatewayError::quota_exhausted(renews_at_ms)),
            LeaseDecision::Busy { retry_after_ms } => refused(GatewayError::busy(retry_after_ms)),
        };
        Some(RawLeaseDecision { request: request.0, ..decision })
    }

    /// Returns the time until the next decision, in milliseconds.
    #[wasm_bindgen(js_name = wakeInMs)]
    pub fn wake_in_ms(&mut self, now_ms: f64) -> Option<f64> {
        self.quota.wake_in_ms(now_ms as i64).map(|ms| ms as f64)
    }

    /// Returns leases with their unused permits, by the text of [`RawGateway`](super::RawGateway).
    #[wasm_bindgen(js_name = returnLeases)]
    pub fn return_leases(&mut self, over: &str, now_ms: f64) {
        for (grant, unused) in parse_expired(over) {
            self.quota.return_lease(LeaseId(grant), unused, now_ms as i64);
        }
    }

    /// Handles a rate-limit or quota error of the service.
    #[wasm_bindgen(js_name = onRateLimited)]
    pub fn on_rate_limited(&mut self, is_quota: bool, retry_after_ms: Option<u32>, now_ms: f64) {
        self.quota.on_rate_limited(now_ms as i64, retry_after_ms, is_quota);
    }

    /// Handles a successful response of the service.
    #[wasm_bindgen(js_name = onSuccess)]
    pub fn on_success(&mut self) {
        self.quota.on_success();
        self.token_manager.mark_accepted();
    }

    /// Handles a rejection of a token by the service. Returns whether there is, or may be, another.
    #[wasm_bindgen(js_name = rejectToken)]
    pub fn reject_token(&mut self, generation: u32, now_ms: f64) -> bool {
        self.token_manager.reject(generation, now_ms as i64)
    }

    /// Returns the status of the token.
    #[wasm_bindgen(js_name = pollToken)]
    pub fn poll_token(&mut self, now_ms: f64) -> RawTokenStatus {
        match self.token_manager.poll(now_ms as i64) {
            TokenStatus::Ready { access_token, generation, expires_at_ms, renew_at_ms } => RawTokenStatus {
                access_token,
                generation,
                expires_at_ms: expires_at_ms.map(|ms| ms as f64),
                renew_at_ms: renew_at_ms.map(|ms| ms as f64),
                ..RawTokenStatus::new(service_token::READY)
            },
            TokenStatus::Fetch(id, request) => RawTokenStatus {
                request_id: id.0,
                headers: encode_headers(&request.headers),
                body: request.body.unwrap_or_default(),
                url: request.url,
                ..RawTokenStatus::new(service_token::FETCH)
            },
            TokenStatus::Wait => RawTokenStatus::new(service_token::WAIT),
            TokenStatus::Failed(error) => {
                RawTokenStatus { error: token_error(&error).0.to_json(), ..RawTokenStatus::new(service_token::FAILED) }
            }
        }
    }

    /// Handles the response of the token endpoint; status 0: there was none.
    #[wasm_bindgen(js_name = onTokenResponse)]
    pub fn on_token_response(&mut self, request_id: u32, status: u16, headers: &str, body: &[u8], now_ms: f64) {
        let result = if status > 0 {
            Ok(response(status, headers, Body::from_slice(body)))
        } else {
            Err("the token endpoint could not be reached".to_owned())
        };
        self.token_manager.on_response(TokenRequestId(request_id), result, now_ms as i64);
    }

    /// Returns the time until waiting isolates should poll the token again, in milliseconds.
    #[wasm_bindgen(js_name = tokenWakeInMs)]
    pub fn token_wake_in_ms(&mut self, now_ms: f64) -> Option<f64> {
        self.token_manager.wake_in_ms(now_ms as i64).map(|ms| ms as f64)
    }

    /// Appends to the invalidation log; `false` for an unknown scope.
    pub fn invalidate(&mut self, scope: &str, id: &str, now_ms: f64) -> bool {
        let scope = InvalidationScope::from_name(scope);
        if let Some(scope) = scope {
            self.log.append(scope, id, now_ms as i64);
        }
        scope.is_some()
    }

    /// Returns the entries of the invalidation log after a version.
    #[wasm_bindgen(js_name = invalidationsSince)]
    pub fn invalidations_since(&self, version: &str) -> String {
        self.log.entries_since(version)
    }

    /// Returns the usage of the limits as JSON text.
    pub fn budget(&mut self, now_ms: f64) -> String {
        let budget = self.quota.budget(now_ms as i64);
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        let windows =
            [("second", budget.windows.second), ("minute", budget.windows.minute), ("day", budget.windows.day)];
        for (name, used) in windows {
            let mut window = ObjectWriter::open(object.name(name));
            window.number("limit", Some(used.limit));
            window.number("used", Some(used.used));
            window.number("left", used.left);
            window.close();
        }
        object.number("leased", Some(budget.leased));
        object.number("tenants", Some(budget.tenants));
        write_array(object.name("waiting"), &budget.waiting, |out, (tenant, asks)| {
            out.push('[');
            write_string(out, tenant);
            out.push_str(&format!(",{asks}]"));
        });
        object.close();
        out
    }
}

/// Parameters of a lease request.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, Default)]
pub struct RawLeaseRequest {
    /// Number of extra permits.
    pub extra: u32,
    /// Desired duration, in milliseconds.
    #[wasm_bindgen(js_name = durationMs)]
    pub duration_ms: u32,
    /// Longest wait, in milliseconds.
    #[wasm_bindgen(js_name = maxWaitMs)]
    pub max_wait_ms: u32,
}

#[wasm_bindgen]
impl RawLeaseRequest {
    /// Creates a request for one permit without a wait.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawLeaseRequest {
        RawLeaseRequest::default()
    }
}

/// Decision about a lease request.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Default)]
pub struct RawLeaseDecision {
    /// Id that [`RawQuota::request_lease`] returned.
    #[wasm_bindgen(readonly)]
    pub request: u32,
    /// Number of granted permits; 0 if there is an error.
    #[wasm_bindgen(readonly)]
    pub permits: u32,
    /// Id of the lease.
    #[wasm_bindgen(readonly)]
    pub id: f64,
    /// Duration of the lease, in milliseconds from the grant.
    #[wasm_bindgen(readonly, js_name = durationMs)]
    pub duration_ms: u32,
    /// Time that the request waited, in milliseconds.
    #[wasm_bindgen(readonly, js_name = waitedMs)]
    pub waited_ms: u32,
    /// Body of the error, if no lease was granted.
    #[wasm_bindgen(readonly)]
    pub error: Option<String>,
}

/// Status of the service's token, with the values of that status.
#[wasm_bindgen(getter_with_clone)]
#[derive(Default)]
pub struct RawTokenStatus {
    /// Status, a [`service_token`].
    #[wasm_bindgen(readonly)]
    pub state: u32,
    /// Token without "Bearer", if it is ready.
    #[wasm_bindgen(readonly, js_name = accessToken)]
    pub access_token: String,
    /// Number of the token.
    #[wasm_bindgen(readonly)]
    pub generation: u32,
    /// End of its validity, in milliseconds since 1970, if it is known.
    #[wasm_bindgen(readonly, js_name = expiresAtMs)]
    pub expires_at_ms: Option<f64>,
    /// Time from which to poll for another, in milliseconds since 1970.
    #[wasm_bindgen(readonly, js_name = renewAtMs)]
    pub renew_at_ms: Option<f64>,
    /// Id of the token request, for [`RawQuota::on_token_response`].
    #[wasm_bindgen(readonly, js_name = requestId)]
    pub request_id: u32,
    /// URL of the token request.
    #[wasm_bindgen(readonly)]
    pub url: String,
    /// Headers of the token request.
    #[wasm_bindgen(readonly)]
    pub headers: String,
    /// Body of the token request.
    #[wasm_bindgen(readonly)]
    pub body: String,
    /// Body of the error, if the status is failed.
    #[wasm_bindgen(readonly)]
    pub error: String,
}

impl RawTokenStatus {
    fn new(state: u32) -> RawTokenStatus {
        RawTokenStatus { state, ..RawTokenStatus::default() }
    }
}
