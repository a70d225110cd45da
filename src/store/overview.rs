//! The overview of the store: counts over columns.

use super::{
    columns::{Columns, NO_DATE, status_since_ms},
    facets::{count_numbers, increment, top_counts},
    number_column::NumberCells,
    row_set::RowSet,
};
use crate::query::{AgeBuckets, CaseOverview, OverviewOptions, WeekCounts};
use alloc::vec;

/// Returns the overview of rows.
#[inline(never)]
pub(super) fn overview(columns: &Columns, rows: &RowSet, now_ms: i64, options: &OverviewOptions) -> CaseOverview {
    let closed_status = columns.status.values.find("Closed").unwrap_or(u32::MAX);
    let status_count = columns.status.values.len() as usize;
    // Five severities of open cases, then five of closed ones, per status.
    let mut matrix = vec![0_u32; status_count * 10];
    let mut ageing = AgeBuckets::new(&options.ageing_days, now_ms);
    let mut quiet = AgeBuckets::new(&options.quiet_days, now_ms);
    let mut weeks = WeekCounts::new(options.weeks, now_ms);
    let mut technologies = vec![0_u32; columns.technology.values.len() as usize];
    let mut serials = vec![0_u32; columns.serial.values.len() as usize];
    count_numbers(&columns.technology.ids, rows, &mut technologies);
    count_numbers(&columns.serial.ids, rows, &mut serials);
    for chunk in 0..rows.chunk_count() {
        // Severities and flags are bytes.
        let (Some(words), NumberCells::Bytes(severity), NumberCells::Bytes(flags)) =
            (rows.chunk(chunk), columns.severity.chunk(chunk), columns.status_flag.chunk(chunk))
        else {
            continue;
        };
        let status = columns.status.ids.chunk(chunk);
        let (created, updated) = (columns.created.ms.chunk(chunk), columns.updated.ms.chunk(chunk));
        let since = columns.status_since.chunk(chunk);
        for (index, word) in words.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let cell = index * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let status = status.get(cell);
                let is_open = match flags.get(cell) {
                    Some(1) => true,
                    Some(2) => false,
                    _ => status != closed_status,
                };
                let severity = usize::from(severity.get(cell).copied().unwrap_or(0));
                increment(&mut matrix, status as usize * 10 + severity + if is_open { 0 } else { 5 });
                let (created_ms, updated_ms) = (created.get(cell), updated.get(cell));
                if is_open {
                    if created_ms != NO_DATE {
                        ageing.add(created_ms);
                        weeks.add(created_ms, None);
                    }
                    if updated_ms != NO_DATE {
                        quiet.add(updated_ms);
                    }
                } else if created_ms != NO_DATE {
                    let closed_ms = status_since_ms(since.get(cell), updated_ms);
                    weeks.add(created_ms, (closed_ms != NO_DATE).then_some(closed_ms));
                }
            }
        }
    }
    let mut overview = CaseOverview {
        ageing: ageing.into_buckets(),
        quiet: quiet.into_buckets(),
        weeks: weeks.into_weeks(),
        technologies: top_counts(&columns.technology.values, &technologies, 1, 1, options.top, None),
        serial_numbers: top_counts(&columns.serial.values, &serials, 1, 2, options.top, None),
        ..CaseOverview::default()
    };
    add_matrix(columns, &matrix, &mut overview);
    overview
}

/// Adds the counts by severity and status, and the sums of them.
fn add_matrix(columns: &Columns, matrix: &[u32], overview: &mut CaseOverview) {
    for severity in [1, 2, 3, 4, 0_u8] {
        for (id, counts) in (0..).zip(matrix.chunks(10)) {
            let count = |offset: usize| counts.get(usize::from(severity) + offset).copied().unwrap_or(0);
            overview.add_status(severity, columns.status.values.get(id), count(0), count(5));
        }
    }
}
