//! What a sandbox is made with.

use super::OptionError;
use super::object_reader::{MAX_SAFE_INTEGER, ObjectReader};
use crate::model::Timestamp;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The largest case base.
pub const MAX_CASES: u32 = 1_000_000;

/// The most moves in an hour: one in every millisecond.
pub const MAX_MOVES_PER_HOUR: f64 = 3_600_000.0;

/// A request takes no longer than an hour.
const MAX_MS_PER_REQUEST: u32 = 3_600_000;

/// Where the clock stands unless it is told otherwise: 2026-06-01T12:00:00Z.
const DEFAULT_NOW_MS: i64 = 1_780_315_200_000;

/// What a sandbox is made with.
///
/// ```
/// use cisco_support_case::sandbox::Options;
/// assert_eq!(Options::default().cases, 1000);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// How many cases, 1 to [`MAX_CASES`].
    pub cases: u32,
    /// What the cases are made from. The same seed, number and `now` give the same bytes.
    pub seed: u64,
    /// Where the clock stands, in milliseconds since 1970 (UTC). The newest case is from shortly before.
    pub now_ms: i64,
    /// Which tokens are accepted.
    pub auth: Auth,
    /// What a real clock says now, in milliseconds since 1970 (UTC): the sandbox's clock then goes with it, as
    /// [`Sandbox::follow_clock`](super::Sandbox::follow_clock) tells it. None: it stands still.
    pub live_ms: Option<i64>,
    /// How many times in an hour of its clock a case moves: is created, updated, closed or reopened. 0 to
    /// [`MAX_MOVES_PER_HOUR`]. Which cases do so and when hangs on the seed, and not on the steps that the clock makes;
    /// only a step over more than [`MAX_MOVES_PER_STEP`](super::MAX_MOVES_PER_STEP) moves leaves the first of them out.
    pub moves_per_hour: f64,
    /// How far each request to one of the four endpoints moves the clock on before it is answered, in milliseconds: a
    /// list then moves between the requests of its reader.
    pub ms_per_request: u32,
    /// Names under which `POST /__sandbox` is taken over a network besides `localhost` and IP addresses.
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
            hosts: Vec::new(),
        }
    }
}

impl Options {
    /// Options as an object: `cases`, `seed`, `now` (RFC 3339), `auth` (`"any"` or `"strict"`), `live`, `movesPerHour`,
    /// `msPerRequest`, `hosts`. `wall_ms` is what a real clock says; a live sandbox without `now` begins there.
    pub fn from_json(json: &Json, wall_ms: i64) -> Result<Options, OptionError> {
        let known = ["cases", "seed", "now", "auth", "live", "movesPerHour", "msPerRequest", "hosts"];
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

/// The years 1972 to 9998: the oldest case is two years older than the clock, and the clock can go on.
const VALID_NOW_MS: core::ops::Range<i64> = 63_072_000_000..253_370_764_800_000;

/// Which tokens are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Any Bearer token that is not empty.
    #[default]
    Any,
    /// Only tokens that this sandbox's token endpoint gave out and that have not expired on its clock.
    Strict,
}

impl Auth {
    /// Its name in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Auth::Any => "any",
            Auth::Strict => "strict",
        }
    }
}
