//! The options of a sandbox and their validation.

use super::OptionError;
use super::object_reader::{MAX_SAFE_INTEGER, ObjectReader};
use crate::model::Timestamp;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Maximum number of cases.
///
/// ```
/// use cisco_support_case::sandbox::{MAX_CASES, Options};
/// use cisco_support_case::util::Json;
///
/// let options = |cases| Options::from_json(&Json::object([("cases", Json::from(cases))]), 0);
/// assert!(options(MAX_CASES).is_ok_and(|options| options.cases == MAX_CASES));
/// assert!(options(MAX_CASES + 1).is_err());
/// ```
pub const MAX_CASES: u32 = 1_000_000;

/// Maximum number of mutations per hour: one per millisecond.
///
/// ```
/// use cisco_support_case::sandbox::{MAX_MOVES_PER_HOUR, Options, Sandbox};
/// use cisco_support_case::util::Json;
///
/// let mut options = Options::default();
/// options.moves_per_hour = 2.0 * MAX_MOVES_PER_HOUR;
/// let maximum = Json::Number(MAX_MOVES_PER_HOUR.to_string());
/// assert_eq!(Sandbox::new(options).info().get("movesPerHour"), Some(&maximum));
/// ```
pub const MAX_MOVES_PER_HOUR: f64 = 3_600_000.0;

/// Maximum time of a request on the virtual clock: one hour.
const MAX_MS_PER_REQUEST: u32 = 3_600_000;

/// Default time of the virtual clock: 2026-06-01T12:00:00Z.
const DEFAULT_NOW_MS: i64 = 1_780_315_200_000;

/// Options of a [`Sandbox`](super::Sandbox).
///
/// ```
/// use cisco_support_case::sandbox::Options;
/// assert_eq!(Options::default().cases, 1000);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// Number of cases, 1 to [`MAX_CASES`].
    pub cases: u32,
    /// Seed of the synthetic cases. Equal seed, number and `now_ms` give equal bytes.
    pub seed: u64,
    /// Initial time of the virtual clock, in milliseconds since 1970 (UTC). The newest case is slightly older.
    pub now_ms: i64,
    /// Tokens that the sandbox accepts.
    pub auth: Auth,
    /// Reading of the wall clock in milliseconds since 1970 (UTC). The virtual clock then follows the readings passed
    /// to [`Sandbox::follow_clock`](super::Sandbox::follow_clock). `None` for a clock that only `advance` moves.
    pub live_ms: Option<i64>,
    /// Mutations per hour of the virtual clock, 0 to [`MAX_MOVES_PER_HOUR`]. A mutation creates, updates, closes or
    /// reopens a case. The seed determines cases and times, independently of the clock's steps; only a step over more
    /// than [`MAX_MOVES_PER_STEP`](super::MAX_MOVES_PER_STEP) mutations skips the first of them.
    pub moves_per_hour: f64,
    /// Milliseconds by which each request to one of the four endpoints advances the clock before its response. Lists
    /// then change between the requests of one reader.
    pub ms_per_request: u32,
    /// Words of the titles. Other fields do not depend on it.
    pub titles: Titles,
    /// Host names under which `POST /__sandbox` is accepted, besides `localhost` and IP addresses.
    pub hosts: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cases: 1000,
            seed: 1,
            now_ms: DEFAULT_NOW_MS,
            auth: Auth::Any,
            live_ms: None,
            moves_per_hour: 0.0,
            ms_per_request: 0,
            titles: Titles::Plain,
            hosts: Vec::new(),
        }
    }
}

impl Options {
    /// Reads `{ cases, seed, now, auth, live, movesPerHour, msPerRequest, titles, hosts }`: `now` is RFC 3339,
    /// `auth` is `"any"` or `"strict"`, `titles` is `"plain"` or `"varied"`. `wall_ms` is a reading of the wall clock, at which a live sandbox without `now` begins.
    pub fn from_json(json: &Json, wall_ms: i64) -> Result<Options, OptionError> {
        let known = ["cases", "seed", "now", "auth", "live", "movesPerHour", "msPerRequest", "titles", "hosts"];
        let reader = ObjectReader::new("options", json, &known)?;
        let mut options = Options::default();
        if let Some(cases) = reader.integer("cases", 1, u64::from(MAX_CASES))? {
            options.cases = u32::try_from(cases).unwrap_or(MAX_CASES);
        }
        if let Some(seed) = reader.integer("seed", 0, MAX_SAFE_INTEGER)? {
            options.seed = seed;
        }
        if reader.boolean("live")?.unwrap_or(false) {
            options.live_ms = Some(wall_ms);
            options.now_ms = wall_ms;
        }
        if let Some(now) = reader.string("now")? {
            let expected = "an RFC 3339 date and time from 1972 to 9998, such as 2026-06-01T12:00:00Z";
            let now = Timestamp::parse(now).map(|now| now.unix_ms()).filter(|now| VALID_NOW_MS.contains(now));
            options.now_ms = now.ok_or_else(|| reader.error("now", expected))?;
        }
        options.auth = match reader.string("auth")? {
            None | Some("any") => Auth::Any,
            Some("strict") => Auth::Strict,
            Some(_) => return Err(reader.error("auth", "\"any\" or \"strict\"")),
        };
        if let Some(moves) = reader.number("movesPerHour", 0.0, MAX_MOVES_PER_HOUR)? {
            options.moves_per_hour = moves;
        }
        if let Some(ms) = reader.integer("msPerRequest", 0, u64::from(MAX_MS_PER_REQUEST))? {
            options.ms_per_request = u32::try_from(ms).unwrap_or(MAX_MS_PER_REQUEST);
        }
        options.titles = match reader.string("titles")? {
            None | Some("plain") => Titles::Plain,
            Some("varied") => Titles::Varied,
            Some(_) => return Err(reader.error("titles", "\"plain\" or \"varied\"")),
        };
        match reader.get("hosts") {
            None => {}
            Some(Json::Array(names)) if names.iter().all(|name| name.as_str().is_some()) => {
                options.hosts = names.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            }
            Some(_) => return Err(reader.error("hosts", "an array of names")),
        }
        Ok(options)
    }
}

/// Valid times of the clock, the years 1972 to 9998: the oldest case is two years older, and the clock can still
/// advance.
const VALID_NOW_MS: core::ops::Range<i64> = 63_072_000_000..253_370_764_800_000;

/// Tokens that a sandbox accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Any non-empty Bearer token.
    #[default]
    Any,
    /// Only unexpired tokens of this sandbox's token endpoint.
    Strict,
}

impl Auth {
    /// Name of the mode in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Auth::Any => "any",
            Auth::Strict => "strict",
        }
    }
}

/// Words of the sandbox's titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Titles {
    /// Some hundred words.
    #[default]
    Plain,
    /// About 30 000 further words, most of them rare, as real titles have. Search indexes are as large as over real titles.
    Varied,
}
