//! The JSON form of an overview.

use crate::query::{AgeBucket, CaseOverview, FacetCount};
use crate::util::{ObjectWriter, format_rfc3339_utc, text, write_array};
use alloc::string::String;

/// Appends an overview as JSON, in its JavaScript form.
pub(super) fn write_overview_json(out: &mut String, overview: &CaseOverview) {
    let mut object = ObjectWriter::open(out);
    object.number("total", Some(overview.total));
    object.number("open", Some(overview.open));
    write_array(object.name("bySeverityAndStatus"), &overview.by_severity_and_status, |out, count| {
        let mut item = ObjectWriter::open(out);
        number_or_null(&mut item, "severity", count.severity.map(i64::from));
        item.string("status", &count.status);
        item.number("open", Some(count.open));
        item.number("closed", Some(count.closed));
        item.close();
    });
    write_buckets(object.name("ageing"), &overview.ageing);
    write_buckets(object.name("quiet"), &overview.quiet);
    let mut parties = ObjectWriter::open(object.name("waitingOn"));
    for (party, count) in &overview.waiting_on {
        parties.number(party.name(), Some(*count));
    }
    parties.close();
    write_array(object.name("weeks"), &overview.weeks, |out, week| {
        let mut item = ObjectWriter::open(out);
        item.string("week", &week.week);
        item.string("start", &format_rfc3339_utc(week.start_ms));
        item.number("opened", Some(week.opened));
        item.number("closed", Some(week.closed));
        item.number("backlog", Some(week.backlog));
        item.close();
    });
    write_counts(object.name("technologies"), &overview.technologies);
    write_counts(object.name("serialNumbers"), &overview.serial_numbers);
    object.close();
}

fn number_or_null(object: &mut ObjectWriter<'_>, name: &str, number: Option<i64>) {
    let out = object.name(name);
    match number {
        Some(number) => out.push_str(&text!(number)),
        None => out.push_str("null"),
    }
}

fn write_buckets(out: &mut String, buckets: &[AgeBucket]) {
    write_array(out, buckets, |out, bucket| {
        let mut item = ObjectWriter::open(out);
        number_or_null(&mut item, "fromDays", bucket.from_days);
        number_or_null(&mut item, "toDays", bucket.to_days);
        item.number("count", Some(bucket.count));
        item.close();
    });
}

fn write_counts(out: &mut String, counts: &[FacetCount]) {
    write_array(out, counts, |out, count| {
        let mut item = ObjectWriter::open(out);
        item.string("value", &count.value);
        item.number("count", Some(count.count));
        item.close();
    });
}
