//! The definition of an endpoint and of its parameters, as data.

use crate::model::DocumentKind;
use crate::rules::IdRule;

/// An endpoint of the service: a GET request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The id of the operation in the OpenAPI description, and the name of the client's method in JavaScript.
    pub operation_id: &'static str,
    /// A sentence that describes the endpoint.
    pub description: &'static str,
    /// The title of its section in the documentation.
    pub spec_section: &'static str,
    /// The path below [`BASE_URL`](super::BASE_URL), a template that ends in the parameter for the ids.
    pub path: &'static str,
    /// The parameters. The first, [`id_param`](Endpoint::id_param), is in the path; the others are in the query.
    pub params: &'static [Param],
    /// The name of the TypeScript type of the parameters.
    pub ts_params_type: &'static str,
    /// The kind of the response document.
    pub response: DocumentKind,
}

impl Endpoint {
    /// Returns the part of [`path`](Endpoint::path) before the ids, with its last `/`.
    ///
    /// ```
    /// use cisco_support_case::endpoint::CASE_DETAILS;
    /// assert_eq!(CASE_DETAILS.path, "/cases/details/case_id/{case_id}");
    /// assert_eq!(CASE_DETAILS.path_prefix(), "/cases/details/case_id/");
    /// ```
    pub fn path_prefix(&self) -> &'static str {
        // Not `find('{')`: it adds code to the wasm. A test checks that each path ends in "{name}".
        let template_length = self.id_param().map_or(0, |param| "{}".len() + param.name.len());
        self.path.get(..self.path.len().wrapping_sub(template_length)).unwrap_or(self.path)
    }

    /// Returns the parameter for the ids, which is in the path.
    ///
    /// ```
    /// use cisco_support_case::endpoint::CASE_DETAILS;
    /// assert_eq!(CASE_DETAILS.id_param().unwrap().name, "case_id");
    /// ```
    #[inline]
    pub fn id_param(&self) -> Option<&'static Param> {
        self.params.first()
    }
}

/// A parameter of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param {
    /// Name in the documentation and in the query of the URL, such as `page_index`.
    pub name: &'static str,
    /// The role, which determines the permitted values.
    pub role: ParamRole,
    /// A sentence that describes the parameter.
    pub description: &'static str,
}

/// The role of a parameter, with the limits of its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamRole {
    /// Several ids; required.
    IdList(IdRule),
    /// A single id; required.
    SingleId(IdRule),
    /// One of [`SORT_OPTIONS`](super::SORT_OPTIONS).
    SortBy,
    /// The earliest creation date, as RFC 3339 text.
    CreatedFrom,
    /// The latest creation date, as RFC 3339 text.
    CreatedTo,
    /// `O` (open) or `C` (closed).
    StatusFlag,
    /// The index of a page, from 1.
    PageIndex,
}
