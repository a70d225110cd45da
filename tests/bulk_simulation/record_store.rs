//! The store of records until they are delivered, as the client's module has it.

use cisco_support_case::bulk::{
    BulkJob, CaseRows, DeliveryKind, FailureOutcome, RequestUsage, write_rows, write_service_time,
};
use cisco_support_case::decode::Records;
use std::collections::BTreeMap;

/// A delivery of a job with its records.
pub struct Delivered {
    pub kind: DeliveryKind,
    pub records: Records,
    pub gone: Vec<String>,
}

/// A store of records by handle.
#[derive(Default)]
pub struct RecordStore {
    records: BTreeMap<u32, Records>,
    last: u32,
    /// Time of the service, if known.
    pub service_ms: Option<i64>,
}

impl RecordStore {
    /// Passes the rows of a response to a job, and stores its records until they are delivered or discarded.
    pub fn answered(&mut self, bulk: &mut BulkJob, id: u32, records: Records, unix_ms: i64) -> FailureOutcome {
        let mut words = Vec::new();
        write_rows(&records, bulk.owner(), RequestUsage { requests: 1, bytes: 1 }, &mut words);
        write_service_time(self.service_ms, &mut words);
        self.last += 1;
        let (rows, _) = CaseRows::read(self.last, &words);
        self.records.insert(self.last, records);
        let verdict = match bulk.on_response(id, rows, unix_ms) {
            Ok(()) => FailureOutcome::Handled,
            Err((_, verdict)) => verdict,
        };
        self.discard(bulk);
        verdict
    }

    /// Returns the next delivery and removes its records.
    pub fn deliver(&mut self, bulk: &mut BulkJob) -> Option<Delivered> {
        let delivery = bulk.next_delivery();
        self.discard(bulk);
        let delivery = delivery?;
        assert!(!delivery.is_empty(), "nothing is delivered: {delivery:?}");
        if delivery.kind == DeliveryKind::Gone {
            assert_eq!(delivery.handle, 0);
            return Some(Delivered { kind: DeliveryKind::Gone, records: Records::default(), gone: delivery.gone });
        }
        let mut records = self.records.remove(&delivery.handle).expect("they are kept until they are delivered");
        let cases: Vec<usize> = delivery.cases.iter().map(|case| *case as usize).collect();
        records.select(&cases);
        Some(Delivered { kind: delivery.kind, records, gone: delivery.gone })
    }

    fn discard(&mut self, bulk: &mut BulkJob) {
        while let Some(handle) = bulk.next_discarded() {
            assert!(self.records.remove(&handle).is_some(), "{handle} is discarded once, and not delivered");
        }
    }

    /// Whether no records are stored: a finished job has delivered or discarded everything.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}
