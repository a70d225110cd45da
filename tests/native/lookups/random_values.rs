//! Random options, parameters and texts, most of them odd.

use crate::differential::rng::Rng;
use cisco_support_case::bulk::BulkOperation;
use cisco_support_case::client::{CALL_OPTIONS, CLIENT_OPTIONS};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorRow, GATEWAY_ERRORS, STORE_ERRORS};
use cisco_support_case::util::Json;

/// Characters at the edges of the classes that the rules distinguish.
///
/// These are white space, control characters, ASCII letters, and others.
pub(super) const ODD: [char; 59] = [
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
pub(super) fn rows() -> impl Iterator<Item = &'static ErrorRow> {
    ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS).chain(STORE_ERRORS)
}

/// Returns a text of plain and special characters.
pub(super) fn odd_text(rng: &mut Rng, most: usize) -> String {
    let plain: Vec<char> = ('0'..='9').chain('a'..='f').chain(['A', 'Z', '.', '-', '~']).collect();
    let odd = rng.below(700);
    (0..rng.below(most + 1)).map(|_| if rng.permille(odd) { *rng.pick(&ODD) } else { *rng.pick(&plain) }).collect()
}

/// Returns an integer of any magnitude in JavaScript's notation.
pub(super) fn number(rng: &mut Rng) -> Json {
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
pub(super) fn any(rng: &mut Rng, depth: usize) -> Json {
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
pub(super) fn odd_name(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => "__proto__".to_owned(),
        1 => "constructor".to_owned(),
        2 => "perHour".to_owned(),
        3 => "toString".to_owned(),
        _ => format!("x{}", odd_text(rng, 10)),
    }
}

/// Returns an object with distinct names: of duplicates JavaScript takes the last.
pub(super) fn object(members: Vec<(String, Json)>) -> Json {
    let mut distinct: Vec<(String, Json)> = Vec::new();
    for (name, value) in members {
        if distinct.iter().all(|(known, _)| *known != name) {
            distinct.push((name, value));
        }
    }
    Json::Object(distinct)
}

pub(super) fn url(rng: &mut Rng) -> String {
    let schemes =
        ["https://", "HTTPS://", "http://", "Http://", "ftp://", "https:/", "//", "/", "", "httpſ://", "ws://"];
    let users = ["", "", "", "", "synthetic:hidden@", "synthetic@", "@", "a@b@", "https://x@"];
    let hosts = [
        "portal.example",
        "apix.cisco.com",
        "localhost",
        "LOCALHOST",
        "a.localhost",
        "LOCALhost",
        "a.LocalHost",
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
pub(super) fn padded(rng: &mut Rng, text: String) -> String {
    if rng.permille(850) { text } else { [odd_text(rng, 2), text, rng.pick(&ODD).to_string()].concat() }
}

pub(super) fn token(rng: &mut Rng) -> String {
    match rng.below(5) {
        0 => odd_text(rng, 8),
        1 => String::new(),
        2 => "a b".to_owned(),
        _ => "synthetic-token~!".to_owned(),
    }
}

pub(super) fn headers(rng: &mut Rng) -> Json {
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
pub(super) fn value(rng: &mut Rng, name: &str) -> Json {
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
            1 => Json::from(*rng.pick(&["", " ", "\u{85}", "\u{feff}", "synthetic\n", "\u{85}synthetic", "a b"])),
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
pub(super) fn traceparent(rng: &mut Rng) -> String {
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
pub(super) fn members(rng: &mut Rng, names: &[&str], strange: usize) -> Json {
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
pub(super) fn options(rng: &mut Rng) -> Json {
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
pub(super) fn call_options_of(rng: &mut Rng) -> Json {
    if rng.permille(20) {
        return any(rng, 2);
    }
    // In JSON `signal` is an error in any form.
    let has_signal = rng.permille(500);
    let names: Vec<_> = CALL_OPTIONS.into_iter().filter(|name| has_signal || *name != "signal").collect();
    members(rng, &names, 4)
}

/// Returns an id, valid or nearly valid.
pub(super) fn id(rng: &mut Rng) -> Json {
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
pub(super) fn date(rng: &mut Rng) -> String {
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
pub(super) fn bulk_params(rng: &mut Rng, purpose: BulkOperation) -> Json {
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
pub(super) fn bulk_options_of(rng: &mut Rng) -> Json {
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
