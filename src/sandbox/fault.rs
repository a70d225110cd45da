//! Fault injection: errors, delays and broken connections that tests switch on.

use super::OptionError;
use super::dataset::rng::{Rng, RngStream};
use super::http::Effect;
use super::object_reader::{MAX_SAFE_INTEGER, ObjectReader};
use crate::endpoint::ENDPOINTS;
use crate::error::{ERROR_TABLE, ErrorRow};
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};

/// Name and description of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultDoc {
    /// Name that switches the fault on.
    pub name: &'static str,
    /// Effect of the fault.
    pub doc: &'static str,
}

const fn doc(name: &'static str, doc: &'static str) -> FaultDoc {
    FaultDoc { name, doc }
}

/// The faults with a name of their own. Every code of the error table is a fault as well, in any spelling that a
/// gateway uses for it: `CASE_NOTFOUND`. Where a code has several rows, `404:API_UNAVAILABLE` selects by status and
/// `SYSTEM_ERROR#2` by position.
///
/// ```
/// use cisco_support_case::sandbox::{FAULTS, Options, Sandbox};
/// use cisco_support_case::util::Json;
///
/// let mut sandbox = Sandbox::new(Options::default());
/// for fault in FAULTS {
///     assert!(sandbox.fault(&Json::object([("name", Json::from(fault.name))])).is_ok());
/// }
/// ```
pub const FAULTS: &[FaultDoc] = &[
    doc("over_qps", "403 Developer Over Qps with Retry-After: 1"),
    doc("over_rate", "403 Developer Over Rate, without Retry-After"),
    doc("over_rate_429", "the same with HTTP status 429"),
    doc("over_capacity", "403 Rate Limit Exceeded"),
    doc("not_authorized_401", "401 Not Authorized"),
    doc("not_authorized_403", "403 Not Authorized, as for an expired token"),
    doc("one_contract", "EXCEEDED_INPUTS for every request with more than one contract id, as documented"),
    doc("latency", "every response is delayed (ms, default 1000)"),
    doc("slow_body", "the body is sent in pieces (over ms, default 1000)"),
    doc("reset", "the connection is reset before anything is sent"),
    doc("truncated_body", "the connection is reset in the middle of the body"),
    doc("garbage_json", "status 200 and half of a body, which is not valid JSON"),
    doc("html_error", "502 with an HTML page, without X-Mashery-Error-Code"),
    doc("api_error_200", "status 200 with an error as its body, in one of two shapes"),
    doc("invalid_client", "the token endpoint rejects the client, as it occasionally does; route \"token\" only"),
];

/// Route name of the token endpoint.
pub(super) const TOKEN_ROUTE: &str = "token";

const DEFAULT_MS: u32 = 1000;

/// Longest delay of a fault: one hour.
const MAX_MS: u64 = 3_600_000;

/// Error that replaces the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replacement {
    /// A row of the error table with an HTTP status, which may differ from the documented one.
    Row(&'static ErrorRow, u16),
    HtmlError,
    ApiError200,
    InvalidClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultKind {
    Replace(Replacement),
    OneContract(&'static ErrorRow),
    Latency { ms: u32 },
    Effect(Effect),
    GarbageJson,
}

/// A validated description of a fault.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FaultSpec {
    name: String,
    kind: FaultKind,
    rate: f64,
    times: Option<u64>,
    route: Option<&'static str>,
}

impl FaultSpec {
    /// Reads `{ name, rate, times, route, ms }`.
    pub(super) fn from_json(path: &str, json: &Json) -> Result<FaultSpec, OptionError> {
        let reader = ObjectReader::new(path, json, &["name", "rate", "times", "route", "ms"])?;
        let ms = reader.integer("ms", 0, MAX_MS)?.map_or(DEFAULT_MS, |ms| u32::try_from(ms).unwrap_or(DEFAULT_MS));
        let (name, kind) = reader.string("name")?.and_then(|name| parse_name(name, ms)).ok_or_else(|| {
            let names = FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>().join(", ");
            reader.error("name", &format!("one of {names}, or a code of the service's error table"))
        })?;
        let mut route = match reader.string("route")? {
            None => None,
            Some(TOKEN_ROUTE) => Some(TOKEN_ROUTE),
            Some(name) => {
                let known = ENDPOINTS.iter().map(|endpoint| endpoint.operation_id).find(|known| *known == name);
                let expected = || {
                    let names = ENDPOINTS.iter().map(|endpoint| endpoint.operation_id).collect::<Vec<_>>().join(", ");
                    format!("one of {names}, {TOKEN_ROUTE}")
                };
                Some(known.ok_or_else(|| reader.error("route", &expected()))?)
            }
        };
        if kind == FaultKind::Replace(Replacement::InvalidClient) {
            if route.is_some_and(|route| route != TOKEN_ROUTE) {
                return Err(reader.error("route", "\"token\", since only the token endpoint knows clients"));
            }
            route = Some(TOKEN_ROUTE);
        }
        Ok(FaultSpec {
            name,
            kind,
            rate: reader.number("rate", 0.0, 1.0)?.unwrap_or(1.0),
            times: reader.integer("times", 1, MAX_SAFE_INTEGER)?,
            route,
        })
    }
}

/// Parses the name of a fault into its normal form and its kind.
fn parse_name(name: &str, ms: u32) -> Option<(String, FaultKind)> {
    let row = |code: &str, status: u16| {
        let row = ERROR_TABLE.iter().find(|row| row.code == code)?;
        Some(FaultKind::Replace(Replacement::Row(row, if status == 0 { row.status } else { status })))
    };
    let lower = name.trim().to_ascii_lowercase();
    let named = match lower.as_str() {
        "over_qps" => row("Account Over Queries Per Second Limit", 0),
        "over_rate" => row("Account Over Rate Limit", 0),
        "over_rate_429" => row("Account Over Rate Limit", 429),
        "over_capacity" => row("Rate Limit Exceeded", 0),
        "not_authorized_401" => row("Not Authorized", 401),
        "not_authorized_403" => row("Not Authorized", 0),
        "one_contract" => ERROR_TABLE.iter().find(|row| row.code == "EXCEEDED_INPUTS").map(FaultKind::OneContract),
        "latency" => Some(FaultKind::Latency { ms }),
        "slow_body" => Some(FaultKind::Effect(Effect::SlowBody { ms })),
        "reset" => Some(FaultKind::Effect(Effect::Reset)),
        "truncated_body" => Some(FaultKind::Effect(Effect::TruncatedBody)),
        "garbage_json" => Some(FaultKind::GarbageJson),
        "html_error" => Some(FaultKind::Replace(Replacement::HtmlError)),
        "api_error_200" => Some(FaultKind::Replace(Replacement::ApiError200)),
        "invalid_client" => Some(FaultKind::Replace(Replacement::InvalidClient)),
        _ => None,
    };
    match named {
        Some(kind) => Some((lower, kind)),
        None => {
            let row = find_row(name)?;
            Some((name.trim().to_owned(), FaultKind::Replace(Replacement::Row(row, row.status))))
        }
    }
}

/// Returns the error row for `CODE`, `status:CODE`, `CODE#number` or `status:CODE#number`.
fn find_row(name: &str) -> Option<&'static ErrorRow> {
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

/// A fault that is switched on.
#[derive(Clone, Debug)]
struct ActiveFault {
    spec: FaultSpec,
    /// Serial number among all faults ever set. It seeds the fault's random numbers, so that faults fire independently.
    number: u64,
    drawn: u64,
    fired: u64,
}

/// The active faults and their random decisions.
#[derive(Debug, Default)]
pub(super) struct FaultInjector {
    seed: u64,
    faults: Vec<ActiveFault>,
    next_number: u64,
}

/// Combined effects of the active faults on one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FaultEffects {
    pub(super) delay_ms: u32,
    pub(super) replacement: Option<Replacement>,
    pub(super) effect: Effect,
    pub(super) garbage_json: bool,
}

impl FaultInjector {
    pub(super) fn new(seed: u64) -> FaultInjector {
        FaultInjector { seed, ..FaultInjector::default() }
    }

    /// Switches a fault on. It replaces an active fault of the same name and route.
    pub(super) fn set(&mut self, spec: FaultSpec) {
        let fault = ActiveFault { number: self.next_number, drawn: 0, fired: 0, spec };
        self.next_number += 1;
        let same =
            |other: &&mut ActiveFault| other.spec.name == fault.spec.name && other.spec.route == fault.spec.route;
        match self.faults.iter_mut().find(same) {
            Some(other) => *other = fault,
            None => self.faults.push(fault),
        }
    }

    /// Switches all faults off.
    pub(super) fn clear(&mut self) {
        self.faults.clear();
    }

    /// Returns the effects on a request of this route, empty for other paths, and counts the faults that fire. Faults apply
    /// in the order in which they were set, transport effects before others. Only the first replacement and the first
    /// transport effect apply, and no other body where the connection is reset; what does not apply does not use up its
    /// `times`.
    pub(super) fn draw_effects(&mut self, route: &str, contracts: usize) -> FaultEffects {
        let mut effects = FaultEffects::default();
        let (first, others): (Vec<_>, Vec<_>) =
            self.faults.iter_mut().partition(|fault| matches!(fault.spec.kind, FaultKind::Effect(_)));
        for fault in first.into_iter().chain(others) {
            let spec = &fault.spec;
            // A fault without a route applies to the four endpoints. The token endpoint belongs to another server.
            if !spec.route.map_or(route != TOKEN_ROUTE && !route.is_empty(), |wanted| wanted == route) {
                continue;
            }
            let is_sent = effects.effect != Effect::Reset;
            let possible = match spec.kind {
                FaultKind::Replace(_) => is_sent && effects.replacement.is_none(),
                FaultKind::OneContract(_) => is_sent && effects.replacement.is_none() && contracts > 1,
                FaultKind::Effect(_) => effects.effect == Effect::None,
                FaultKind::GarbageJson => is_sent,
                FaultKind::Latency { .. } => true,
            };
            if !possible || spec.times.is_some_and(|times| fault.fired >= times) {
                continue;
            }
            let chance = Rng::new(self.seed ^ fault.number << 32, RngStream::Fault, fault.drawn).next_u64();
            fault.drawn += 1;
            // The upper 53 bits give a number in [0, 1) that is exact on every platform.
            if (chance >> 11) as f64 / (1u64 << 53) as f64 >= spec.rate {
                continue;
            }
            fault.fired += 1;
            match spec.kind {
                FaultKind::Replace(instead) => effects.replacement = Some(instead),
                FaultKind::OneContract(row) => effects.replacement = Some(Replacement::Row(row, row.status)),
                FaultKind::Latency { ms } => effects.delay_ms = effects.delay_ms.saturating_add(ms),
                FaultKind::Effect(effect) => effects.effect = effect,
                FaultKind::GarbageJson => effects.garbage_json = true,
            }
        }
        effects
    }

    /// Serializes the active faults that may still fire.
    pub(super) fn to_json(&self) -> Json {
        let on = self.faults.iter().filter(|fault| fault.spec.times.is_none_or(|times| fault.fired < times));
        Json::Array(
            on.map(|ActiveFault { spec, fired, .. }| {
                Json::object([
                    ("name", Json::from(spec.name.as_str())),
                    ("rate", Json::Number(spec.rate.to_string())),
                    ("times", spec.times.map_or(Json::Null, |times| Json::Number(times.to_string()))),
                    ("route", Json::from(spec.route)),
                    ("fired", Json::Number(fired.to_string())),
                ])
            })
            .collect(),
        )
    }
}
