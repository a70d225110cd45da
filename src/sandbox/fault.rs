//! What fails on request.

use super::OptionError;
use super::base::dice::{Dice, Stream};
use super::control::Given;
use super::exchange::Effect;
use crate::endpoint::ENDPOINTS;
use crate::error::{ERROR_TABLE, ErrorRow};
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};

/// A fault by its name, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultDoc {
    /// The name by which it is switched on.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

const fn doc(name: &'static str, doc: &'static str) -> FaultDoc {
    FaultDoc { name, doc }
}

/// The faults with a name of their own. Besides them, every code of the error table is a fault: `CASE_NOTFOUND`,
/// however a gateway spells it; where a code has several rows, `404:API_UNAVAILABLE` says which status and
/// `SYSTEM_ERROR#2` which of them.
pub const FAULTS: &[FaultDoc] = &[
    doc("over_qps", "403 Developer Over Qps with Retry-After: 1"),
    doc("over_rate", "403 Developer Over Rate, without Retry-After"),
    doc("over_rate_429", "the same with HTTP status 429"),
    doc("over_capacity", "403 Rate Limit Exceeded"),
    doc("not_authorized_401", "401 Not Authorized"),
    doc("not_authorized_403", "403 Not Authorized, as an expired token gets it"),
    doc("one_contract", "EXCEEDED_INPUTS to every request with more than one contract id, as the error table says"),
    doc("latency", "every answer waits (ms, 1000 unless given)"),
    doc("slow_body", "the body comes in pieces (over ms, 1000 unless given)"),
    doc("reset", "the connection breaks before anything is sent"),
    doc("truncated_body", "the connection breaks in the middle of the body"),
    doc("garbage_json", "the status of success and half a body that is no JSON"),
    doc("html_error", "502 with an HTML page, without X-Mashery-Error-Code"),
    doc("api_error_200", "status 200 with an error as its body, in one of two shapes"),
    doc("invalid_client", "the token endpoint refuses the client, as it now and then does; route \"token\" only"),
];

/// The name under which a fault is put on the token endpoint.
pub(super) const TOKEN_ROUTE: &str = "token";

const DEFAULT_MS: u32 = 1000;

/// Nobody waits longer than an hour.
const MAX_MS: u64 = 3_600_000;

/// What takes the place of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// A row of the error table, with a status that may differ from the documented one.
    Row(&'static ErrorRow, u16),
    HtmlError,
    ApiError200,
    InvalidClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Instead(Instead),
    OneContract(&'static ErrorRow),
    Latency { ms: u32 },
    Effect(Effect),
    GarbageJson,
}

/// A fault as somebody asked for it, checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FaultOrder {
    name: String,
    kind: Kind,
    rate: f64,
    times: Option<u64>,
    route: Option<&'static str>,
}

impl FaultOrder {
    /// Reads `{ name, rate, times, route, ms }`.
    pub(super) fn from_json(place: &str, json: &Json) -> Result<FaultOrder, OptionError> {
        let given = Given::object(place, json, &["name", "rate", "times", "route", "ms"])?;
        let ms = given.whole("ms", 0, MAX_MS)?.map_or(DEFAULT_MS, |ms| u32::try_from(ms).unwrap_or(DEFAULT_MS));
        let (name, kind) = given.text("name")?.and_then(|name| kind_of(name, ms)).ok_or_else(|| {
            let names = FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>().join(", ");
            given.error("name", &format!("one of {names}, or a code of the service's error table"))
        })?;
        let mut route = match given.text("route")? {
            None => None,
            Some(TOKEN_ROUTE) => Some(TOKEN_ROUTE),
            Some(name) => {
                let known = ENDPOINTS.iter().map(|endpoint| endpoint.name).find(|known| *known == name);
                let expected = || {
                    let names = ENDPOINTS.iter().map(|endpoint| endpoint.name).collect::<Vec<_>>().join(", ");
                    format!("one of {names}, {TOKEN_ROUTE}")
                };
                Some(known.ok_or_else(|| given.error("route", &expected()))?)
            }
        };
        if kind == Kind::Instead(Instead::InvalidClient) {
            if route.is_some_and(|route| route != TOKEN_ROUTE) {
                return Err(given.error("route", "\"token\", since only the token endpoint knows clients"));
            }
            route = Some(TOKEN_ROUTE);
        }
        Ok(FaultOrder {
            name,
            kind,
            rate: given.number("rate", 0.0, 1.0)?.unwrap_or(1.0),
            times: given.whole("times", 1, super::options::MAX_SAFE_INTEGER)?,
            route,
        })
    }
}

/// A fault's name as it is kept, and what it does.
fn kind_of(name: &str, ms: u32) -> Option<(String, Kind)> {
    let row = |code: &str, status: u16| {
        let row = ERROR_TABLE.iter().find(|row| row.code == code)?;
        Some(Kind::Instead(Instead::Row(row, if status == 0 { row.status } else { status })))
    };
    let lower = name.trim().to_ascii_lowercase();
    let named = match lower.as_str() {
        "over_qps" => row("Account Over Queries Per Second Limit", 0),
        "over_rate" => row("Account Over Rate Limit", 0),
        "over_rate_429" => row("Account Over Rate Limit", 429),
        "over_capacity" => row("Rate Limit Exceeded", 0),
        "not_authorized_401" => row("Not Authorized", 401),
        "not_authorized_403" => row("Not Authorized", 0),
        "one_contract" => ERROR_TABLE.iter().find(|row| row.code == "EXCEEDED_INPUTS").map(Kind::OneContract),
        "latency" => Some(Kind::Latency { ms }),
        "slow_body" => Some(Kind::Effect(Effect::SlowBody { ms })),
        "reset" => Some(Kind::Effect(Effect::Reset)),
        "truncated_body" => Some(Kind::Effect(Effect::TruncatedBody)),
        "garbage_json" => Some(Kind::GarbageJson),
        "html_error" => Some(Kind::Instead(Instead::HtmlError)),
        "api_error_200" => Some(Kind::Instead(Instead::ApiError200)),
        "invalid_client" => Some(Kind::Instead(Instead::InvalidClient)),
        _ => None,
    };
    match named {
        Some(kind) => Some((lower, kind)),
        None => {
            let row = row_called(name)?;
            Some((name.trim().to_owned(), Kind::Instead(Instead::Row(row, row.status))))
        }
    }
}

/// The row of a code, as `CODE`, `status:CODE`, `CODE#number` or both.
fn row_called(name: &str) -> Option<&'static ErrorRow> {
    let (rest, number) = match name.rsplit_once('#') {
        Some((rest, number)) => (rest, number.trim().parse::<usize>().ok()?.checked_sub(1)?),
        None => (name, 0),
    };
    let (code, status) = match rest.split_once(':') {
        Some((status, code)) => (code, Some(status.trim().parse::<u16>().ok()?)),
        None => (rest, None),
    };
    ERROR_TABLE
        .iter()
        .filter(|row| row.matches_code(code) && status.is_none_or(|status| row.status == status))
        .nth(number)
}

/// A fault that is on.
#[derive(Clone, Debug)]
struct Fault {
    order: FaultOrder,
    /// Its number among all faults ever set, so that each has a chance of its own.
    number: u64,
    drawn: u64,
    fired: u64,
}

/// The faults that are on.
#[derive(Debug, Default)]
pub(super) struct Faults {
    seed: u64,
    faults: Vec<Fault>,
    set: u64,
}

/// What one request suffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Suffers {
    pub(super) delay_ms: u32,
    pub(super) instead: Option<Instead>,
    pub(super) effect: Effect,
    pub(super) garbage_json: bool,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Faults {
        Faults { seed, ..Faults::default() }
    }

    /// Switches a fault on, in place of the one of the same name and route.
    pub(super) fn set(&mut self, order: FaultOrder) {
        let fault = Fault { number: self.set, drawn: 0, fired: 0, order };
        self.set += 1;
        let same = |other: &&mut Fault| other.order.name == fault.order.name && other.order.route == fault.order.route;
        match self.faults.iter_mut().find(same) {
            Some(other) => *other = fault,
            None => self.faults.push(fault),
        }
    }

    /// Switches all faults off.
    pub(super) fn clear(&mut self) {
        self.faults.clear();
    }

    /// What a request on this route suffers. Faults are asked in the order in which they were set; the first that
    /// takes the answer's place keeps it, and the others of that kind are not spent.
    pub(super) fn draw(&mut self, route: &str, contracts: usize) -> Suffers {
        let mut suffers = Suffers::default();
        for fault in &mut self.faults {
            let order = &fault.order;
            // Without a route: the four endpoints. The token endpoint is another server.
            if !order.route.map_or(route != TOKEN_ROUTE, |wanted| wanted == route) {
                continue;
            }
            let possible = match order.kind {
                Kind::Instead(_) => suffers.instead.is_none(),
                Kind::OneContract(_) => suffers.instead.is_none() && contracts > 1,
                Kind::Effect(_) => suffers.effect == Effect::None,
                Kind::Latency { .. } | Kind::GarbageJson => true,
            };
            if !possible || order.times.is_some_and(|times| fault.fired >= times) {
                continue;
            }
            let chance = Dice::new(self.seed ^ fault.number << 32, Stream::Fault, fault.drawn).next();
            fault.drawn += 1;
            // The upper 53 bits, as a number from 0 to below 1: exact on every platform.
            if (chance >> 11) as f64 / (1u64 << 53) as f64 >= order.rate {
                continue;
            }
            fault.fired += 1;
            match order.kind {
                Kind::Instead(instead) => suffers.instead = Some(instead),
                Kind::OneContract(row) => suffers.instead = Some(Instead::Row(row, row.status)),
                Kind::Latency { ms } => suffers.delay_ms = suffers.delay_ms.saturating_add(ms),
                Kind::Effect(effect) => suffers.effect = effect,
                Kind::GarbageJson => suffers.garbage_json = true,
            }
        }
        suffers
    }

    /// The faults that are on and not yet spent.
    pub(super) fn to_json(&self) -> Json {
        let on = self.faults.iter().filter(|fault| fault.order.times.is_none_or(|times| fault.fired < times));
        Json::List(
            on.map(|Fault { order, fired, .. }| {
                Json::object([
                    ("name", Json::from(order.name.as_str())),
                    ("rate", Json::Number(order.rate.to_string())),
                    ("times", order.times.map_or(Json::Null, |times| Json::Number(times.to_string()))),
                    ("route", Json::from(order.route)),
                    ("fired", Json::Number(fired.to_string())),
                ])
            })
            .collect(),
        )
    }
}
