//! Paging: no case is lost while the list changes.

use cisco_support_case::model::{CaseRecord, CasesPage, PaginationRecord, Timestamp};
use cisco_support_case::paging::{
    ListReader, ReadOrder, ReaderError, SegmentSplit, has_next_page, next_page_index, previous_page_index,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};

/// A list of the service: cases sorted by their last update and paged by offset.
#[derive(Clone, Debug, Default)]
struct Model {
    cases: Vec<(String, i64)>,
    clock: i64,
    page_size: usize,
    /// Resolution of the dates that pages show; the order is that of the exact times.
    grain: i64,
}

/// A time after all seconds that the model has shown.
const LONG_AFTER: i64 = 1 << 40;

/// Changes of a list between two requests.
#[derive(Clone, Debug)]
enum Change {
    Update(usize),
    Create,
    Leave(usize),
    InsertInTheMiddle(usize),
}

impl Model {
    fn new(size: usize, page_size: usize) -> Model {
        let mut model = Model { page_size, grain: 1, ..Model::default() };
        (0..size).for_each(|_| model.apply(&Change::Create));
        model
    }

    fn apply(&mut self, change: &Change) {
        self.clock += 10;
        match change {
            Change::Create => self.cases.push((format!("new{}", self.clock), self.clock)),
            Change::Update(at) if !self.cases.is_empty() => {
                let (id, _) = self.cases.remove(at % self.cases.len());
                self.cases.push((id, self.clock));
            }
            Change::Leave(at) if !self.cases.is_empty() => drop(self.cases.remove(at % self.cases.len())),
            Change::InsertInTheMiddle(at) if !self.cases.is_empty() => {
                let at = at % self.cases.len();
                self.cases.insert(at, (format!("shared{}", self.clock), self.cases[at].1 - 1));
            }
            _ => {}
        }
    }

    fn page(&self, index: u32) -> CasesPage {
        let last = self.cases.len().div_ceil(self.page_size).max(1);
        let from = (index as usize - 1) * self.page_size;
        let cases: Vec<CaseRecord> = self
            .cases
            .iter()
            .skip(from)
            .take(self.page_size)
            .map(|(id, updated)| {
                let mut case = CaseRecord::default();
                case.case_id.clone_from(id);
                case.updated_date = Timestamp::from_unix_ms(updated - updated % self.grain);
                case
            })
            .collect();
        let mut page = CasesPage::default();
        page.pagination_response_record = PaginationRecord::default();
        page.pagination_response_record.page_index = index;
        page.pagination_response_record.last_index = u32::try_from(last).unwrap();
        page.pagination_response_record.page_records = u32::try_from(cases.len()).unwrap();
        page.pagination_response_record.total_records = u32::try_from(self.cases.len()).unwrap();
        page.cases = cases;
        page
    }
}

/// Cases that a reader emitted, number of requests, and cases that never left the list.
struct Read {
    given: Vec<(String, i64)>,
    requests: usize,
    stayed: BTreeSet<String>,
}

/// Reads a list that changes after each request.
fn read(model: &mut Model, order: ReadOrder, changes: &[Vec<Change>]) -> Result<Read, ReaderError> {
    let mut reader = ListReader::new(order);
    let now = |model: &Model| if model.grain > 1 { model.clock } else { LONG_AFTER };
    let mut stayed: BTreeSet<String> = model.cases.iter().map(|(id, _)| id.clone()).collect();
    let (mut given, mut requests) = (Vec::new(), 0);
    while let Some(request) = reader.next_request(SegmentSplit::Never) {
        let mut page = model.page(request.page_index);
        requests += 1;
        assert!(requests < 20_000, "the reader never ends");
        reader.on_page(request, &mut page, now(model))?;
        given.extend(
            page.cases.iter().map(|case| (case.case_id.clone(), case.updated_date.as_ref().unwrap().unix_ms())),
        );
        if !reader.is_done() {
            for change in changes.get(requests - 1).into_iter().flatten() {
                model.apply(change);
                stayed.retain(|id| model.cases.iter().any(|(other, _)| other == id));
            }
        }
    }
    Ok(Read { given, requests, stayed })
}

fn change(middle: bool) -> impl Strategy<Value = Change> {
    let at = 0_usize..1000;
    prop_oneof![
        5 => at.clone().prop_map(Change::Update),
        2 => Just(Change::Create),
        2 => at.clone().prop_map(Change::Leave),
        u32::from(middle) => at.prop_map(Change::InsertInTheMiddle),
    ]
}

fn changes(middle: bool) -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(change(middle), 0..4), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn every_case_that_stays_in_the_list_is_given_out(size in 0_usize..95, page_size in 1_usize..12, changes in changes(false)) {
        let mut model = Model::new(size, page_size);
        let read = read(&mut model, ReadOrder::NewestFirst, &changes).unwrap();
        let given: BTreeSet<&String> = read.given.iter().map(|(id, _)| id).collect();
        prop_assert!(read.stayed.iter().all(|id| given.contains(id)), "lost {:?}", read.stayed.iter().find(|id| !given.contains(id)));
    }

    #[test]
    fn a_case_comes_again_newer_only(size in 0_usize..60, page_size in 1_usize..12, changes in changes(true)) {
        let mut model = Model::new(size, page_size);
        if let Ok(read) = read(&mut model, ReadOrder::NewestFirst, &changes) {
            let mut newest = BTreeMap::new();
            for (id, updated) in read.given {
                if let Some(before) = newest.insert(id.clone(), updated) {
                    prop_assert!(before < updated, "{id} came again, not newer");
                }
            }
        }
    }

    #[test]
    fn at_rest_n_pages_take_n_plus_2_requests(size in 0_usize..200, page_size in 1_usize..12) {
        let mut model = Model::new(size, page_size);
        let pages = size.div_ceil(page_size).max(1);
        let newest = read(&mut model.clone(), ReadOrder::NewestFirst, &[]).unwrap();
        prop_assert_eq!(newest.requests, if pages == 1 { 1 } else { pages + 2 });
        let mut expected = model.cases.clone();
        expected.reverse();
        prop_assert_eq!(newest.given, expected);
        let oldest = read(&mut model, ReadOrder::OldestFirst, &[]).unwrap();
        prop_assert_eq!(oldest.requests, pages);
        prop_assert_eq!(&oldest.given, &model.cases);
    }
}

/// The service shows whole seconds, and three changes share a second here.
///
/// The runs are deterministic: a list that returns to an identical last page within a second cannot be distinguished
/// from an unchanged one.
#[test]
fn cases_that_are_updated_within_one_second_are_given_out_too() {
    let mut runner = TestRunner::deterministic();
    let strategy = (0_usize..60, 3_usize..12, changes(false));
    for _ in 0..5000 {
        let (size, page_size, changes) = strategy.new_tree(&mut runner).unwrap().current();
        let mut model = Model::new(size, page_size);
        model.grain = 30;
        let read = read(&mut model, ReadOrder::NewestFirst, &changes).unwrap();
        let given: BTreeSet<&String> = read.given.iter().map(|(id, _)| id).collect();
        assert!(read.stayed.iter().all(|id| given.contains(id)));
    }
}

#[test]
fn a_case_that_comes_in_in_the_middle_makes_the_list_be_read_again() {
    // 30 cases, pages of 10. After page 3 (the last) was read, a case enters at the front: the last case of page 2
    // moves to page 3, which the reader has already read.
    let mut model = Model::new(30, 10);
    let hidden = model.cases[19].0.clone();
    let changes = [vec![], vec![Change::InsertInTheMiddle(0)]];
    let read = read(&mut model, ReadOrder::NewestFirst, &changes).unwrap();
    assert!(read.given.iter().any(|(id, _)| *id == hidden), "the pushed case was lost");
    assert_eq!(read.given.len(), 31);
}

#[test]
fn reading_upwards_loses_cases_when_one_is_updated_which_is_why_it_is_not_the_default() {
    let mut model = Model::new(20, 10);
    let read = read(&mut model, ReadOrder::OldestFirst, &[vec![Change::Update(0)]]).unwrap();
    let given: BTreeSet<&String> = read.given.iter().map(|(id, _)| id).collect();
    assert_eq!(read.stayed.iter().filter(|id| !given.contains(id)).count(), 1);
}

#[test]
fn a_list_that_never_rests_ends_with_an_error() {
    let mut model = Model::new(50, 5);
    let changes = vec![vec![Change::Update(0), Change::Update(3), Change::Create]; 30_000];
    assert!(matches!(read(&mut model, ReadOrder::NewestFirst, &changes), Err(ReaderError::Unstable)));
}

#[test]
fn a_server_that_keeps_echoing_page_1_ends_with_an_error() {
    for order in [ReadOrder::NewestFirst, ReadOrder::OldestFirst] {
        let model = Model::new(30, 10);
        let mut reader = ListReader::new(order);
        let mut requests = 0;
        let stuck = loop {
            let Some(request) = reader.next_request(SegmentSplit::Never) else { panic!("took page 1 for everything") };
            requests += 1;
            if let Err(stuck) = reader.on_page(request, &mut model.page(1), LONG_AFTER) {
                break stuck;
            }
        };
        assert!(matches!(stuck, ReaderError::PageMismatch { received: 1, .. }));
        assert_eq!(requests, 2);
    }
}

#[test]
fn a_server_that_repeats_a_page_under_another_index_ends_with_an_error_or_an_end() {
    let model = Model::new(30, 10);
    let echo = |requested: u32| {
        let mut page = model.page(1);
        page.pagination_response_record.page_index = requested;
        page
    };
    let mut up = ListReader::new(ReadOrder::OldestFirst);
    let request = up.next_request(SegmentSplit::Never).unwrap();
    up.on_page(request, &mut echo(1), LONG_AFTER).unwrap();
    let request = up.next_request(SegmentSplit::Never).unwrap();
    assert_eq!(
        up.on_page(request, &mut echo(2), LONG_AFTER),
        Err(ReaderError::PageMismatch { requested: 2, received: 1 })
    );
    let mut down = ListReader::new(ReadOrder::NewestFirst);
    let mut requests = 0;
    while let Some(request) = down.next_request(SegmentSplit::Never) {
        requests += 1;
        assert!(requests < 100);
        if down.on_page(request, &mut echo(request.page_index), LONG_AFTER).is_err() {
            break;
        }
    }
}

#[test]
fn an_absurd_number_of_pages_is_refused() {
    let mut page = Model::new(30, 10).page(1);
    page.pagination_response_record.last_index = u32::MAX;
    let mut reader = ListReader::new(ReadOrder::NewestFirst);
    let request = reader.next_request(SegmentSplit::Never).unwrap();
    assert!(reader.on_page(request, &mut page, LONG_AFTER).is_err());
}

#[test]
fn cases_without_id_are_given_out_once() {
    let mut model = Model::new(25, 10);
    model.cases[3].0.clear();
    model.cases[17].0.clear();
    let read = read(&mut model, ReadOrder::NewestFirst, &[]).unwrap();
    assert_eq!(read.given.len(), 25);
}

#[test]
fn page_arithmetic_knows_the_ends() {
    let at = |page_index: u32, last_index: u32| {
        let mut record = PaginationRecord::default();
        record.page_index = page_index;
        record.last_index = last_index;
        (has_next_page(&record), next_page_index(&record), previous_page_index(&record))
    };
    assert_eq!(at(1, 1), (false, None, None));
    assert_eq!(at(1, 3), (true, Some(2), None));
    assert_eq!(at(2, 3), (true, Some(3), Some(1)));
    assert_eq!(at(3, 3), (false, None, Some(2)));
    assert_eq!(at(9, 3), (false, None, Some(3)));
    assert_eq!(at(1, 0), (false, None, None));
}

/// Returns records without an id in one list of three pages; equal titles make equal records.
fn nameless_page(requested: u32, titles: &[&str]) -> CasesPage {
    let mut page = CasesPage::default();
    page.cases.resize(titles.len(), CaseRecord::default());
    page.cases.iter_mut().zip(titles).for_each(|(case, title)| (*title).clone_into(&mut case.title));
    let place = &mut page.pagination_response_record;
    (place.page_index, place.last_index, place.total_records) = (requested, 3, 9);
    page
}

#[test]
fn cases_without_an_id_are_told_apart_by_where_they_stand() {
    for order in [ReadOrder::OldestFirst, ReadOrder::NewestFirst, ReadOrder::ConcurrentSegments] {
        let mut reader = ListReader::new(order);
        let mut titles = Vec::new();
        while let Some(request) = reader.next_request(SegmentSplit::Never) {
            let mut page = nameless_page(request.page_index, &["a", "a", "b"]);
            reader.on_page(request, &mut page, LONG_AFTER).unwrap();
            titles.extend(page.cases.into_iter().map(|case| case.title));
        }
        titles.sort();
        assert_eq!(titles, ["a", "a", "a", "a", "a", "a", "b", "b", "b"], "{order:?}");
    }
}

#[test]
fn an_answer_without_a_place_ends_no_list_of_which_cases_came() {
    let empty = CasesPage::default();
    for order in [ReadOrder::OldestFirst, ReadOrder::NewestFirst, ReadOrder::ConcurrentSegments] {
        let mut reader = ListReader::new(order);
        let request = reader.next_request(SegmentSplit::Never).unwrap();
        assert_eq!(reader.on_page(request, &mut empty.clone(), LONG_AFTER), Ok(Vec::new()), "{order:?}");
        assert_eq!(reader.next_request(SegmentSplit::Never), None);

        let mut reader = ListReader::new(order);
        let request = reader.next_request(SegmentSplit::Never).unwrap();
        reader.on_page(request, &mut nameless_page(1, &["a", "b", "c"]), LONG_AFTER).unwrap();
        let request = reader.next_request(SegmentSplit::Never).unwrap();
        let stuck = ReaderError::PageMismatch { requested: request.page_index, received: 0 };
        assert_eq!(reader.on_page(request, &mut empty.clone(), LONG_AFTER), Err(stuck), "{order:?}");
    }
}
