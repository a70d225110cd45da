//! Random cases for the tests of the store, reproducible from a seed.

use cisco_support_case::model::{CaseDetail, CaseNote, CaseRecord, CaseStatus, Severity, StatusFlag, Timestamp};
use cisco_support_case::util::Json;

/// A SplitMix64 generator.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

const STATUSES: [&str; 8] = [
    "Cisco Pending",
    "Close Pending",
    "Closed",
    "Customer Pending",
    "Cisco Release Pending",
    "Service Order Pending",
    "Waiting for Parts",
    "",
];
const TITLES: [&str; 9] = [
    "",
    "Interface flapping on uplink",
    "Großer Ausfall in der Straße",
    "Маршрутизатор перезагружается",
    "ルータが再起動する 障害",
    "Crash after upgrade 17.9.3 😀",
    "C9300-48P does not boot",
    "a \"quoted\" title\twith\nbreaks",
    "licence renewal",
];

/// Returns a random date near day `day`, in one of the forms in which the service or a proxy may write it.
pub fn date(random: &mut Random, day: usize) -> Timestamp {
    let ms = 1_700_000_000_000 + day as i64 * 86_400_000;
    let utc = Timestamp::from_unix_ms(ms).unwrap().utc();
    let utc = utc.trim_end_matches('Z');
    let text = match random.below(12) {
        0 => format!("{utc}Z"),
        1 => format!("{utc}.5+00:00"),
        2 => format!("{}z", utc.replace('T', "t")),
        _ => format!("{utc}.{:03}Z", random.below(3)),
    };
    Timestamp::parse(&text).unwrap()
}

/// Returns a random case with one of `ids` ids.
pub fn case(random: &mut Random, ids: usize) -> CaseRecord {
    let mut case = CaseRecord::default();
    case.case_id = format!("6{:08}", random.below(ids));
    case.item_entry_id = random.one_in(2).then_some(7);
    case.title = random.pick(&TITLES).to_owned();
    if random.one_in(3) {
        case.title += &format!(" {}", random.below(1000));
    }
    case.user_id = random.pick(&["", "user1", "user2", "üser"]).to_owned();
    case.contact_name = random.pick(&["", "Ada Example", "Jürgen Beispiel"]).to_owned();
    case.severity = Severity::new(random.below(5) as u8);
    case.status_flag = random.pick(&[None, Some(StatusFlag::Open), Some(StatusFlag::Closed)]);
    case.status = CaseStatus::from(random.pick(&STATUSES));
    case.creation_date = if random.one_in(9) { None } else { Some(date(random, 0)) };
    let day = random.below(6);
    case.updated_date = if random.one_in(12) { None } else { Some(date(random, day)) };
    case.serial_number = random.pick(&["", "FOC1234X0AB", "0012E45"]).to_owned();
    case.contract_id = random.pick(&["", "1234567", "7654321"]).to_owned();
    if random.one_in(3) {
        case.technology_name = random.pick(&["", "Routing", "Switching"]).to_owned();
        case.sub_technology_name = random.pick(&["", "BGP", "OSPF"]).to_owned();
    }
    case.rmas = list(random, "8001");
    case.bugs = list(random, "CSCab1");
    if random.one_in(5) {
        case.extra.push(("region".to_owned(), Json::from("EMEA")));
        case.extra.push(("score".to_owned(), Json::Number("1.50".to_owned())));
        if random.one_in(2) {
            let nested = Json::object([("a", Json::Null), ("b", Json::from(vec!["x", "ü"])), ("c", Json::from(true))]);
            case.extra.push(("nested".to_owned(), nested));
        }
    }
    case
}

fn list(random: &mut Random, prefix: &str) -> Vec<String> {
    let count = if random.one_in(2) { 0 } else { random.below(4) };
    (0..count).map(|_| format!("{prefix}{:03}", random.below(20))).collect()
}

/// Returns the details of a case that has the fields of `case`.
pub fn detail(random: &mut Random, case: &CaseRecord) -> CaseDetail {
    let mut detail = CaseDetail::default();
    detail.case_id.clone_from(&case.case_id);
    detail.title.clone_from(&case.title);
    detail.user_id.clone_from(&case.user_id);
    detail.contact_name.clone_from(&case.contact_name);
    detail.severity = case.severity;
    detail.status = case.status.clone();
    detail.creation_date.clone_from(&case.creation_date);
    detail.updated_date.clone_from(&case.updated_date);
    detail.serial_number.clone_from(&case.serial_number);
    detail.contract_id.clone_from(&case.contract_id);
    detail.technology_name.clone_from(&case.technology_name);
    detail.sub_technology_name.clone_from(&case.sub_technology_name);
    detail.rmas.clone_from(&case.rmas);
    detail.bugs.clone_from(&case.bugs);
    detail.owner_name = random.pick(&["", "Josh Engineer", "Mary Engineer"]).to_owned();
    detail.owner_email = random.pick(&["", "josh@cisco.com"]).to_owned();
    detail.tracking_number = random.pick(&["", "T-1", "T-2"]).to_owned();
    for _ in 0..random.below(4) {
        let mut note = CaseNote::default();
        note.created_by = random.pick(&["Ada Example", "Josh Engineer", "someone@cisco.com", "Nobody"]).to_owned();
        let day = random.below(6);
        note.creation_date = Some(date(random, day));
        detail.notes.push(note);
    }
    detail
}
