//! From a request to an answer.

use super::base::dice::{Dice, Stream};
use super::base::{CaseBase, Holder};
use super::caller;
use super::clock::{Clock, http_date};
use super::control::{ControlOrder, InfoOrder};
use super::exchange::{Answer, Effect, Request};
use super::fault::{FaultOrder, Faults, Instead, Suffers, TOKEN_ROUTE};
use super::handed_in;
use super::motion::Motion;
use super::route::{self, CONTROL_PATH, OPENAPI_PATH, Route, TOKEN_PATH};
use super::traffic::Traffic;
use super::wire::Wire;
use super::{Auth, OptionError, Options, query, refusal, token};
use crate::decode;
use crate::endpoint::{Endpoint, ParamKind, is_well_formed, path_and_query};
use crate::model::Timestamp;
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec, vec::Vec};

/// The longest address that the gateway takes, in bytes. The real bound is not public; 30 case ids or 10 contracts
/// stay far below.
const MAX_URL_BYTES: usize = 8192;

/// The media types that a request may speak, and those in which it may want its answer.
const SPOKEN: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "text/plain"];
const WANTED: [&str; 3] = ["application/json", "application/*", "*/*"];

/// How many case ids `info` names.
const INFO_CASES: u32 = 20;

/// The Case API v3 over a synthetic case base.
///
/// ```
/// use cisco_support_case::{decode, sandbox::{Options, Request, Sandbox}};
/// let mut sandbox = Sandbox::new(Options::default());
/// let url = "https://apix.cisco.com/case/v3/cases/contracts/contract_ids/1234567";
/// let answer = sandbox.handle(&Request::get(url).header("Authorization", "Bearer anything"));
/// assert_eq!(answer.status, 200);
/// let page = decode::cases_page(&answer.body).map_err(|fault| fault.to_string())?;
/// assert_eq!(page.cases.len(), 100);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug)]
pub struct Sandbox {
    options: Options,
    clock: Clock,
    motion: Motion,
    base: CaseBase,
    wire: Wire,
    faults: Faults,
    received: u64,
    refused: u64,
    traffic: Traffic,
}

impl Sandbox {
    /// A sandbox. The number of cases is held between 1 and [`MAX_CASES`](super::MAX_CASES), that of moves between 0 and
    /// [`MAX_MOVES_PER_HOUR`](super::MAX_MOVES_PER_HOUR).
    pub fn new(mut options: Options) -> Sandbox {
        // Not a number counts as none.
        let moves = Some(options.moves_per_hour).filter(|moves| !moves.is_nan()).unwrap_or_default();
        options.moves_per_hour = moves.clamp(0.0, super::MAX_MOVES_PER_HOUR);
        let cases = options.cases.clamp(1, super::MAX_CASES);
        Sandbox {
            clock: Clock::new(options.now_ms, options.live_ms),
            motion: Motion::new(options.seed, options.now_ms, options.moves_per_hour),
            base: CaseBase::new(options.seed, cases, options.now_ms),
            wire: Wire::new(),
            faults: Faults::new(options.seed),
            received: 0,
            refused: 0,
            traffic: Traffic::new(),
            options,
        }
    }

    /// Tells a live sandbox what the real clock says, in milliseconds since 1970 (UTC). One whose clock stands still
    /// does not listen.
    pub fn follow_clock(&mut self, wall_ms: i64) {
        self.clock.follow(wall_ms);
        self.move_cases();
    }

    /// Moves the clock on, and the cases with it.
    pub fn advance(&mut self, ms: u64) {
        self.clock.advance(i64::try_from(ms).unwrap_or(i64::MAX));
        self.move_cases();
    }

    /// Makes the moves that were to be made by now.
    fn move_cases(&mut self) {
        let now_ms = self.clock.now_ms();
        self.motion.reach(now_ms);
        while let Some((number, at_ms)) = self.motion.due(now_ms) {
            if let Some(moved) = self.base.make_move(number, at_ms) {
                self.motion.count(moved);
            }
        }
    }

    /// Switches a fault on: `{ name, rate, times, route, ms }`. Names are those of
    /// [`FAULTS`](super::FAULTS) and the codes of the error table; `rate` is how often it strikes (0 to 1, 1 unless
    /// given), `times` how many times at most, `route` an endpoint's name or `token` (the four endpoints unless given).
    pub fn fault(&mut self, fault: &Json) -> Result<(), OptionError> {
        self.faults.set(FaultOrder::from_json("fault", fault)?);
        Ok(())
    }

    /// Switches all faults off.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Puts a case in place of the one with its `case_id`, or adds it. Fields have the names and forms of
    /// Case Details; those that are left out stay as they are, or are empty in a new case. Without `updated_date` the
    /// case is updated now. It does not move with the clock any more.
    pub fn put(&mut self, case: &Json) -> Result<(), OptionError> {
        let case_id = handed_in::case_id(case)?;
        let before = self.base.case_index(&case_id).and_then(|index| {
            let mut text = String::new();
            self.wire.write_detail(&mut text, &self.base.case(index, true));
            decode::json(text.as_bytes()).ok()
        });
        let case = handed_in::case(case, before, self.clock.now_ms())?;
        self.base.put(case);
        Ok(())
    }

    /// What is in the sandbox and what it has done, as `GET /__sandbox` says it. It names 100 contracts and 100 users.
    pub fn info(&self) -> Json {
        self.describe(InfoOrder::default())
    }

    /// The same with as much as `{ holders }` asks for: how many contracts and how many users it names, those with most
    /// cases first, as `GET /__sandbox?holders=…` does. A number that is larger than there are names them all.
    pub fn info_with(&self, options: &Json) -> Result<Json, OptionError> {
        Ok(self.describe(InfoOrder::from_json(options)?))
    }

    fn describe(&self, order: InfoOrder) -> Json {
        let (cases, open) = self.base.counts();
        let holders = |holder| {
            let (ids, count) = self.base.largest_holders(holder, order.holders);
            (Json::List(ids.into_iter().map(Json::Text).collect()), Json::from(count))
        };
        let (contract_ids, contracts) = holders(Holder::Contract);
        let (user_ids, users) = holders(Holder::User);
        let case_ids = self.base.sample_ids(INFO_CASES).into_iter().map(Json::Text).collect();
        let requests = [
            ("received", self.received),
            ("refused", self.refused),
            ("busiestSecond", self.traffic.busiest_second()),
            ("busiestMinute", self.traffic.busiest_minute()),
        ];
        let numbers = |counts: &[(&'static str, u64)]| {
            Json::object(counts.iter().map(|(name, count)| (*name, Json::Number(count.to_string()))))
        };
        Json::object([
            ("now", Json::from(Timestamp::from_unix_ms(self.clock.now_ms()).as_ref().map(Timestamp::as_str))),
            ("live", Json::from(self.clock.is_live())),
            ("seed", Json::Number(self.options.seed.to_string())),
            ("auth", Json::from(self.options.auth.as_str())),
            ("cases", Json::from(cases)),
            ("open", Json::from(open)),
            ("closed", Json::from(cases - open as usize)),
            ("contracts", contracts),
            ("contract_ids", contract_ids),
            ("users", users),
            ("user_ids", user_ids),
            ("case_ids", Json::List(case_ids)),
            ("movesPerHour", Json::Number(self.options.moves_per_hour.to_string())),
            ("msPerRequest", Json::from(self.options.ms_per_request)),
            ("moves", numbers(&self.motion.counts())),
            ("requests", numbers(&requests)),
            ("faults", self.faults.to_json()),
            ("openapi", Json::from(OPENAPI_PATH)),
        ])
    }

    /// Answers a request.
    pub fn handle(&mut self, request: &Request) -> Answer {
        let (path, query) = path_and_query(&request.url);
        let mut answer = if path == CONTROL_PATH {
            self.control(request, query)
        } else {
            self.received += 1;
            let route = Route::of(path);
            if matches!(route, Route::Endpoint(..)) {
                self.advance(u64::from(self.options.ms_per_request));
            }
            if path != TOKEN_PATH {
                self.traffic.count(self.clock.now_ms());
            }
            let answer = self.serve(request, &route, path, query);
            self.refused += u64::from(answer.status >= 400 || answer.effect == Effect::Reset);
            answer
        };
        if answer.header_value("Cache-Control").is_none() {
            answer.headers.push(("Cache-Control", "private".to_owned()));
        }
        answer.headers.push(("Access-Control-Allow-Origin", "(null)".to_owned()));
        answer.headers.push(("Date", http_date(self.clock.now_ms())));
        answer.headers.push(("X-Mashery-Message-ID", self.message_id()));
        answer
    }

    /// An id as the gateway gives every response, in the form of a UUID.
    fn message_id(&self) -> String {
        let mut dice = Dice::new(self.options.seed, Stream::MessageId, self.received);
        let (a, b) = (dice.next(), dice.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }

    /// What the wire does to an answer, around what the service says.
    fn serve(&mut self, request: &Request, route: &Route, path: &str, query: &str) -> Answer {
        let (name, ids) = match route {
            _ if path == TOKEN_PATH => (TOKEN_ROUTE, 0),
            Route::Endpoint(endpoint, ids) => (endpoint.name, ids.split(',').filter(|id| !id.is_empty()).count()),
            _ => ("", 0),
        };
        let contracts = if name == crate::endpoint::CASES_BY_CONTRACT.name { ids } else { 0 };
        let suffers = self.faults.draw(name, contracts);
        let mut answer = match suffers.instead {
            _ if suffers.effect == Effect::Reset => Answer::default(),
            Some(Instead::Row(row, status)) => refusal::of_row(row, status),
            Some(Instead::HtmlError) => refusal::page(502, "Proxy Error"),
            Some(Instead::ApiError200) => refusal::with_status_200(self.received),
            Some(Instead::InvalidClient) => token::invalid_client(self.options.seed, self.received),
            None if path == TOKEN_PATH => {
                let now_ms = self.clock.now_ms();
                token::answer(request, query, self.options.seed, now_ms, self.received)
            }
            None => self.gateway(request, route, path, query),
        };
        let Suffers { delay_ms, effect, garbage_json, .. } = suffers;
        if garbage_json {
            answer.body.truncate(answer.body.len() / 2);
            answer.body.extend_from_slice(b"\x00<garbage>");
        }
        Answer { delay_ms, effect, ..answer }
    }

    /// What the gateway looks at before the service is asked.
    fn gateway(&self, request: &Request, route: &Route, path: &str, query: &str) -> Answer {
        if request.url.len() > MAX_URL_BYTES {
            return refusal::of_code("Request URI Too Long");
        }
        if !is_well_formed(&request.url) {
            return refusal::of_code("Bad Request");
        }
        let Route::Endpoint(endpoint, ids) = route else {
            let known = *route == Route::NoEndpoint;
            return refusal::of_code(if known { "API_UNAVAILABLE" } else { "Service Not Found" });
        };
        if request.method.eq_ignore_ascii_case("OPTIONS") {
            let headers = vec![("Allow", "GET, HEAD, OPTIONS".to_owned())];
            return Answer { status: 200, headers, ..Answer::default() };
        }
        if !request.method.eq_ignore_ascii_case("GET") && !request.method.eq_ignore_ascii_case("HEAD") {
            return refusal::of_code("Forbidden");
        }
        let bearer = request.header_value("authorization").and_then(token::bearer);
        let authorized = bearer.is_some_and(|bearer| match self.options.auth {
            Auth::Any => true,
            Auth::Strict => token::is_valid(bearer, self.options.seed, self.clock.now_ms()),
        });
        if !authorized {
            return refusal::of_code("Not Authorized");
        }
        if route::has_spaces(path, query) {
            return refusal::of_code("Service Not Found");
        }
        self.service(request, endpoint, ids, query)
    }

    /// What the service itself answers.
    fn service(&self, request: &Request, endpoint: &'static Endpoint, ids: &str, query: &str) -> Answer {
        let media_types = |header: &str| -> Vec<String> {
            let value = request.header_value(header).unwrap_or("");
            let types = value.split(',').map(|part| part.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
            types.filter(|name| !name.is_empty()).collect()
        };
        let is_one_of = |types: &[String], known: &[&str]| {
            types.is_empty() || types.iter().any(|name| known.contains(&name.as_str()))
        };
        if !is_one_of(&media_types("accept"), &WANTED) || !is_one_of(&media_types("content-type"), &SPOKEN) {
            return refusal::of_code("INVALID_MEDIATYPE");
        }
        let body = endpoint
            .check(&params(endpoint, ids, query))
            .map_err(|problems| problems.first().map_or("Bad Request", |problem| problem.code))
            .and_then(|request| query::answer(&self.base, &self.wire, &request));
        match body {
            Ok(body) => refusal::text(200, refusal::JSON, body),
            Err(code) => refusal::of_code(code),
        }
    }

    fn control(&mut self, request: &Request, query: &str) -> Answer {
        let info = match InfoOrder::from_query(query) {
            Ok(order) => order,
            Err(error) => return refusal::of_control(400, &error.field, &error.message),
        };
        match request.method.to_ascii_uppercase().as_str() {
            "GET" | "HEAD" => {}
            "POST" => {
                if let Some((field, message)) = caller::refused(request, &self.options.hosts) {
                    return refusal::of_control(403, field, message);
                }
                match ControlOrder::parse(&request.body) {
                    Ok(order) => self.obey(order),
                    Err(error) => return refusal::of_control(400, &error.field, &error.message),
                }
            }
            _ => {
                let mut answer = refusal::of_control(405, "method", "method: expected GET or POST");
                answer.headers.push(("Allow", "GET, POST".to_owned()));
                return answer;
            }
        }
        refusal::json(200, &self.describe(info))
    }

    fn obey(&mut self, order: ControlOrder) {
        if order.clear {
            self.faults.clear();
        }
        order.faults.into_iter().for_each(|fault| self.faults.set(fault));
        self.advance(order.advance_ms);
    }
}

/// What was sent as the parameters that the endpoint knows; the service does not mind others.
fn params(endpoint: &Endpoint, ids: &str, query: &str) -> Json {
    let ids = crate::endpoint::percent_decode(ids);
    let query = route::pairs(query);
    let mut members = Vec::new();
    for param in endpoint.params {
        let value = match param.kind {
            ParamKind::Ids(_) => Some(Json::from(ids.split(',').filter(|id| !id.is_empty()).collect::<Vec<_>>())),
            ParamKind::Id(_) => Some(Json::from(ids.as_str())),
            _ => query.iter().find(|(name, _)| name == param.name).map(|(_, value)| Json::from(value.as_str())),
        };
        members.extend(value.map(|value| (param.name, value)));
    }
    Json::object(members)
}
