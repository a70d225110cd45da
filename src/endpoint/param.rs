//! Endpoints and their parameters, as data.

use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The maximum number of records on a page. (Case API v3, `page_index`.)
pub const PAGE_SIZE: u32 = 100;

/// The values of `sort_by`. (Case API v3, `sort_by`.)
pub const SORT_OPTIONS: [&str; 2] = ["UPDATED_DATE", "STATUS"];

/// An endpoint of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The name of the call in JavaScript.
    pub name: &'static str,
    /// The section of the documentation.
    pub title: &'static str,
    /// The service's name of the method, as in `pagination_response_record.title`.
    pub method_title: &'static str,
    /// The name of the TypeScript type of the parameters.
    pub params_type: &'static str,
    /// The path before the ids.
    pub route: &'static str,
    /// The parameters. The first is in the path.
    pub params: &'static [Param],
    /// The kind of the response document.
    pub response: DocumentKind,
    /// A sentence that describes the endpoint.
    pub doc: &'static str,
}

/// A parameter of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param {
    /// The service's own name.
    pub name: &'static str,
    /// The kind of value.
    pub kind: ParamKind,
    /// A sentence that describes the parameter.
    pub doc: &'static str,
}

/// The kind of a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamKind {
    /// Several ids; required.
    Ids(IdRule),
    /// A single id; required.
    Id(IdRule),
    /// One of [`SORT_OPTIONS`].
    SortBy,
    /// An instant as RFC 3339 text.
    Date,
    /// The letter `O` or `C`.
    StatusFlag,
    /// The index of a page, from 1.
    PageIndex,
}

pub(super) const SORT_BY: Param = Param {
    name: "sort_by",
    kind: ParamKind::SortBy,
    doc: prose("Order of the results, ascending: by last update (the default) or by status."),
};

/// Lists the parameters of both list endpoints, after their ids.
macro_rules! list_params {
    ($ids:expr) => {
        &[
            $ids,
            $crate::endpoint::Param {
                name: "date_created_from",
                kind: $crate::endpoint::ParamKind::Date,
                doc: $crate::util::prose("Only cases created at this instant or later. Sent in UTC."),
            },
            $crate::endpoint::Param {
                name: "date_created_to",
                kind: $crate::endpoint::ParamKind::Date,
                doc: $crate::util::prose("Only cases created at this instant or earlier; at most 90 × 24 hours after date_created_from. Sent in UTC."),
            },
            $crate::endpoint::Param {
                name: "status_flag",
                kind: $crate::endpoint::ParamKind::StatusFlag,
                doc: $crate::util::prose("Only open (O) or only closed (C) cases. Left out: both."),
            },
            $crate::endpoint::param::SORT_BY,
            $crate::endpoint::Param {
                name: "page_index",
                kind: $crate::endpoint::ParamKind::PageIndex,
                doc: $crate::util::prose("Which page to return, from 1 (the default). A page has at most 100 cases."),
            },
        ]
    };
}

pub(super) use list_params;
