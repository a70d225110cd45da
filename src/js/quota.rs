//! The quota, the token and the notices of all isolates, for JavaScript: what the Durable Object decides.

use super::lines::lines;
use crate::client::{Credentials, HttpResponse, TOKEN_URL};
use crate::decode::{self, Body};
use crate::gateway::quota::{Ask, FetchId, GrantId, Keeper, Need, Quota, Verdict};
use crate::gateway::{About, Config, Notices, Refusal, no_token};
use crate::model::{ObjectWriter, write_list, write_text};
use js_sys::{Array, Error};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// What one Durable Object keeps.
#[wasm_bindgen]
pub struct RawQuota {
    quota: Quota,
    keeper: Keeper,
    notices: Notices,
}

#[wasm_bindgen]
impl RawQuota {
    /// With a gateway's options as JSON text, the credentials, a number to scatter by, and the name of a numbering of
    /// notices for the case that none was kept.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &str,
        client_id: String,
        client_secret: String,
        token_url: Option<String>,
        seed: u32,
        epoch: &str,
    ) -> Result<RawQuota, Error> {
        let options = decode::json(options.as_bytes()).unwrap_or_default();
        let config = Config::check(&options).map_err(|_| Error::new("The gateway's options cannot be used."))?;
        let token_url = token_url.unwrap_or_else(|| TOKEN_URL.to_owned());
        let credentials = Credentials { client_id, client_secret, token_url, cached: false };
        Ok(RawQuota {
            quota: Quota::new(config.limits, config.reserve_percent),
            keeper: Keeper::new(credentials, seed),
            notices: Notices::new(epoch),
        })
    }

    /// Goes on from what was kept.
    pub fn import(&mut self, pace: Option<String>, token: Option<String>, notices: Option<String>, now_ms: f64) {
        if let Some(text) = pace {
            self.quota.import(&text, now_ms as i64);
        }
        if let Some(text) = token {
            self.keeper.import(&text, now_ms as i64);
        }
        if let Some(text) = notices {
            self.notices.hear(&text);
        }
    }

    /// The pace, to be kept.
    #[wasm_bindgen(js_name = exportPace)]
    pub fn export_pace(&self) -> String {
        self.quota.export()
    }

    /// The token, to be kept.
    #[wasm_bindgen(js_name = exportToken)]
    pub fn export_token(&self) -> String {
        self.keeper.export()
    }

    /// The notices, to be kept.
    #[wasm_bindgen(js_name = exportNotices)]
    pub fn export_notices(&self) -> String {
        self.notices.export()
    }

    /// An isolate asks for slots. Gives the number that [`decide`](RawQuota::decide) tells of it by.
    pub fn ask(&mut self, tenant: &str, more: u32, life_ms: u32, patience_ms: u32, now_ms: f64) -> u32 {
        self.quota.ask(Ask { tenant, more, life_ms, patience_ms }, now_ms as i64).0
    }

    /// The next decision: the ask's number, how many slots, the grant, its life and how long it was held; or no slots, the
    /// body of an error. None until something happens.
    pub fn decide(&mut self, now_ms: f64) -> Option<Array> {
        let (ask, verdict) = self.quota.next(now_ms as i64)?;
        let array = Array::of1(&JsValue::from(ask.0));
        match verdict {
            Verdict::Granted { grant, slots, life_ms, held_ms } => {
                for number in [f64::from(slots), grant.0 as f64, f64::from(life_ms), f64::from(held_ms)] {
                    array.push(&JsValue::from(number));
                }
            }
            Verdict::Spent { renews_at_ms } => {
                array.push(&JsValue::from(0));
                array.push(&JsValue::from_str(&Refusal::spent(renews_at_ms).0.to_json()));
            }
            Verdict::Busy { retry_after_ms } => {
                array.push(&JsValue::from(0));
                array.push(&JsValue::from_str(&Refusal::busy(retry_after_ms).0.to_json()));
            }
        }
        Some(array)
    }

    /// In how many milliseconds there may be a decision.
    #[wasm_bindgen(js_name = wakeInMs)]
    pub fn wake_in_ms(&mut self, now_ms: f64) -> Option<f64> {
        self.quota.wake_in_ms(now_ms as i64).map(|ms| ms as f64)
    }

    /// A lease is over with slots that were not used.
    #[wasm_bindgen(js_name = giveBack)]
    pub fn give_back(&mut self, grant: f64, unused: u32, now_ms: f64) {
        self.quota.give_back(GrantId(grant as u64), unused, now_ms as i64);
    }

    /// The service says that requests come too fast, or that the quota is spent.
    pub fn refused(&mut self, now_ms: f64, retry_after_ms: Option<u32>, quota: bool) {
        self.quota.refused(now_ms as i64, retry_after_ms, quota);
    }

    /// The service has answered.
    pub fn answered(&mut self) {
        self.quota.answered();
        self.keeper.accepted();
    }

    /// The service has refused a token. Says whether there is, or may be, another.
    #[wasm_bindgen(js_name = refuseToken)]
    pub fn refuse_token(&mut self, generation: u32, now_ms: f64) -> bool {
        self.keeper.refuse(generation, now_ms as i64)
    }

    /// What is to be done for the token, as an array: `have`, the token, its number, until when and from when another is
    /// worth asking for; `fetch`, a number, address, headers as lines and body; `wait`; or `failed`, the body of an error.
    pub fn token(&mut self, now_ms: f64) -> Array {
        match self.keeper.need(now_ms as i64) {
            Need::Have { access_token, generation, expires_at_ms, renew_at_ms } => {
                let time = |ms: Option<i64>| ms.map_or(JsValue::NULL, |ms| JsValue::from(ms as f64));
                let [expires, renew] = [expires_at_ms, renew_at_ms].map(time);
                Array::of5(
                    &JsValue::from_str("have"),
                    &JsValue::from_str(&access_token),
                    &JsValue::from(generation),
                    &expires,
                    &renew,
                )
            }
            Need::Fetch(id, request) => Array::of5(
                &JsValue::from_str("fetch"),
                &JsValue::from(id.0),
                &JsValue::from_str(&request.url),
                &JsValue::from_str(&lines(&request.headers)),
                &JsValue::from_str(request.body.as_deref().unwrap_or_default()),
            ),
            Need::Wait => Array::of1(&JsValue::from_str("wait")),
            Need::Failed(error) => {
                Array::of2(&JsValue::from_str("failed"), &JsValue::from_str(&no_token(&error).0.to_json()))
            }
        }
    }

    /// What the token endpoint answered; status 0: it was not reached.
    #[wasm_bindgen(js_name = tokenCame)]
    pub fn token_came(
        &mut self,
        id: u32,
        status: u16,
        message_id: Option<String>,
        retry_after: Option<String>,
        body: &[u8],
        now_ms: f64,
    ) {
        let response = HttpResponse {
            status,
            mashery_error_code: None,
            message_id,
            retry_after,
            date: None,
            body: Body::of(body),
            raw: (),
        };
        let result = if status > 0 { Ok(response) } else { Err("the token endpoint was not reached".to_owned()) };
        self.keeper.on_response(FetchId(id), result, now_ms as i64);
    }

    /// In how many milliseconds those who wait for the token should ask again.
    #[wasm_bindgen(js_name = tokenWakeInMs)]
    pub fn token_wake_in_ms(&mut self, now_ms: f64) -> Option<f64> {
        self.keeper.wake_in_ms(now_ms as i64).map(|ms| ms as f64)
    }

    /// Posts a notice; `false` where nothing is called so.
    pub fn post(&mut self, about: &str, id: &str) -> bool {
        let about = About::from_name(about);
        if let Some(about) = about {
            self.notices.post(about, id);
        }
        about.is_some()
    }

    /// What somebody who has heard so much has yet to hear.
    pub fn since(&self, heard: &str) -> String {
        self.notices.since(heard)
    }

    /// What is used and left, as JSON text.
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
        write_list(object.name("waiting"), &budget.waiting, |out, (tenant, asks)| {
            out.push('[');
            write_text(out, tenant);
            out.push_str(&format!(",{asks}]"));
        });
        object.close();
        out
    }
}
