//! The request pipeline, in the order of the real service's layers.

use super::clock::{VirtualClock, http_date};
use super::control::{ControlCommand, InfoOptions};
use super::control_access;
use super::dataset::rng::{Rng, RngStream};
use super::dataset::{OwnerKind, SyntheticCases};
use super::fault::{FaultEffects, FaultInjector, FaultSpec, Replacement, TOKEN_ROUTE};
use super::http::{Effect, JSON_TYPE, SandboxRequest, SandboxResponse};
use super::import_case;
use super::mutation_schedule::MutationSchedule;
use super::route::{self, CONTROL_PATH, OPENAPI_PATH, Route, TOKEN_PATH};
use super::serialize::Serializer;
use super::stats::RequestStats;
use super::{Auth, OptionError, Options, endpoints, error_response, token};
use crate::decode;
use crate::endpoint::{Endpoint, ParamRole, is_well_formed, path_and_query};
use crate::model::Timestamp;
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec, vec::Vec};

/// Longest URL that the gateway accepts, in bytes. The real limit is not public; 30 case ids or 10 contracts are far
/// shorter.
const MAX_URL_BYTES: usize = 8192;

/// Media types that the service accepts in `Content-Type` and offers for `Accept`.
const REQUEST_MEDIA_TYPES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "text/plain"];
const RESPONSE_MEDIA_TYPES: [&str; 3] = ["application/json", "application/*", "*/*"];

/// Number of case ids in `info`.
const SAMPLE_CASE_IDS: u32 = 20;

/// The Case API v3 over synthetic cases.
///
/// ```
/// use cisco_support_case::{decode, sandbox::{Options, Sandbox, SandboxRequest}};
/// let mut sandbox = Sandbox::new(Options::default());
/// let url = "https://apix.cisco.com/case/v3/cases/contracts/contract_ids/1234567";
/// let response = sandbox.handle(&SandboxRequest::get(url).with_header("Authorization", "Bearer anything"));
/// assert_eq!(response.status, 200);
/// let page = decode::cases_page(&response.body).map_err(|error| error.to_string())?;
/// assert_eq!(page.cases.len(), 100);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug)]
pub struct Sandbox {
    options: Options,
    clock: VirtualClock,
    mutations: MutationSchedule,
    store: SyntheticCases,
    serializer: Serializer,
    faults: FaultInjector,
    received: u64,
    refused: u64,
    stats: RequestStats,
}

impl Sandbox {
    /// Creates a sandbox. The number of cases is clamped to 1..=[`MAX_CASES`](super::MAX_CASES), the mutations per hour
    /// to 0..=[`MAX_MOVES_PER_HOUR`](super::MAX_MOVES_PER_HOUR).
    pub fn new(mut options: Options) -> Sandbox {
        // NaN means no mutations.
        let moves = Some(options.moves_per_hour).filter(|moves| !moves.is_nan()).unwrap_or_default();
        options.moves_per_hour = moves.clamp(0.0, super::MAX_MOVES_PER_HOUR);
        let cases = options.cases.clamp(1, super::MAX_CASES);
        Sandbox {
            clock: VirtualClock::new(options.now_ms, options.live_ms),
            mutations: MutationSchedule::new(options.seed, options.now_ms, options.moves_per_hour),
            store: SyntheticCases::new(options.seed, cases, options.titles, options.now_ms),
            serializer: Serializer::new(),
            faults: FaultInjector::new(options.seed),
            received: 0,
            refused: 0,
            stats: RequestStats::new(),
            options,
        }
    }

    /// Advances a live sandbox to a reading of the wall clock, in milliseconds since 1970 (UTC). Has no effect on a
    /// sandbox that is not live.
    pub fn follow_clock(&mut self, wall_ms: i64) {
        self.clock.follow(wall_ms);
        self.apply_due_mutations();
    }

    /// Advances the clock and applies the mutations that become due.
    pub fn advance(&mut self, ms: u64) {
        self.clock.advance(i64::try_from(ms).unwrap_or(i64::MAX));
        self.apply_due_mutations();
    }

    /// Applies the mutations that are due.
    fn apply_due_mutations(&mut self) {
        let now_ms = self.clock.now_ms();
        self.mutations.skip_excess(now_ms);
        while let Some((number, at_ms)) = self.mutations.next_due(now_ms) {
            if let Some(outcome) = self.store.mutate(number, at_ms) {
                self.mutations.record(outcome);
            }
        }
    }

    /// Switches a fault on: `{ name, rate, times, route, ms }`. `name` is one of [`FAULTS`](super::FAULTS) or a code of
    /// the error table, `rate` the probability per request (default 1), `times` the maximum number of requests, `route`
    /// the name of an endpoint or `token` (default: the four endpoints).
    pub fn fault(&mut self, fault: &Json) -> Result<(), OptionError> {
        self.faults.set(FaultSpec::from_json("fault", fault)?);
        Ok(())
    }

    /// Switches all faults off.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Inserts a case, or replaces the one with its `case_id`. Fields have the names and forms of Case Details. Omitted
    /// fields keep their values, or are empty in a new case; without `updated_date` the case is updated now. An
    /// inserted case no longer mutates.
    pub fn put(&mut self, case: &Json) -> Result<(), OptionError> {
        let case_id = import_case::case_id(case)?;
        let before = self.store.find_case(&case_id).and_then(|index| {
            let mut text = String::new();
            self.serializer.write_detail(&mut text, &self.store.case(index, true));
            decode::json(text.as_bytes()).ok()
        });
        let case = import_case::import(case, before, self.clock.now_ms())?;
        self.store.put(case);
        Ok(())
    }

    /// Returns contents and statistics like `GET /__sandbox`, with at most 100 contract ids and 100 user ids.
    pub fn info(&self) -> Json {
        self.info_json(InfoOptions::default())
    }

    /// Returns contents and statistics like `GET /__sandbox?holders=…`: `{ holders }` is the maximum number of contract
    /// ids, and of user ids. Owners with most cases come first.
    pub fn info_with(&self, options: &Json) -> Result<Json, OptionError> {
        Ok(self.info_json(InfoOptions::from_json(options)?))
    }

    fn info_json(&self, options: InfoOptions) -> Json {
        let (cases, open) = self.store.counts();
        let holders = |kind| {
            let (ids, count) = self.store.largest_owners(kind, options.holders);
            (Json::Array(ids.into_iter().map(Json::String).collect()), Json::from(count))
        };
        let (contract_ids, contracts) = holders(OwnerKind::Contract);
        let (user_ids, users) = holders(OwnerKind::User);
        let case_ids = self.store.sample_ids(SAMPLE_CASE_IDS).into_iter().map(Json::String).collect();
        let requests = [
            ("received", self.received),
            ("refused", self.refused),
            ("busiestSecond", self.stats.busiest_second()),
            ("busiestMinute", self.stats.busiest_minute()),
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
            ("case_ids", Json::Array(case_ids)),
            ("movesPerHour", Json::Number(self.options.moves_per_hour.to_string())),
            ("msPerRequest", Json::from(self.options.ms_per_request)),
            ("moves", numbers(&self.mutations.counts())),
            ("requests", numbers(&requests)),
            ("faults", self.faults.to_json()),
            ("openapi", Json::from(OPENAPI_PATH)),
        ])
    }

    /// Returns the response to a request.
    pub fn handle(&mut self, request: &SandboxRequest) -> SandboxResponse {
        let (path, query) = path_and_query(&request.url);
        let mut response = if path == CONTROL_PATH {
            self.control(request, query)
        } else {
            self.received += 1;
            let route = Route::from_path(path);
            if matches!(route, Route::Endpoint(..)) {
                self.advance(u64::from(self.options.ms_per_request));
            }
            if path != TOKEN_PATH {
                self.stats.record(self.clock.now_ms());
            }
            let response = self.respond(request, &route, path, query);
            self.refused +=
                u64::from(response.status >= 400 || matches!(response.effect, Effect::Reset | Effect::TruncatedBody));
            response
        };
        if response.header("Cache-Control").is_none() {
            response.headers.push(("Cache-Control", "private".to_owned()));
        }
        response.headers.push(("Access-Control-Allow-Origin", "(null)".to_owned()));
        response.headers.push(("Date", http_date(self.clock.now_ms())));
        response.headers.push(("X-Mashery-Message-ID", self.message_id()));
        response
    }

    /// Returns a message id as the gateway adds to every response, in the format of a UUID.
    fn message_id(&self) -> String {
        let mut rng = Rng::new(self.options.seed, RngStream::MessageId, self.received);
        let (a, b) = (rng.next_u64(), rng.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }

    /// Returns the response of the service with the effects of the active faults.
    fn respond(&mut self, request: &SandboxRequest, route: &Route, path: &str, query: &str) -> SandboxResponse {
        let (name, ids) = match route {
            _ if path == TOKEN_PATH => (TOKEN_ROUTE, 0),
            Route::Endpoint(endpoint, ids) => {
                let ids = crate::endpoint::percent_decode(ids);
                (endpoint.operation_id, ids.split(',').filter(|id| !id.is_empty()).count())
            }
            _ => ("", 0),
        };
        let contracts = if name == crate::endpoint::CASES_BY_CONTRACT.operation_id { ids } else { 0 };
        let effects = self.faults.draw_effects(name, contracts);
        let mut response = match effects.replacement {
            _ if effects.effect == Effect::Reset => SandboxResponse::default(),
            Some(Replacement::Row(row, status)) => error_response::for_row(row, status),
            Some(Replacement::HtmlError) => error_response::html_error(502, "Proxy Error"),
            Some(Replacement::ApiError200) => error_response::error_with_status_200(self.received),
            Some(Replacement::InvalidClient) => token::invalid_client(self.options.seed, self.received),
            None if path == TOKEN_PATH => {
                let now_ms = self.clock.now_ms();
                token::respond(request, query, self.options.seed, now_ms, self.received)
            }
            None => self.respond_as_gateway(request, route, path, query),
        };
        let FaultEffects { delay_ms, effect, garbage_json, .. } = effects;
        if garbage_json {
            response.body.truncate(response.body.len() / 2);
            response.body.extend_from_slice(b"\x00<garbage>");
        }
        SandboxResponse { delay_ms, effect, ..response }
    }

    /// Runs the checks of the API gateway, which come before those of the service.
    fn respond_as_gateway(&self, request: &SandboxRequest, route: &Route, path: &str, query: &str) -> SandboxResponse {
        if request.url.len() > MAX_URL_BYTES {
            return error_response::for_code("Request URI Too Long");
        }
        if !is_well_formed(&request.url) {
            return error_response::for_code("Bad Request");
        }
        let Route::Endpoint(endpoint, ids) = route else {
            let known = *route == Route::UnknownEndpoint;
            return error_response::for_code(if known { "API_UNAVAILABLE" } else { "Service Not Found" });
        };
        if request.method.eq_ignore_ascii_case("OPTIONS") {
            let headers = vec![("Allow", "GET, HEAD, OPTIONS".to_owned())];
            return SandboxResponse { status: 200, headers, ..SandboxResponse::default() };
        }
        if !request.method.eq_ignore_ascii_case("GET") && !request.method.eq_ignore_ascii_case("HEAD") {
            return error_response::for_code("Forbidden");
        }
        let bearer = request.header("authorization").and_then(token::parse_bearer);
        let authorized = bearer.is_some_and(|bearer| match self.options.auth {
            Auth::Any => true,
            Auth::Strict => token::is_valid(bearer, self.options.seed, self.clock.now_ms()),
        });
        if !authorized {
            return error_response::for_code("Not Authorized");
        }
        if route::has_whitespace(path, query) {
            return error_response::for_code("Service Not Found");
        }
        self.respond_as_service(request, endpoint, ids, query)
    }

    /// Runs the checks of the service and returns its response.
    fn respond_as_service(
        &self,
        request: &SandboxRequest,
        endpoint: &'static Endpoint,
        ids: &str,
        query: &str,
    ) -> SandboxResponse {
        let media_types = |header: &str| -> Vec<String> {
            let value = request.header(header).unwrap_or("");
            let types = value.split(',').map(|part| part.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
            types.filter(|name| !name.is_empty()).collect()
        };
        let is_one_of = |types: &[String], known: &[&str]| {
            types.is_empty() || types.iter().any(|name| known.contains(&name.as_str()))
        };
        if !is_one_of(&media_types("accept"), &RESPONSE_MEDIA_TYPES)
            || !is_one_of(&media_types("content-type"), &REQUEST_MEDIA_TYPES)
        {
            return error_response::for_code("INVALID_MEDIATYPE");
        }
        let body = endpoint
            .check(&endpoint_params(endpoint, ids, query))
            .map_err(|problems| problems.first().map_or("Bad Request", |problem| problem.code))
            .and_then(|request| endpoints::respond(&self.store, &self.serializer, &request));
        match body {
            Ok(body) => SandboxResponse::text(200, JSON_TYPE, body),
            Err(code) => error_response::for_code(code),
        }
    }

    fn control(&mut self, request: &SandboxRequest, query: &str) -> SandboxResponse {
        let info = match InfoOptions::from_query(query) {
            Ok(options) => options,
            Err(error) => return error_response::control_error(400, &error.field, &error.message),
        };
        match request.method.to_ascii_uppercase().as_str() {
            "GET" | "HEAD" => {}
            "POST" => {
                if let Some((field, message)) = control_access::denial(request, &self.options.hosts) {
                    return error_response::control_error(403, field, message);
                }
                match ControlCommand::parse(&request.body) {
                    Ok(command) => self.execute(command),
                    Err(error) => return error_response::control_error(400, &error.field, &error.message),
                }
            }
            _ => {
                let mut response = error_response::control_error(405, "method", "method: expected GET or POST");
                response.headers.push(("Allow", "GET, POST".to_owned()));
                return response;
            }
        }
        SandboxResponse::json(200, &self.info_json(info))
    }

    fn execute(&mut self, command: ControlCommand) {
        if command.clear {
            self.faults.clear();
        }
        command.faults.into_iter().for_each(|fault| self.faults.set(fault));
        self.advance(command.advance_ms);
    }
}

/// Returns the parameters of the endpoint as JSON. The service ignores others. A value that only the client accepts is replaced
/// by one of no accepted type.
fn endpoint_params(endpoint: &Endpoint, ids: &str, query: &str) -> Json {
    let ids = crate::endpoint::percent_decode(ids);
    let query = route::query_pairs(query);
    let mut members = Vec::new();
    for param in endpoint.params {
        let value = match param.role {
            ParamRole::IdList(_) => Some(Json::from(ids.split(',').filter(|id| !id.is_empty()).collect::<Vec<_>>())),
            ParamRole::SingleId(_) => Some(Json::from(ids.as_str())),
            role => query.iter().find(|(name, _)| name == param.name).map(|(_, value)| {
                if is_for_client_only(role, value) { Json::Bool(true) } else { Json::from(value.as_str()) }
            }),
        };
        members.extend(value.map(|value| (param.name, value)));
    }
    Json::object(members)
}

/// Whether the client accepts a value, and sends another form of it: a date without a time, or white space around a value.
fn is_for_client_only(role: ParamRole, value: &str) -> bool {
    let is_date = matches!(role, ParamRole::CreatedFrom | ParamRole::CreatedTo);
    value.trim().len() != value.len() || is_date && value.len() == 10
}
