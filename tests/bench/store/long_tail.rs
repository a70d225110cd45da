//! Cases whose titles have a long tail of words: about 24 000 tokens in 100 000 titles of 80 characters.

use cisco_support_case::model::{CaseRecord, CaseStatus, Severity, StatusFlag, Timestamp};

/// The SplitMix64 generator.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    /// Returns a number less than `count` by Zipf's law: the first is the commonest.
    pub fn zipf(&mut self, count: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (((count as f64 + 1.0).ln() * uniform).exp() as usize).saturating_sub(1).min(count - 1)
    }
}

/// The present: 2026-06-15T12:00:00Z.
pub const NOW_MS: i64 = 1_781_524_800_000;
const DAY_MS: i64 = 86_400_000;

const PRODUCTS: &[&str] = &[
    "C9300-48P",
    "C9500-40X",
    "ASR1002-HX",
    "ISR4451-X",
    "C9800-40-K9",
    "FPR2130-NGFW",
    "N9K-C93180YC-FX",
    "UCSB-B200-M5",
    "SNS-3655-K9",
    "CUCM 14",
];
const SYMPTOMS: &[&str] = &[
    "stack member does not join after power cycle",
    "BGP session flaps every hold time",
    "clients drop while roaming between floors",
    "policy deployment fails at 87 %",
    "one-way audio between sites",
    "vPC peer-link down, secondary suspends all ports",
    "blade discovery stays at 40 %",
    "authentication latency above 8 seconds",
    "routes missing from the table after failover",
    "connection resets under load",
    "disconnects at night",
    "controller discovery incomplete",
];
const SYLLABLES: &[&str] = &[
    "ba", "con", "dis", "ra", "ver", "ti", "lo", "mé", "sur", "pan", "tek", "nor", "gal", "is", "und", "ple", "cor",
    "sta", "fi", "qua",
];
const TECHNOLOGIES: &[&str] = &[
    "LAN Switching",
    "Routing Protocols",
    "Wireless",
    "Security - Network Firewalls",
    "Voice - Communications Manager",
    "Data Center and Storage Networking",
    "Unified Computing System (UCS)",
    "Identity Services Engine (ISE)",
];
const OPEN: &[&str] =
    &["Cisco Pending", "Customer Pending", "Close Pending", "Cisco Release Pending", "Service Order Pending"];

/// Returns a word of a vocabulary of 30 000, by its number.
fn word(number: usize) -> String {
    let mut random = Random(number as u64 * 7 + 1);
    let mut word = String::new();
    for _ in 0..2 + random.below(3) {
        word += SYLLABLES[random.below(SYLLABLES.len())];
    }
    if number.is_multiple_of(3) {
        word += &random.below(100).to_string();
    }
    word
}

fn title(random: &mut Random) -> String {
    let mut title = PRODUCTS[random.zipf(PRODUCTS.len())].to_owned() + ": " + SYMPTOMS[random.zipf(SYMPTOMS.len())];
    if random.below(4) > 0 {
        for _ in 0..2 + random.below(4) {
            title.push(' ');
            title += &word(random.zipf(30_000));
        }
        if random.below(10) == 0 {
            title += &format!(" host-{}.bärenfeld.example", random.below(3_000));
        }
    }
    title
}

/// Returns a case; `number` decides its id and its dates, which ascend.
pub fn case(random: &mut Random, number: usize, count: usize) -> CaseRecord {
    let mut case = CaseRecord::default();
    // A permutation of nine-digit numbers.
    case.case_id = (600_000_000 + number as u64 * 7_368_787 % 99_999_989).to_string();
    case.title = title(random);
    case.severity = Severity::new([3, 3, 3, 4, 4, 2, 2, 3, 1, 4][random.below(10)]);
    let is_open = random.below(1000) < 127;
    case.status_flag = Some(if is_open { StatusFlag::Open } else { StatusFlag::Closed });
    case.status = CaseStatus::from(if is_open { OPEN[random.zipf(OPEN.len())] } else { "Closed" });
    let updated = NOW_MS - (count - number) as i64 * (700 * DAY_MS / count as i64) - random.below(60_000) as i64;
    case.updated_date = Timestamp::parse(&date_text(updated));
    case.creation_date = Timestamp::parse(&date_text(updated - random.below(90 * 86_400) as i64 * 1000));
    case.contract_id = (200_000_000 + random.zipf(500) * 1_317).to_string();
    let user = random.zipf(900);
    case.user_id = format!("user{user}");
    case.contact_name = format!("{} {}", word(user * 17 % 300), word(user));
    case.serial_number = format!("FOC{:04}{:04X}", random.zipf(40), random.below(1200));
    if random.below(2) == 0 {
        case.technology_name = TECHNOLOGIES[random.zipf(TECHNOLOGIES.len())].to_owned();
        case.sub_technology_name = format!("{} {}", case.technology_name, random.below(5));
    }
    if random.below(5) == 0 {
        case.bugs = (0..1 + random.below(2)).map(|_| format!("CSCab{:05}", random.zipf(8_000))).collect();
    }
    if random.below(10) == 0 {
        case.rmas = vec![(800_000_000 + random.below(1_000_000)).to_string()];
    }
    case
}

/// Returns an instant as the service writes it.
fn date_text(ms: i64) -> String {
    let seconds = Timestamp::from_unix_ms(ms - ms.rem_euclid(1000)).unwrap().utc();
    format!("{}.{:03}Z", seconds.strip_suffix('Z').unwrap(), ms.rem_euclid(1000))
}
