//! The gateway, for JavaScript: what one isolate decides. What is asked of it crosses as texts, and so does what it says.

use super::lines::lines;
use crate::client::HttpResponse;
use crate::decode::{self, Body};
use crate::endpoint::{BASE_URL, Request};
use crate::error::{ErrorBody, own_row};
use crate::gateway::{
    Answer, Asked, Config, Edge, Entry, Found, Freshness, Incoming, Leases, Origin, Pace, Payload, Permissions, Person,
    Refusal, Standing, Verdict, admit, asked, broken, delivered, judge, pace, plain, preflight, refused,
};
use crate::model::{ObjectWriter, write_list, write_text};
use js_sys::{Array, Error};
use std::rc::Rc;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// One isolate of a gateway.
#[wasm_bindgen]
pub struct RawGateway {
    edge: Edge,
}

#[wasm_bindgen]
impl RawGateway {
    /// A gateway with these options, as JSON text; what is wrong with them is thrown, all of it in one message.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<RawGateway, Error> {
        let options = decode::json(options.as_bytes()).unwrap_or_default();
        match Config::check(&options) {
            Ok(config) => Ok(RawGateway { edge: Edge::new(config) }),
            Err(problems) => {
                let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                Err(Error::new(&messages.join("; ")))
            }
        }
    }

    /// What it was made with, as far as the package's side has to know, as JSON text.
    pub fn settings(&self) -> String {
        let config = self.edge.config();
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        object.text("name", &config.name);
        object.text("prefix", &config.prefix);
        object.text("baseUrl", BASE_URL);
        object.number("timeoutMs", Some(config.timeout_ms));
        object.number("noticeMs", u32::try_from(config.notice_ms).ok());
        object.number("clockToleranceSeconds", Some(config.clock_tolerance_seconds));
        object.number("memoryBytes", Some(if config.cache.is_on { config.cache.memory_bytes } else { 0 }));
        object.name("cache").push_str(if config.cache.is_on { "true" } else { "false" });
        object.number("keptMs", u32::try_from(config.cache.stale_ms + config.cache.stale_if_error_ms).ok());
        write_list(object.name("missing"), &config.missing, |out, text| write_text(out, text));
        object.close();
        out
    }

    /// Reads a request.
    #[allow(clippy::too_many_arguments, reason = "what is read of a request, each by its name")]
    pub fn ask(
        &self,
        request_id: String,
        method: &str,
        url: &str,
        has_body: bool,
        origin: Option<String>,
        authorization: Option<String>,
        wanted_method: Option<String>,
        cache_control: Option<String>,
    ) -> RawAsk {
        let config = self.edge.config();
        let page = Origin::of(config, origin.as_deref(), url);
        let incoming = Incoming {
            method,
            url,
            authorization: authorization.as_deref(),
            wanted_method: wanted_method.as_deref(),
            cache_control: cache_control.as_deref(),
            has_body,
        };
        let is_by_header = config.is_by_header;
        let mut ask = RawAsk { page, request_id, is_by_header, asked: None, person: None, answer: None };
        match asked(config, &incoming, &ask.page) {
            Ok(Asked::Preflight) => ask.answer = Some(preflight(&ask.page, &ask.request_id)),
            Ok(asked) if config.missing.is_empty() || asked == Asked::Health => ask.asked = Some(asked),
            Ok(_) => ask.refused(Refusal::own("GATEWAY_NOT_CONFIGURED")),
            Err(refusal) => ask.refused(refusal),
        }
        ask
    }

    /// Whether it has heard lately what was revoked and purged.
    #[wasm_bindgen(js_name = isCurrent)]
    pub fn is_current(&self, now_ms: f64) -> bool {
        self.edge.is_current(now_ms as i64)
    }

    /// How much it has heard.
    pub fn heard(&self) -> String {
        self.edge.notices().heard()
    }

    /// Hears what was told to a question that was sent then.
    pub fn hear(&mut self, told: &str, sent_ms: f64) -> bool {
        self.edge.hear(told, sent_ms as i64)
    }

    /// Whether it is known what an identity may see.
    #[wasm_bindgen(js_name = isKnown)]
    pub fn is_known(&self, identity: &str, now_ms: f64) -> bool {
        self.edge.person(identity, now_ms as i64).is_some()
    }

    /// What is wrong with an identity, as the body of an error.
    #[wasm_bindgen(js_name = checkIdentity)]
    pub fn check_identity(&self, identity: &str) -> Option<String> {
        self.edge.identity(identity).err().map(|refusal| refusal.0.to_json())
    }

    /// The permissions among an identity's claims, as JSON text, where the options say in which.
    pub fn claimed(&self, identity: &str) -> Option<String> {
        self.edge.claimed(identity).map(|json| json.to_text())
    }

    /// Permissions in one spelling, with whose they are; what is wrong with them is thrown.
    pub fn canonical(&self, identity: &str, permissions: &str) -> Result<String, Error> {
        let permissions = permissions_of(permissions)?;
        let tenant = self.edge.identity(identity).ok().and_then(|identity| identity.tenant).unwrap_or_default();
        let mut out = String::new();
        write_list(&mut out, &[self.edge.config().name.as_str(), &tenant], |out, text| write_text(out, text));
        out.push_str(&permissions.canonical());
        Ok(out)
    }

    /// Remembers what an identity may see. What goes against it comes back as the body of an error.
    pub fn remember(
        &mut self,
        identity: &str,
        permissions: &str,
        scope: &str,
        heard: &str,
        now_ms: f64,
    ) -> Result<Option<String>, Error> {
        let permissions = permissions_of(permissions)?;
        let remembered = self.edge.remember(identity, permissions, scope, heard, now_ms as i64);
        Ok(remembered.err().map(|refusal| refusal.0.to_json()))
    }

    /// Takes a slot that is leased.
    pub fn take(&mut self, now_ms: f64) -> bool {
        self.edge.leases.take(now_ms as i64)
    }

    /// Whether it is time to ask for slots ahead.
    #[wasm_bindgen(js_name = isLow)]
    pub fn is_low(&self, now_ms: f64) -> bool {
        self.edge.leases.is_low(now_ms as i64)
    }

    /// How many slots to ask for beyond one, and for how long.
    pub fn wish(&mut self, now_ms: f64) -> Array {
        let more = self.edge.leases.wish(now_ms as i64);
        Array::of2(&JsValue::from(more), &JsValue::from(self.edge.leases.life_ms(more)))
    }

    /// For how long to ask for one slot and no more.
    #[wasm_bindgen(js_name = oneForMs)]
    pub fn one_for_ms(&self) -> u32 {
        self.edge.leases.life_ms(0)
    }

    /// What has come of that: `times` are when it was sent, how long it was held and the time now, `granted` the grant, how
    /// many slots and their life; `ahead`: none of them is for use at once. Says whether the slot that is, is still good.
    pub fn came(&mut self, more: u32, times: &[f64], granted: &[f64], ahead: bool) -> bool {
        let time = |place: usize| times.get(place).map_or(0, |ms| *ms as i64);
        let (sent_ms, held_ms, now_ms) = (time(0), time(1), time(2));
        let granted = match granted {
            [grant, slots, life_ms] if *slots > 0.0 => Some((*grant as u64, *slots as u32, *life_ms as u32)),
            _ => None,
        };
        self.edge.leases.came(more, [sent_ms, held_ms, now_ms], granted, ahead);
        granted.is_some_and(|(_, _, life_ms)| !Leases::is_too_late(sent_ms, held_ms, life_ms, now_ms))
    }

    /// What was sent with a lease's one slot has been answered.
    pub fn landed(&mut self, grant: f64) {
        self.edge.leases.landed(grant as u64);
    }

    /// Leases that are over with slots that were not used: a grant, and how many, and so on.
    pub fn over(&mut self, now_ms: f64) -> Array {
        let pairs = self.edge.leases.over(now_ms as i64);
        pairs.into_iter().flat_map(|(grant, left)| [JsValue::from(grant as f64), JsValue::from(left)]).collect()
    }

    /// In how many milliseconds there may be such leases.
    #[wasm_bindgen(js_name = overInMs)]
    pub fn over_in_ms(&self, now_ms: f64) -> Option<f64> {
        self.edge.leases.over_in_ms(now_ms as i64).map(|ms| ms as f64)
    }
}

fn permissions_of(text: &str) -> Result<Permissions, Error> {
    let json = decode::json(text.as_bytes()).map_err(|fault| Error::new(&fault.to_string()))?;
    Permissions::read(&json).map_err(|sentence| Error::new(&sentence))
}

/// A request on its way through the gateway.
#[wasm_bindgen]
pub struct RawAsk {
    page: Origin,
    request_id: String,
    is_by_header: bool,
    asked: Option<Asked>,
    person: Option<Person>,
    answer: Option<Answer>,
}

#[wasm_bindgen]
impl RawAsk {
    /// How it stands: 0 where it is answered, 1 where it asks how the gateway is, 2 where it asks for cases, 3 where an
    /// answer that is kept will not do. A number crosses for less than a word.
    pub fn asks(&self) -> u32 {
        match (&self.answer, &self.asked) {
            (None, Some(Asked::Health)) => 1,
            (None, Some(Asked::Cases { no_cache, .. })) => 2 + u32::from(*no_cache),
            _ => 0,
        }
    }

    /// The route and the ids, each on a line of its own.
    pub fn told(&self) -> String {
        match &self.asked {
            Some(Asked::Cases { request, .. }) => [request.endpoint.name, "\n", &request.ids.join("\n")].concat(),
            Some(Asked::Health) => "health".to_owned(),
            _ => String::new(),
        }
    }

    /// Judges it by what an identity may see. `false`: nothing is known of that any more.
    pub fn admit(&mut self, gateway: &RawGateway, identity: &str, now_ms: f64) -> bool {
        let Some(person) = gateway.edge.person(identity, now_ms as i64) else { return false };
        if let Some(Asked::Cases { request, .. }) = &self.asked
            && let Err(refusal) = admit(&person.permissions, request)
        {
            self.refused(refusal);
        }
        self.person = Some(person.clone());
        true
    }

    /// By what its answer is found again.
    pub fn key(&self) -> Option<String> {
        let (request, person) = self.cases()?;
        Some([&*person.scope, &plain(request).path_and_query()].concat())
    }

    /// Whose share of the quota it uses.
    pub fn tenant(&self) -> Option<String> {
        self.person.as_ref().map(|person| person.tenant.to_string())
    }

    /// What is asked of the service for it.
    pub fn job(&self) -> Option<RawJob> {
        let (request, person) = self.cases()?;
        Some(RawJob {
            request: plain(request),
            permissions: Rc::clone(&person.permissions),
            tenant: person.tenant.to_string(),
            body: Body::default(),
        })
    }

    fn cases(&self) -> Option<(&Request, &Person)> {
        match (&self.asked, &self.person) {
            (Some(Asked::Cases { request, .. }), Some(person)) => Some((request, person)),
            _ => None,
        }
    }

    /// What an answer that is kept is good for: 0 for fresh, 1 for stale, 2 where there is an error, 3 for nothing.
    pub fn freshness(&self, gateway: &RawGateway, line: &str, now_ms: f64) -> u32 {
        let policy = &gateway.edge.config().cache;
        let freshness = Entry::from_line(line)
            .map_or(Freshness::Gone, |entry| entry.freshness(policy, gateway.edge.notices(), now_ms as i64));
        match freshness {
            Freshness::Fresh => 0,
            Freshness::Stale => 1,
            Freshness::IfError => 2,
            Freshness::Gone => 3,
        }
    }

    /// The headers of an answer that the service gave, as lines.
    pub fn delivered(&self, found: &str, line: &str, message_id: Option<String>, now_ms: f64) -> String {
        let now_ms = now_ms as i64;
        let entry = Entry::from_line(line);
        let age_ms = entry.as_ref().map_or(0, |entry| entry.age_ms(now_ms));
        // A browser keeps apart whose answers it has by what `Vary` names. Where that is not all by which people are told
        // apart, it keeps none.
        let fresh_ms = entry.filter(|_| self.is_by_header).map_or(0, |entry| entry.ttl_ms - age_ms);
        let message_id = message_id.as_deref();
        lines(&delivered(&self.page, &self.request_id, Found::named(found), age_ms, fresh_ms, message_id))
    }

    /// Refuses it, by a code of the tables and a detail.
    pub fn refuse(&mut self, code: &str, detail: &str) {
        self.refused(Refusal::own(code).because(detail));
    }

    /// Refuses it with the body of an error.
    pub fn fail(&mut self, body: &str) {
        let body = decode::json(body.as_bytes()).ok().and_then(|json| ErrorBody::read(&json));
        self.refused(Refusal(Box::new(body.unwrap_or_else(|| ErrorBody::of(own_row("GATEWAY_FAILED"))))));
    }

    /// The answer, if it is there: status, headers as lines, the body, the code and the kind of what was refused.
    pub fn answer(&self) -> Option<Array> {
        let answer = self.answer.as_ref()?;
        let body = match &answer.body {
            Payload::Text(text) => JsValue::from_str(text),
            Payload::Empty | Payload::Upstream => JsValue::NULL,
        };
        Some(Array::of5(
            &JsValue::from(answer.status),
            &JsValue::from_str(&lines(&answer.headers)),
            &body,
            &JsValue::from_str(&answer.code),
            &answer.kind.map_or(JsValue::NULL, |kind| JsValue::from_str(kind.as_str())),
        ))
    }

    /// The headers that every answer has, as lines.
    pub fn common(&self) -> String {
        lines(&crate::gateway::common(&self.page, &self.request_id))
    }

    fn refused(&mut self, refusal: Refusal) {
        self.answer = Some(refused(refusal, &self.page, &self.request_id));
    }
}

/// What is asked of the service, for one request or for all who ask the same.
#[wasm_bindgen]
pub struct RawJob {
    request: Request,
    permissions: Rc<Permissions>,
    tenant: String,
    body: Body,
}

#[wasm_bindgen]
impl RawJob {
    /// Below the service's base address.
    pub fn path(&self) -> String {
        self.request.path_and_query()
    }

    /// Whose share of the quota it uses.
    pub fn tenant(&self) -> String {
        self.tenant.clone()
    }

    /// Judges a response. What comes back is an array: what to do, and what belongs to it.
    ///
    /// | what | and |
    /// |---|---|
    /// | `deliver` | the body where it is not the service's own, the line to be kept beside it, whether something is lacking |
    /// | `renew` | |
    /// | `retry` | after how many milliseconds, what the quota's keeper has to know |
    /// | `fail` | the body of an error, what the quota's keeper has to know, whether an older answer is better, whether something is lacking |
    #[allow(clippy::too_many_arguments, reason = "what is read of a response, each by its name")]
    pub fn judge(
        &mut self,
        gateway: &RawGateway,
        asked_ms: f64,
        heard: &str,
        standing: &[f64],
        status: u16,
        mashery_error_code: Option<String>,
        message_id: Option<String>,
        retry_after: Option<String>,
        date: Option<String>,
        body: &[u8],
    ) -> Array {
        self.body.resize(body.len()).copy_from_slice(body);
        let response = HttpResponse {
            status,
            mashery_error_code,
            message_id,
            retry_after,
            date,
            body: std::mem::take(&mut self.body),
            raw: (),
        };
        let policy = &gateway.edge.config().cache;
        let verdict = judge(&self.request, &self.permissions, &response, &standing_of(standing), policy);
        verdict_array(verdict, asked_ms as i64, heard)
    }

    /// Judges what has not become a response.
    pub fn broken(&self, is_time_over: bool, standing: &[f64]) -> Array {
        verdict_array(broken(is_time_over, &standing_of(standing)), 0, "")
    }
}

/// Retries, whether it was replayed, the time left, a number to scatter by, and the time.
fn standing_of(numbers: &[f64]) -> Standing {
    let at = |place: usize| numbers.get(place).copied().unwrap_or(0.0);
    Standing {
        retries: at(0) as u32,
        replayed: at(1) > 0.0,
        time_left_ms: at(2) as i64,
        dice: at(3) as u32,
        unix_ms: at(4) as i64,
    }
}

fn verdict_array(verdict: Verdict, asked_ms: i64, heard: &str) -> Array {
    let text = |text: &str| JsValue::from_str(text);
    match verdict {
        Verdict::Deliver { body, ttl_ms, contracts, lacks } => {
            let line = Entry::new(asked_ms, ttl_ms, heard.to_owned(), contracts).to_line();
            let body = match body {
                Payload::Text(body) => text(&body),
                Payload::Empty | Payload::Upstream => JsValue::NULL,
            };
            Array::of4(&text("deliver"), &body, &text(&line), &JsValue::from(lacks))
        }
        Verdict::RenewToken => Array::of1(&text("renew")),
        Verdict::Retry { after_ms, pace: said } => {
            Array::of3(&text("retry"), &JsValue::from(after_ms), &pace_value(said))
        }
        Verdict::Fail { refusal, pace: said, or_stale, lacks } => Array::of5(
            &text("fail"),
            &text(&refusal.0.to_json()),
            &pace_value(said),
            &JsValue::from(or_stale),
            &JsValue::from(lacks),
        ),
    }
}

fn pace_value(pace: Option<Pace>) -> JsValue {
    pace.map_or(JsValue::NULL, |pace| {
        let after = pace.retry_after_ms.map_or(JsValue::NULL, JsValue::from);
        Array::of2(&after, &JsValue::from(pace.quota)).into()
    })
}

/// What the quota's keeper has to know of a response that is read elsewhere.
#[wasm_bindgen(js_name = paceOf)]
pub fn pace_of(
    status: u16,
    mashery_error_code: Option<String>,
    retry_after: Option<String>,
    date: Option<String>,
    body: &[u8],
    now_ms: f64,
) -> JsValue {
    let body = Body::of(body);
    let response = HttpResponse { status, mashery_error_code, message_id: None, retry_after, date, body, raw: () };
    pace_value(pace(&response, now_ms as i64))
}

/// The body of an error, by a code of the tables, a detail, and when to come back.
#[wasm_bindgen(js_name = errorBody)]
pub fn error_body(
    code: &str,
    detail: &str,
    retry: bool,
    retry_after_ms: Option<u32>,
    renews_at_ms: Option<f64>,
) -> String {
    let Refusal(mut body) = Refusal::own(code).because(detail);
    body.retry = retry;
    body.retry_after_ms = retry_after_ms;
    body.renews_at_ms = renews_at_ms.map(|ms| ms as i64);
    body.to_json()
}
