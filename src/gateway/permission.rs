//! Permissions of identities.

use crate::decode::Records;
use crate::endpoint::{CASES_BY_USER, Request};
use crate::model::DocumentKind;
use crate::query::sql::CaseScope;
use crate::util::{Json, write_array, write_string};
use alloc::collections::BTreeSet;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};

/// Number of ids of one identity, at most; more are a mistake, or a wildcard in another form.
const MAX_IDS: usize = 200_000;

/// The value that permits all ids. Nothing else does: no empty list, no missing member.
const WILDCARD: &str = "*";

/// Permitted ids of one kind.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{IdSet, Permissions};
///
/// let ids = json(br#"{ "contract_ids": "*", "user_ids": ["ann"] }"#).unwrap();
/// let permissions = Permissions::from_json(&ids).unwrap();
/// assert_eq!(permissions.contract_ids, IdSet::All);
/// assert_eq!(permissions.user_ids, IdSet::Only(["ann".to_owned()].into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdSet {
    /// All ids, by an explicit `*`.
    All,
    /// Only the ids of this set.
    Only(BTreeSet<String>),
}

impl IdSet {
    pub(super) fn contains(&self, id: &str) -> bool {
        match self {
            IdSet::All => true,
            IdSet::Only(ids) => !id.is_empty() && ids.contains(id),
        }
    }

    fn len(&self) -> usize {
        match self {
            IdSet::All => 0,
            IdSet::Only(ids) => ids.len(),
        }
    }

    fn from_json(name: &str, value: Option<&Json>) -> Result<IdSet, String> {
        let wrong = |found: &str| Err(format!("{name}: expected a list of ids or \"*\", got {found}"));
        match value {
            None | Some(Json::Null) => Ok(IdSet::Only(BTreeSet::new())),
            Some(Json::String(text)) if text == WILDCARD => Ok(IdSet::All),
            Some(Json::Array(items)) if items.len() > MAX_IDS => wrong("more than 200000"),
            Some(Json::Array(items)) => {
                let mut ids = BTreeSet::new();
                for item in items {
                    match item.as_str().map(str::trim) {
                        // In a list `*` would be an id with that text.
                        Some(WILDCARD) => return wrong("\"*\" inside a list"),
                        Some("") => return wrong("a list with an empty string"),
                        None => return wrong(&format!("a list with {}", item.kind_name())),
                        Some(id) => ids.insert(id.to_owned()),
                    };
                }
                Ok(IdSet::Only(ids))
            }
            Some(Json::String(text)) if text.trim().is_empty() => wrong("an empty string"),
            Some(Json::String(_)) => wrong("another string"),
            Some(other) => wrong(other.kind_name()),
        }
    }

    /// Writes the ids as JSON.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            IdSet::All => write_string(out, WILDCARD),
            IdSet::Only(ids) => write_array(out, &ids.iter().collect::<Vec<_>>(), |out, id| write_string(out, id)),
        }
    }
}

/// Returns the ids in a claim, as permissions have them: a list, or `*`. Identity providers write a single value
/// without a list, and digits as a number; either is a list of one. The error names the claim, and quotes none of its
/// values.
pub fn ids_from_claim(claim: &str, value: Option<&Json>) -> Result<Json, String> {
    let wrong = |found: &str| Err(format!("claim {claim}: expected an id, a list of ids or \"*\", got {found}"));
    let listed = |item: &Json| match item {
        Json::String(text) if text.trim() == WILDCARD => Err("\"*\" inside a list".to_owned()),
        Json::String(text) if !text.trim().is_empty() => Ok(Json::from(text.trim())),
        Json::String(_) => Err("a list with an empty string".to_owned()),
        Json::Number(digits) => exact_id(digits).ok_or_else(|| INEXACT.to_owned()),
        other => Err(format!("a list with {}", other.kind_name())),
    };
    match value {
        None | Some(Json::Null) => Ok(Json::Null),
        Some(Json::String(text)) if text == WILDCARD => Ok(Json::from(WILDCARD)),
        Some(Json::String(text)) if text.trim().is_empty() => Ok(Json::Array(Vec::new())),
        Some(Json::String(text)) if text.trim().contains(|c: char| c == ',' || c == ';' || c.is_whitespace()) => {
            wrong("a string of several ids")
        }
        Some(Json::String(text)) if text.trim() == WILDCARD => wrong("\"*\" with spaces"),
        Some(Json::String(text)) => Ok(Json::Array([Json::from(text.trim())].into())),
        Some(Json::Number(digits)) => match exact_id(digits) {
            Some(id) => Ok(Json::Array([id].into())),
            None => wrong(INEXACT),
        },
        Some(Json::Array(items)) => match items.iter().map(listed).collect() {
            Ok(ids) => Ok(Json::Array(ids)),
            Err(found) => wrong(&found),
        },
        Some(other) => wrong(other.kind_name()),
    }
}

/// Description of a number that is too large to be exact.
const INEXACT: &str = "a number that is not exact (an id above 9007199254740991 must be a string)";

/// Returns an id that is a number. Parsers that use floating point round numbers above 2^53, to the id of another.
fn exact_id(digits: &str) -> Option<Json> {
    const MOST: u64 = (1 << 53) - 1;
    let is_whole = digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse::<u64>().ok().filter(|number| is_whole && *number <= MOST)?;
    Some(Json::String(number.to_string()))
}

/// Permissions of an identity: contracts and users, and the cases of either.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::Permissions;
///
/// let permissions = |text: &str| Permissions::from_json(&json(text.as_bytes()).unwrap());
/// let contracts = permissions(r#"{ "contract_ids": ["202", "101"] }"#).unwrap();
/// assert_eq!(contracts, permissions(r#"{ "contract_ids": ["101", "202"] }"#).unwrap());
/// assert!(permissions("{}").unwrap().is_empty());
/// assert!(permissions(r#"{ "contract_ids": "101" }"#).is_err()); // Neither a list nor "*".
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permissions {
    /// Permitted contract ids.
    pub contract_ids: IdSet,
    /// Permitted user ids.
    pub user_ids: IdSet,
}

impl Permissions {
    /// Parses `{ contract_ids, user_ids }`, each a list of ids or `"*"`; a missing member is an empty list, and `null`
    /// permits nothing. The error is a sentence that quotes no id.
    pub fn from_json(json: &Json) -> Result<Permissions, String> {
        if let Json::Object(members) = json
            && let Some((name, _)) = members.iter().find(|(name, _)| name != "contract_ids" && name != "user_ids")
        {
            return Err(format!("permissions: expected contract_ids and user_ids, got {name} as well"));
        }
        match json {
            Json::Null | Json::Object(_) => Ok(Permissions {
                contract_ids: IdSet::from_json("contract_ids", json.get("contract_ids"))?,
                user_ids: IdSet::from_json("user_ids", json.get("user_ids"))?,
            }),
            other => Err(format!("permissions: expected {{ contract_ids, user_ids }}, got {}", other.kind_name())),
        }
    }

    /// Returns a canonical text: equal permissions have equal texts, and others do not.
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.contract_ids.write(&mut out);
        self.user_ids.write(&mut out);
        out
    }

    /// Returns the number of ids.
    pub fn len(&self) -> usize {
        self.contract_ids.len() + self.user_ids.len()
    }

    /// Whether nothing is permitted.
    pub fn is_empty(&self) -> bool {
        self.contract_ids != IdSet::All && self.user_ids != IdSet::All && self.len() == 0
    }

    /// Returns the positions of a list request's ids that are not permitted. Requests for cases are checked by their
    /// responses.
    pub fn not_permitted(&self, request: &Request) -> Vec<usize> {
        if request.endpoint.response != DocumentKind::Page {
            return Vec::new();
        }
        let ids = if request.endpoint.operation_id == CASES_BY_USER.operation_id {
            &self.user_ids
        } else {
            &self.contract_ids
        };
        (0..request.ids.len()).filter(|index| request.ids.get(*index).is_none_or(|id| !ids.contains(id))).collect()
    }

    /// Returns the permitted cases as a part of statements on the copy of cases. It has the cases that
    /// [`can_see`](Permissions::can_see) permits.
    ///
    /// ```
    /// use cisco_support_case::{decode::json, gateway::Permissions, query::sql::CaseScope};
    /// let scope = |text: &str| Permissions::from_json(&json(text.as_bytes()).unwrap()).unwrap().case_scope();
    /// assert_eq!(scope(r#"{ "user_ids": ["ann"] }"#), CaseScope::of_ids([], ["ann".to_owned()]));
    /// assert!(scope(r#"{ "contract_ids": "*" }"#).is_all() && scope("{}").is_empty());
    /// ```
    pub fn case_scope(&self) -> CaseScope {
        match (&self.contract_ids, &self.user_ids) {
            (IdSet::Only(contracts), IdSet::Only(users)) => {
                CaseScope::of_ids(contracts.iter().cloned(), users.iter().cloned())
            }
            (IdSet::All, _) | (_, IdSet::All) => CaseScope::all(),
        }
    }

    /// Whether a case of a response is permitted, by its contract or by its user.
    pub fn can_see(&self, records: &Records, case: usize) -> bool {
        self.contract_ids.contains(records.case_text(case, "contract_id"))
            || self.user_ids.contains(records.case_text(case, "user_id"))
    }
}
