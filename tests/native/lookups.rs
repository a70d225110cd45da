//! Test cases for the lookups that the package repeats in TypeScript, with the results of Rust.

use crate::differential::rng::Rng;
use cisco_support_case::bulk::{BulkOperation, BulkQuery, bulk_options, decode_call, encode_call, estimate, sample};
use cisco_support_case::client::{
    CALL_OPTIONS, CLIENT_OPTIONS, Config, Engine, Environment, Now, RateLimits, TokenSource, call_options,
    checked_call_options, checked_options, client_options,
};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorRow, GATEWAY_ERRORS, explain};
use cisco_support_case::model::{CaseRecord, CaseStatus, PaginationRecord, StatusFlag};
use cisco_support_case::paging::{next_page_index, previous_page_index};
use cisco_support_case::rules::parse_ids;
use cisco_support_case::util::Json;
use std::collections::HashMap;

/// Number of random cases of each kind.
const CASES: usize = 20_000;

/// Characters at the edges of the classes that the rules distinguish.
///
/// These are white space, control characters, ASCII letters, and others.
const ODD: [char; 59] = [
    '\0',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\u{c}',
    '\r',
    '\u{e}',
    '\u{1b}',
    '\u{1c}',
    '\u{1f}',
    ' ',
    '"',
    '#',
    '%',
    ',',
    '/',
    ':',
    ';',
    '?',
    '@',
    '[',
    '\\',
    ']',
    '_',
    '\u{7f}',
    '\u{80}',
    '\u{85}',
    '\u{9f}',
    '\u{a0}',
    '\u{ad}',
    'é',
    'ı',
    'ſ',
    '\u{180e}',
    '\u{1680}',
    '\u{2000}',
    '\u{200a}',
    '\u{200b}',
    '\u{200d}',
    '\u{200e}',
    '\u{2028}',
    '\u{2029}',
    '\u{202f}',
    '\u{205f}',
    '\u{2060}',
    '\u{212a}',
    '\u{3000}',
    '\u{fb00}',
    '\u{feff}',
    '\u{fffd}',
    '🦀',
    '\u{ff0c}',
    '\u{3001}',
    '\u{61b}',
    '\u{fe0f}',
    '\u{3164}',
    '\u{e0001}',
    '\u{fff9}',
];

/// Returns all rows in the order of their indices.
fn rows() -> impl Iterator<Item = &'static ErrorRow> {
    ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS)
}

/// Returns a text of plain and special characters.
fn odd_text(rng: &mut Rng, most: usize) -> String {
    let plain: Vec<char> = ('0'..='9').chain('a'..='f').chain(['A', 'Z', '.', '-', '~']).collect();
    let odd = rng.below(700);
    (0..rng.below(most + 1)).map(|_| if rng.permille(odd) { *rng.pick(&ODD) } else { *rng.pick(&plain) }).collect()
}

/// Returns an integer of any magnitude in JavaScript's notation.
fn number(rng: &mut Rng) -> Json {
    let digits = [
        "0",
        "1",
        "2",
        "5",
        "10",
        "11",
        "100",
        "30000",
        "1000000",
        "1000001",
        "3600000",
        "3600001",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "9007199254740992",
        "1e+21",
        "-1",
        "1.5",
        "0.1",
        "5e-324",
        "100000000000000000000",
    ];
    Json::Number((*rng.pick(&digits)).to_owned())
}

/// Returns a value of any type.
fn any(rng: &mut Rng, depth: usize) -> Json {
    match rng.below(if depth == 0 { 6 } else { 8 }) {
        0 => Json::Null,
        1 => Json::Bool(rng.permille(500)),
        2 => number(rng),
        3 => Json::String(odd_text(rng, 12)),
        4 => Json::String(odd_text(rng, 300)),
        5 => Json::from(*rng.pick(&["", " ", "\u{85}", "\u{feff}", "report", "warn", "/api", "[function]", "NaN"])),
        6 => Json::Array((0..rng.below(8)).map(|_| any(rng, depth - 1)).collect()),
        _ => object((0..rng.below(4)).map(|_| (odd_name(rng), any(rng, depth - 1))).collect()),
    }
}

/// Returns a name of no option.
///
/// It is never an integer, because JavaScript reorders such members.
fn odd_name(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => "__proto__".to_owned(),
        1 => "constructor".to_owned(),
        2 => "perHour".to_owned(),
        3 => "toString".to_owned(),
        _ => format!("x{}", odd_text(rng, 10)),
    }
}

/// Returns an object with distinct names: of duplicates JavaScript takes the last.
fn object(members: Vec<(String, Json)>) -> Json {
    let mut distinct: Vec<(String, Json)> = Vec::new();
    for (name, value) in members {
        if distinct.iter().all(|(known, _)| *known != name) {
            distinct.push((name, value));
        }
    }
    Json::Object(distinct)
}

fn url(rng: &mut Rng) -> String {
    let schemes =
        ["https://", "HTTPS://", "http://", "Http://", "ftp://", "https:/", "//", "/", "", "httpſ://", "ws://"];
    let users = ["", "", "", "", "synthetic:hidden@", "synthetic@", "@", "a@b@", "https://x@"];
    let hosts = [
        "portal.example",
        "apix.cisco.com",
        "localhost",
        "LOCALHOST",
        "a.localhost",
        "xlocalhost",
        "127.0.0.1",
        "127.",
        "127.0.0.1.example",
        "128.0.0.1",
        "[::1]",
        "[::2]",
        "[::1",
        "[[::1]]",
        "[localhost]",
        "[::1]x",
        "[::1]xy",
        "[127.1]",
        "::1",
        "",
        "bücher.example",
        "a_b-c",
        "a b",
        "a*b",
        "x:1@localhost",
        "a,b",
        "🦀.example",
    ];
    let ports =
        ["", "", "", "", ":80", ":0", ":65535", ":65536", ":00080", ":", ":8o", ":+80", ":80:80", ":99999999999999"];
    let paths =
        ["", "/", "//", "/case/v3", "/case/v3/", "/a@b", "/a:b", "/a?q=hidden", "/a#f", "/a\\b", "/é", "/a?b@c"];
    let mut text =
        [*rng.pick(&schemes), *rng.pick(&users), *rng.pick(&hosts), *rng.pick(&ports), *rng.pick(&paths)].concat();
    if rng.permille(100) {
        text.push_str(&odd_text(rng, 6));
    }
    if rng.permille(30) {
        text.push_str(&"long/".repeat(rng.between(15, 30)));
    }
    padded(rng, text)
}

/// Surrounds a text with white space or similar characters in some cases.
fn padded(rng: &mut Rng, text: String) -> String {
    if rng.permille(850) { text } else { [odd_text(rng, 2), text, rng.pick(&ODD).to_string()].concat() }
}

fn token(rng: &mut Rng) -> String {
    match rng.below(5) {
        0 => odd_text(rng, 8),
        1 => String::new(),
        2 => "a b".to_owned(),
        _ => "synthetic-token~!".to_owned(),
    }
}

fn headers(rng: &mut Rng) -> Json {
    let names = [
        "x-trace",
        "X_1",
        "Authorization",
        "COOKIE",
        "host",
        "Content-Length",
        "accept",
        "x y",
        "",
        "é",
        "hoſt",
        "!#$%&'*+-.^_`|~",
        "a:b",
        "x\n",
    ];
    let values = ["1", "", " ", "a b", " a", "a ", "a\tb", "\ta", "a\nb", "é", "~", "\u{7f}", "a\u{0}", "\u{a0}"];
    let members = (0..rng.below(4)).map(|_| {
        let name = if rng.permille(700) { (*rng.pick(&names)).to_owned() } else { odd_name(rng) };
        let value = match rng.below(4) {
            0 => any(rng, 1),
            1 => Json::String(odd_text(rng, 8)),
            _ => Json::from(*rng.pick(&values)),
        };
        (name, value)
    });
    object(members.collect())
}

/// Returns a value for a member, mostly of the right type.
fn value(rng: &mut Rng, name: &str) -> Json {
    if rng.permille(150) {
        return any(rng, 2);
    }
    let numbers = |rng: &mut Rng, names: &[&str]| {
        let members = (0..rng.below(4)).map(|_| {
            let name = if rng.permille(60) { odd_name(rng) } else { (*rng.pick(names)).to_owned() };
            (name, if rng.permille(300) { any(rng, 1) } else { number(rng) })
        });
        object(members.collect())
    };
    match name {
        "baseUrl" | "tokenUrl" => Json::String(url(rng)),
        "token" => Json::String(token(rng)),
        "clientId" | "clientSecret" => match rng.below(6) {
            0 => Json::Null,
            1 => Json::from(*rng.pick(&["", " ", "\u{85}", "\u{feff}"])),
            _ => Json::from("synthetic"),
        },
        "credentials" => members(rng, &["clientId", "clientSecret", "clientId", "clientSecret", "tokenUrl"], 20),
        "headers" => headers(rng),
        "timeoutMs" | "maxRetries" => number(rng),
        "rateLimit" if rng.below(6) == 0 => Json::Bool(rng.below(2) == 0),
        "rateLimit" => numbers(rng, &["perSecond", "perMinute", "perDay", "maxConcurrent"]),
        "backoff" => numbers(rng, &["baseMs", "capMs"]),
        "validation" => {
            let word = (*rng.pick(&["report", "strict", "lax", ""])).to_owned();
            Json::String(padded(rng, word))
        }
        "order" => {
            let word = (*rng.pick(&["newest", "oldest", "up", ""])).to_owned();
            Json::String(padded(rng, word))
        }
        "traceparent" => Json::String(traceparent(rng)),
        "logLevel" => {
            let word = (*rng.pick(&["debug", "info", "warn", "error", "all"])).to_owned();
            Json::String(padded(rng, word))
        }
        _ => any(rng, 1),
    }
}

/// Returns a `traceparent`, valid or nearly valid.
fn traceparent(rng: &mut Rng) -> String {
    let mut hex = |digits: usize| -> String {
        let zero = rng.permille(150);
        (0..digits).map(|_| if zero { '0' } else { *rng.pick(&['0', '3', 'a', 'f']) }).collect()
    };
    let mut text = format!("00-{}-{}-{}", hex(32), hex(16), hex(2));
    if rng.permille(300) {
        let at = rng.below(text.len());
        text.replace_range(at..=at, rng.pick::<&str>(&["", "A", "g", "-", "0", "00", "\n", " "]));
    }
    if rng.permille(100) { text + "\n" } else { text }
}

/// Returns an object with some of these members in any order, and in some cases with others.
fn members(rng: &mut Rng, names: &[&str], strange: usize) -> Json {
    let mut members = Vec::new();
    for name in names {
        if rng.permille(400) {
            members.push(((*name).to_owned(), value(rng, name)));
        }
        if rng.permille(strange) {
            members.push((odd_name(rng), any(rng, 1)));
        }
    }
    rng.shuffle(&mut members);
    object(members)
}

/// Returns options, valid or invalid.
///
/// Options that are functions are mostly left out, because each is an error in JSON.
fn options(rng: &mut Rng) -> Json {
    if rng.permille(20) {
        return any(rng, 2);
    }
    let functions = ["tokenCache", "fetch", "hooks", "logger"];
    let has_functions = rng.permille(200);
    let names: Vec<_> = CLIENT_OPTIONS.into_iter().filter(|name| has_functions || !functions.contains(name)).collect();
    // With few members, some options are without a problem.
    let few = rng.permille(500);
    let names: Vec<_> = names.into_iter().filter(|_| !few || rng.permille(350)).collect();
    members(rng, &names, 4)
}

/// Returns options of a call, valid or invalid.
fn call_options_of(rng: &mut Rng) -> Json {
    if rng.permille(20) {
        return any(rng, 2);
    }
    // In JSON `signal` is an error in any form.
    let has_signal = rng.permille(500);
    let names: Vec<_> = CALL_OPTIONS.into_iter().filter(|name| has_signal || *name != "signal").collect();
    members(rng, &names, 4)
}

/// Returns an id, valid or nearly valid.
fn id(rng: &mut Rng) -> Json {
    let odd = [
        "", " ", "\u{85}", ".", "..", "...", "a/b", "a\\b", "a,b", "a b", "a\u{a0}b", "a\u{7f}b", "🦀", "Ab", "aB", "ſ",
    ];
    match rng.below(12) {
        0 => any(rng, 1),
        1 => Json::from(*rng.pick(&odd)),
        2 => Json::String(odd_text(rng, 6)),
        3 => Json::String("x🦀".repeat(rng.between(15, 45)) + &"y".repeat(rng.below(4))),
        4 => {
            let text = format!("6{:08}", rng.below(30));
            Json::String(padded(rng, text))
        }
        _ => Json::String(format!("6{:08}", rng.below(60))),
    }
}

/// Returns a date, valid or nearly valid.
fn date(rng: &mut Rng) -> String {
    if rng.permille(600) {
        let (year, month, day) = (rng.between(2023, 2026), rng.between(1, 12), rng.between(1, 28));
        return format!("{year}-{month:02}-{day:02}T0{}:00:00Z", rng.below(10));
    }
    let mut two = |most: usize| {
        let number = if rng.permille(30) { rng.below(100) } else { rng.below(most + 1) };
        format!("{number:02}")
    };
    let (month, day, hour, minute, second) = (two(12), two(31), two(23), two(59), two(59));
    let years = ["0000", "0001", "0099", "1900", "1970", "2000", "2023", "2024", "2025", "2025", "2025", "9999"];
    let fractions = ["", "", "", ".0", ".000", ".5", ".1234567", ".", ",5"];
    let offsets = ["Z", "Z", "Z", "z", "+02:00", "-23:59", "+24:00", "+00:60", "+0200", "", " Z"];
    let mut text = [
        *rng.pick(&years),
        "-",
        &month,
        "-",
        &day,
        *rng.pick(&["T", "T", "T", "t", " "]),
        &hour,
        ":",
        &minute,
        ":",
        &second,
        *rng.pick(&fractions),
        *rng.pick(&offsets),
    ]
    .concat();
    if rng.permille(60) {
        let at = rng.below(text.len());
        text.replace_range(at..=at, rng.pick::<&str>(&["", "1", "-", "٣", "+", "\n"]));
    }
    padded(rng, text)
}

/// Returns parameters of a bulk call, valid or invalid.
fn bulk_params(rng: &mut Rng, purpose: BulkOperation) -> Json {
    if rng.permille(20) {
        return any(rng, 2);
    }
    let mut members = Vec::new();
    let right = match purpose {
        BulkOperation::AllDetails => "case_ids",
        _ => *rng.pick(&["contract_ids", "user_ids"]),
    };
    for name in ["contract_ids", "user_ids", "case_ids"] {
        if if name == right { rng.permille(950) } else { rng.permille(60) } {
            let ids = match rng.below(20) {
                0 => any(rng, 1),
                1 => Json::Array(Vec::new()),
                _ => {
                    let (plain, count) = (rng.permille(600), rng.between(1, 35));
                    let mut one = || if plain { Json::String(format!("U{:02}", rng.below(40))) } else { id(rng) };
                    Json::Array((0..count).map(|_| one()).collect())
                }
            };
            members.push((name.to_owned(), ids));
        }
    }
    let others = if purpose == BulkOperation::AllDetails { 40 } else { 350 };
    for name in ["date_created_from", "date_created_to", "status_flag", "range", "where"] {
        if !rng.permille(if name == "date_created_to" && purpose == BulkOperation::Changes { 40 } else { others }) {
            continue;
        }
        let word = |rng: &mut Rng, words: &[&str]| {
            let word = (*rng.pick(words)).to_owned();
            Json::String(padded(rng, word))
        };
        let value = match (rng.below(12), name) {
            (0, _) => any(rng, 2),
            (_, "date_created_from" | "date_created_to") => Json::String(date(rng)),
            (_, "status_flag") => word(rng, &["O", "O", "O", "C", "o", ""]),
            (_, "range") => word(rng, &["undated", "windows", "windows", "all", ""]),
            _ => {
                let mut wanted = Vec::new();
                for name in ["severity", "status", "constructor"] {
                    if rng.permille(if name == "constructor" { 20 } else { 500 }) {
                        let one = |rng: &mut Rng| match rng.below(12) {
                            0 => any(rng, 1),
                            _ if name == "severity" => Json::from(rng.between(1, 4)),
                            _ => word(
                                rng,
                                &["Closed", "cLOSED", "customer pending", "Other", "oTHER", "ſ", "Cisco Pending"],
                            ),
                        };
                        let value = if rng.permille(500) {
                            Json::Array((0..rng.below(4)).map(|_| one(rng)).collect())
                        } else {
                            one(rng)
                        };
                        wanted.push((name.to_owned(), value));
                    }
                }
                object(wanted)
            }
        };
        members.push((name.to_owned(), value));
    }
    if rng.permille(40) {
        members.push((odd_name(rng), any(rng, 1)));
    }
    rng.shuffle(&mut members);
    object(members)
}

/// Returns the bulk options of a call, valid or invalid.
///
/// Names of other options never reach this check.
fn bulk_options_of(rng: &mut Rng) -> Json {
    let mut members = Vec::new();
    for name in ["concurrency", "batchSize", "maxRequests", "maxBytes", "order", "older", "resume"] {
        if rng.permille(700) {
            continue;
        }
        let value = match (rng.below(8), name) {
            (0, _) => any(rng, 1),
            (1, _) => number(rng),
            (_, "order") => value(rng, "order"),
            (_, "older") => Json::from(*rng.pick(&["all", "rotate", "Rotate", ""])),
            (_, "resume") => Json::String(odd_text(rng, 6)),
            _ => Json::from(rng.between(1, 31)),
        };
        members.push((name.to_owned(), value));
    }
    object(members)
}

/// Returns a case of a bulk call.
///
/// It contains the problems, or the input of the wasm, the estimate and some of the lists.
fn bulk_case(rng: &mut Rng, tally: &mut HashMap<String, usize>) -> String {
    let (name, purpose) = *rng.pick(&[
        ("allCases", BulkOperation::AllCases),
        ("changes", BulkOperation::Changes),
        ("allDetails", BulkOperation::AllDetails),
    ]);
    let (params, options) = (bulk_params(rng, purpose), bulk_options_of(rng));
    let mut limits = RateLimits::default();
    (limits.per_second, limits.per_minute, limits.per_day) =
        (*rng.pick(&[0, 1, 5, 40, 1_000_000]), *rng.pick(&[0, 1, 30, 500]), *rng.pick(&[0, 1, 100, 5000]));
    let (asked, told) = (BulkQuery::check(&params, purpose), bulk_options(&options, limits));
    let mut line = format!(
        "{{\"bulk\":\"{name}\",\"params\":{},\"options\":{}",
        params.to_json_string(),
        options.to_json_string()
    );
    line += &format!(",\"limits\":[{},{},{}]", limits.per_second, limits.per_minute, limits.per_day);
    if let (Ok(asked), Ok(told)) = (&asked, &told) {
        *tally.entry(format!("a {name} accepted")).or_default() += 1;
        // Decoding the encoded call gives the same values.
        let lines = encode_call(purpose, asked, told);
        assert_eq!(decode_call(&lines), (purpose, asked.clone(), told.clone()));
        let (count, pages, unix_ms) = (rng.below(6), *rng.pick(&[1.0, 1.25, 7.1, 1e9]), 1_790_000_000_123);
        let taken = estimate(asked, told, limits, pages, unix_ms);
        let lists = sample(asked, told, u32::try_from(count).unwrap(), unix_ms);
        line +=
            &format!(",\"asked\":{},\"told\":{}", asked.to_json().to_json_string(), told.to_json().to_json_string());
        line += &format!(",\"lines\":{}", text_of(&lines));
        line += &format!(",\"at\":[{unix_ms},{pages},{count}],\"sample\":{lists}");
        line += &format!(",\"takes\":[{},{},{}]", taken.requests, taken.at_least_seconds, taken.days);
    }
    let problems = [asked.err().unwrap_or_default(), told.err().unwrap_or_default()].concat();
    let written = problems.iter().map(|problem| {
        // Problems quote many different dates, which the tally ignores.
        let expected = problem.expected.split_once('(').map_or(problem.expected.as_str(), |(expected, _)| expected);
        *tally.entry(expected.to_owned()).or_default() += 1;
        let mut out = String::new();
        problem.write_json(&mut out);
        out
    });
    line + &format!(",\"problems\":{}}}\n", array(written))
}

/// Returns a client's complete configuration as text.
fn said(config: &Config) -> String {
    let Config {
        base_url,
        token,
        headers,
        timeout_ms,
        max_retries,
        backoff,
        rate_limits,
        validation,
        emits_events: watched,
        isolated,
    } = config;
    let token = match token {
        TokenSource::None => Vec::new(),
        TokenSource::Fixed(token) => vec![token.clone()],
        TokenSource::Provider => vec!["a provider".to_owned(); 2],
        TokenSource::Credentials(it) => {
            vec![it.client_id.clone(), it.client_secret.clone(), it.token_url.clone(), it.cached.to_string()]
        }
    };
    let numbers = (timeout_ms, max_retries, backoff, rate_limits, validation, watched, isolated);
    format!("{} {token:?} {headers:?} {numbers:?}", base_url.as_str())
}

/// Returns a variant of a code's spelling.
fn spelled(rng: &mut Rng, code: &str) -> String {
    let mut text: String = match rng.below(6) {
        0 => code.to_owned(),
        1 => code.to_lowercase(),
        2 => code.to_uppercase().replace(' ', "_"),
        3 => code.chars().filter(|_| !rng.permille(30)).collect(),
        4 => code.chars().flat_map(|c| if rng.permille(50) { vec![*rng.pick(&ODD), c] } else { vec![c] }).collect(),
        _ => code.replace([' ', '_'], &odd_text(rng, 2)),
    };
    let fronts =
        ["ERR_403_DEVELOPER_", "ERR_", "403 ", "Account ", "developer-", "err 4034 ", "ERR__", "_", "１２３ ", "404"];
    while rng.permille(350) {
        let front: &&str = rng.pick(&fronts);
        text.insert_str(0, front);
    }
    if rng.permille(100) {
        let end: &&str = rng.pick(&["_", " ", "!", "_ERR", " 403"]);
        text.push_str(end);
    }
    text
}

fn array<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(","))
}

fn text_of(text: &str) -> String {
    Json::from(text).to_json_string()
}

fn or_null(number: Option<u32>) -> String {
    number.map_or("null".to_owned(), |number| number.to_string())
}

/// Writes the cases of all lookups, one line of JSON each.
#[test]
#[ignore = "writes a file for other suites, to where LOOKUPS says"]
fn cases_for_the_package_are_written() {
    let path = std::env::var_os("LOOKUPS").expect("LOOKUPS names the file");
    let rng = &mut Rng::new(17);
    let mut lines = String::new();
    for _ in 0..CASES {
        let text = odd_text(rng, 40);
        let ids = array(parse_ids(&text).iter().map(|id| text_of(id)));
        lines.push_str(&format!("{{\"text\":{},\"ids\":{ids}}}\n", text_of(&text)));
    }
    let index = |row: &&ErrorRow| row.table_index().unwrap();
    let mut explained = |code: &str, status: u16| {
        let found = array(explain(code, (status > 0).then_some(status)).iter().map(index));
        lines.push_str(&format!("{{\"code\":{},\"status\":{status},\"rows\":{found}}}\n", text_of(code)));
    };
    let statuses = [0, 200, 400, 401, 403, 404, 414, 415, 429, 500, 502, 503, 504, 596, 65535];
    for name in
        rows().flat_map(|row| row.spellings()).chain(["", "_", "ERR", "ERR_403", "403", "__proto__", "constructor"])
    {
        for status in statuses {
            explained(name, status);
        }
        for _ in 0..40 {
            explained(&spelled(rng, name), *rng.pick(&statuses));
        }
    }
    let indices = [0, 1, 2, 3, 5, 59, 60, u32::MAX - 1, u32::MAX];
    for (page_index, last_index) in indices.into_iter().flat_map(|page| indices.map(|last| (page, last))) {
        let mut record = PaginationRecord::default();
        (record.page_index, record.last_index) = (page_index, last_index);
        let (next, previous) = (or_null(next_page_index(&record)), or_null(previous_page_index(&record)));
        lines.push_str(&format!("{{\"pages\":[{page_index},{last_index}],\"next\":{next},\"previous\":{previous}}}\n"));
    }
    for flag in StatusFlag::ALL.map(Some).into_iter().chain([None]) {
        for status in CaseStatus::documented().chain(["", "closed", "Waiting for Parts"]) {
            let mut case = CaseRecord::default();
            (case.status_flag, case.status) = (flag, CaseStatus::from(status));
            let (flag, status) = (text_of(flag.map_or("", StatusFlag::as_str)), text_of(status));
            lines.push_str(&format!("{{\"status_flag\":{flag},\"status\":{status},\"open\":{}}}\n", case.is_open()));
        }
    }
    let mut tally: HashMap<String, usize> = HashMap::new();
    for _ in 0..CASES {
        let (options, mut place) = (options(rng), Environment::default());
        let origins = ["", "https://portal.example", "HTTP://localhost:8080", "null", "file://"];
        let origin = *rng.pick(&origins);
        place.in_page = rng.permille(200);
        place.has_provider = rng.permille(200);
        place.has_cache = rng.permille(150);
        place.origin = Some(origin).filter(|origin| !origin.is_empty());
        let result = match client_options(&options, place) {
            Ok(config) => {
                // Parsing the checked options again gives the same configuration.
                assert_eq!(said(&checked_options(&options, place)), said(&config), "{}", options.to_json_string());
                *tally.entry("accepted".to_owned()).or_default() += 1;
                let budget =
                    Engine::<(), ()>::new(config, 7).budget(Now { monotonic_ms: 5, unix_ms: 1_700_000_000_000 });
                let used = [budget.second, budget.minute, budget.day, budget.concurrent].map(|used| {
                    let limit = (used.limit > 0).then_some(used.limit);
                    array([or_null(limit), used.used.to_string(), or_null(used.left)])
                });
                let slot = or_null(budget.next_slot_in_ms.and_then(|ms| u32::try_from(ms).ok()));
                format!("\"problems\":[],\"budget\":{}", array([array(used), budget.waiting.to_string(), slot]))
            }
            Err(problems) => {
                let written = problems.iter().map(|problem| {
                    *tally.entry(problem.expected.clone()).or_default() += 1;
                    let mut out = String::new();
                    problem.write_json(&mut out);
                    out
                });
                format!("\"problems\":{}", array(written))
            }
        };
        let here = array([place.in_page, place.has_provider, place.has_cache]);
        let (options, origin) = (options.to_json_string(), text_of(origin));
        lines.push_str(&format!("{{\"options\":{options},\"here\":{here},\"origin\":{origin},{result}}}\n"));
    }
    for _ in 0..CASES / 2 {
        let (options, has_provider) = (call_options_of(rng), rng.permille(200));
        let problems = match call_options(&options, has_provider) {
            Ok(read) => {
                let checked = checked_call_options(&options, has_provider);
                assert_eq!(format!("{checked:?}"), format!("{read:?}"), "{}", options.to_json_string());
                *tally.entry("a call accepted".to_owned()).or_default() += 1;
                Vec::new()
            }
            Err(problems) => problems,
        };
        let written = array(problems.iter().map(|problem| {
            *tally.entry(problem.expected.clone()).or_default() += 1;
            let mut out = String::new();
            problem.write_json(&mut out);
            out
        }));
        let options = options.to_json_string();
        lines.push_str(&format!("{{\"call\":{options},\"provider\":{has_provider},\"problems\":{written}}}\n"));
    }
    for _ in 0..CASES {
        lines.push_str(&bulk_case(rng, &mut tally));
    }
    let mut tally: Vec<_> = tally.into_iter().collect();
    tally.sort();
    for (what, count) in &tally {
        println!("{count:6} {what}");
    }
    // Each branch must occur often enough.
    assert!(tally.len() >= 30 && tally.iter().all(|(what, count)| what.starts_with("one of") || *count >= 20));
    assert!(tally.iter().any(|(what, count)| what == "accepted" && *count > CASES / 20));
    std::fs::write(path, lines).unwrap();
}
