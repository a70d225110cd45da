//! Random cases, changes and queries: small vocabularies, so that values meet, and awkward texts.

use cisco_support_case::model::{CaseRecord, CaseStatus, Severity, StatusFlag, Timestamp};
use cisco_support_case::query::CaseQuery;
use serde_json::{Map, Value, json};

/// The SplitMix64 generator.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number less than `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// The present of the tests: 2026-06-15T00:00:00Z.
pub const NOW_MS: i64 = 1_781_481_600_000;
const DAY_MS: i64 = 86_400_000;

const WORDS: &[&str] = &[
    "router",
    "Router",
    "ROUTE",
    "rout",
    "bärenfeld",
    "Bären",
    "BA\u{308}R",
    "C9300-48P",
    "c9300",
    "48p",
    "C9300",
    "見本市",
    "本市",
    "市",
    "O'Brien",
    "ß",
    "Straße",
    "STRASSE",
    "İstanbul",
    "ISTANBUL",
    "e\u{301}te\u{301}",
    "ΣΊΣΥΦΟΣ",
    "σισυφος",
    "Ёж",
    "еж",
    "10.1.2.3",
    "a_b",
    "\u{ff01}",
    "😀",
    "<x>",
    "100%",
    "don\u{2019}t",
    "fail",
    "fails",
    "failover",
    "con",
    "connection",
    "x\0y",
    "ﬁre",
    "한국어",
    "\u{1112}\u{1161}\u{11ab}",
    "ｶﾞｽ",
    "ガス",
    "\u{301}",
    "FOC2301A0B1",
];
const SEPARATORS: &[&str] = &[" ", " ", " ", "-", ": ", "/", " - ", ".", "\u{a0}"];
const STATUSES: &[&str] = &[
    "Cisco Pending",
    "Close Pending",
    "Closed",
    "Customer Pending",
    "Cisco Release Pending",
    "Service Order Pending",
    "closed",
    "Waiting for Parts",
    "",
];
const CONTRACTS: &[&str] = &["", "1234567", "12345", "200000001", "CON-77", "con 77", "Été-9", "7654321"];
const USERS: &[&str] = &["", "jdoe", "JDoe", "jane.doe@example.com", "doe", "müller", "a-b-c"];
const TECHNOLOGIES: &[&str] = &["", "LAN Switching", "lan switching", "Wireless", "Élan"];
const SUB_TECHNOLOGIES: &[&str] = &["", "Cat9300", "Roaming"];
const SERIALS: &[&str] = &["", "FOC2301A0B1", "foc2301a0b1", "0012E45", "FOC-2145 X0AB", "X", "123456789012345678"];
const BUGS: &[&str] = &["CSCab12345", "CSCAB12345", "CSCvz00001", "CSC-9", "12345"];
const RMAS: &[&str] = &["88123456", "8812", "RMA 5", ""];

fn title(random: &mut Random) -> String {
    let mut title = String::new();
    for index in 0..random.below(6) {
        if index > 0 {
            title.push_str(random.pick(SEPARATORS));
        }
        title.push_str(random.pick(WORDS));
    }
    title
}

/// Returns an instant near the present: often exactly at the boundary of a day, or one millisecond beside it.
fn instant(random: &mut Random) -> i64 {
    let day = NOW_MS - DAY_MS * (random.below(40) as i64 - 3);
    match random.below(4) {
        0 => day,
        1 => day - 1,
        2 => day + 1,
        _ => day + random.below(DAY_MS as usize) as i64,
    }
}

fn date(random: &mut Random) -> Option<Timestamp> {
    if random.one_in(8) { None } else { Timestamp::from_unix_ms(instant(random)) }
}

fn list(random: &mut Random, values: &[&str]) -> Vec<String> {
    if random.one_in(2) { Vec::new() } else { (0..random.below(4)).map(|_| (random.pick(values)).to_owned()).collect() }
}

/// Returns the id of a case: digits, or now and then another text.
pub fn case_id(number: usize) -> String {
    match number % 11 {
        7 => format!("A-{number}"),
        9 => format!("a {number} é"),
        _ => (600_000_000 + number * 37 % 1000).to_string() + &number.to_string(),
    }
}

/// Returns a random case.
pub fn case(random: &mut Random, number: usize) -> CaseRecord {
    let mut case = CaseRecord::default();
    case.case_id = case_id(number);
    case.title = title(random);
    case.severity = Severity::new(random.below(5) as u8);
    case.status = CaseStatus::from(random.pick(STATUSES));
    case.status_flag = [None, Some(StatusFlag::Open), Some(StatusFlag::Closed)][random.below(3)];
    case.creation_date = date(random);
    case.updated_date = date(random);
    case.contract_id = (random.pick(CONTRACTS)).to_owned();
    case.user_id = (random.pick(USERS)).to_owned();
    case.contact_name = (random.pick(&["Jane Doe", "=HYPERLINK(1)", ""])).to_owned();
    case.technology_name = (random.pick(TECHNOLOGIES)).to_owned();
    case.sub_technology_name = (random.pick(SUB_TECHNOLOGIES)).to_owned();
    case.serial_number = (random.pick(SERIALS)).to_owned();
    case.bugs = list(random, BUGS);
    case.rmas = list(random, RMAS);
    case
}

fn values(random: &mut Random, values: &[&str]) -> Value {
    match random.below(4) {
        0 => json!(random.pick(values)),
        1 => json!([random.pick(values), random.pick(values)]),
        2 => json!((0..1 + random.below(7)).map(|_| random.pick(values)).collect::<Vec<_>>()),
        _ => json!([random.pick(values), "no such value"]),
    }
}

fn case_ids(random: &mut Random) -> Value {
    let mut ids: Vec<String> = (0..1 + random.below(40)).map(|_| case_id(random.below(120))).collect();
    ids.push(random.pick(&["", "no such case"]).to_owned());
    if random.one_in(4) { json!(ids[0]) } else { json!(ids) }
}

fn interval(random: &mut Random) -> Value {
    let mut interval = Map::new();
    let (one, other) = (instant(random), instant(random));
    let text = |ms| Timestamp::from_unix_ms(ms).unwrap().utc();
    if random.one_in(2) {
        interval.insert("from".into(), json!(text(one.min(other))));
    }
    if random.one_in(2) || interval.is_empty() {
        interval.insert("to".into(), json!(text(one.max(other) + 1)));
    }
    Value::Object(interval)
}

fn ages(random: &mut Random) -> Value {
    let (one, other) = (random.below(36) as i64 - 3, random.below(36) as i64 - 3);
    match random.below(3) {
        0 => json!({ "min": one }),
        1 => json!({ "max": one }),
        _ => json!({ "min": one.min(other), "max": one.max(other) }),
    }
}

fn search_text(random: &mut Random) -> String {
    let ids = [CONTRACTS, USERS, SERIALS, BUGS, RMAS];
    let mut text = String::new();
    for _ in 0..1 + random.below(2) {
        let of_ids = random.one_in(2);
        let source = random.pick(if of_ids { &ids[..] } else { &[WORDS][..] });
        let word: Vec<char> = random.pick(source).chars().collect();
        // The whole word, its start, or its end.
        let (start, end) = match random.below(4) {
            0 => (0, random.below(word.len() + 1)),
            1 => (random.below(word.len() + 1), word.len()),
            _ => (0, word.len()),
        };
        text.extend(&word[start..end]);
        text.push(' ');
    }
    if random.one_in(6) {
        text.push_str(&random.below(1000).to_string());
    }
    text
}

fn conditions(random: &mut Random, members: usize) -> Value {
    let mut conditions = Map::new();
    for _ in 0..members {
        let (name, value) = match random.below(19) {
            0 => ("status_flag", json!(random.pick(&["O", "C", ""]))),
            1 => (
                "severity",
                json!(
                    (0..1 + random.below(4))
                        .map(|_| random.below(5))
                        .map(|n| if n == 0 { Value::Null } else { json!(n) })
                        .collect::<Vec<_>>()
                ),
            ),
            2 => ("status", values(random, STATUSES)),
            3 => ("contract_id", values(random, CONTRACTS)),
            4 => ("user_id", values(random, USERS)),
            5 => ("technology_name", values(random, TECHNOLOGIES)),
            6 => ("sub_technology_name", values(random, SUB_TECHNOLOGIES)),
            7 => ("serial_number", values(random, SERIALS)),
            8 => ("bug", if random.one_in(4) { json!("") } else { values(random, BUGS) }),
            9 => ("rma", if random.one_in(4) { json!("") } else { values(random, RMAS) }),
            10 => ("created", interval(random)),
            11 => ("updated", interval(random)),
            12 => ("open_for_days", ages(random)),
            13 => ("quiet_for_days", ages(random)),
            14 => ("in_status_for_days", ages(random)),
            15 => ("case_id", case_ids(random)),
            _ => ("text", json!(search_text(random))),
        };
        conditions.insert(name.into(), value);
    }
    Value::Object(conditions)
}

const SORT_KEYS: &[&str] = &[
    "updated_date",
    "creation_date",
    "status_since",
    "last_note_date",
    "severity",
    "status",
    "title",
    "case_id",
    "contract_id",
    "user_id",
    "technology_name",
    "text",
];

/// Returns a random query, as JSON and checked.
pub fn query(random: &mut Random) -> (String, CaseQuery) {
    loop {
        let mut query = Map::new();
        let members = random.below(4);
        query.insert("where".into(), conditions(random, members));
        if random.one_in(3) {
            let members = 1 + random.below(2);
            query.insert("not".into(), conditions(random, members));
        }
        if random.one_in(4) {
            query.insert("now".into(), json!(Timestamp::from_unix_ms(instant(random)).unwrap().utc()));
        }
        if !random.one_in(3) {
            let terms = (0..1 + random.below(4))
                .map(|_| json!({ "by": random.pick(SORT_KEYS), "order": random.pick(&["asc", "desc"]) }));
            query.insert("sort".into(), terms.collect());
        }
        if random.one_in(2) {
            query.insert("offset".into(), json!(random.below(30)));
        }
        query.insert("limit".into(), json!(random.pick(&[0, 1, 2, 5, 20, 50, 10_000])));
        let text = Value::Object(query).to_string();
        // Some are no queries: a sort by text without words, or by one key twice.
        if let Ok(checked) = CaseQuery::parse(&text) {
            return (text, checked);
        }
    }
}
