//! What the sandbox answers, as examples: synthetic cases, and every error as the layer answers it that finds it.

use cisco_support_case::decode;
use cisco_support_case::endpoint::{ENDPOINTS, Endpoint, Param, ParamKind};
use cisco_support_case::error::{ERROR_TABLE, ErrorRow};
use cisco_support_case::sandbox::{BASE_PATH, Options, Sandbox, SandboxRequest};
use cisco_support_case::util::Json;

/// So many cases make a list of some lines.
const CASES: u32 = 12;

/// The documentation's sample case, contract and user, which every sandbox has.
const SAMPLES: [(&str, &str); 4] =
    [("case_ids", "682299374"), ("case_id", "682299374"), ("contract_ids", "1234567"), ("user_ids", "directcust4")];

/// An answer of the sandbox.
pub(super) struct Example {
    /// The media type, without its parameters.
    pub(super) media_type: String,
    /// The body: JSON as what it says, anything else as text.
    pub(super) value: Json,
}

/// An id for a parameter.
pub(super) fn id(param: &Param) -> Option<Json> {
    let (_, id) = SAMPLES.iter().find(|(name, _)| *name == param.name)?;
    match param.kind {
        ParamKind::Ids(_) => Some(Json::from(vec![*id])),
        ParamKind::Id(_) => Some(Json::from(*id)),
        _ => None,
    }
}

/// An answer of an endpoint.
pub(super) fn of_call(endpoint: &Endpoint) -> Option<Example> {
    ask(&mut sandbox(), endpoint)
}

/// How an endpoint refuses a request for the reason of a row.
pub(super) fn of_row(row: &ErrorRow) -> Option<Example> {
    let mut same = ERROR_TABLE.iter().filter(|other| other.status == row.status && other.matches_code(row.code));
    let number = same.position(|other| core::ptr::eq(other, row))? + 1;
    of_fault(&format!("{}:{}#{number}", row.status, row.code))
}

/// How an endpoint answers under a fault.
pub(super) fn of_fault(name: &str) -> Option<Example> {
    let mut sandbox = sandbox();
    sandbox.fault(&Json::object([("name", Json::from(name))])).ok()?;
    let [first, ..] = ENDPOINTS;
    ask(&mut sandbox, first)
}

fn sandbox() -> Sandbox {
    let mut options = Options::default();
    options.cases = CASES;
    Sandbox::new(options)
}

fn ask(sandbox: &mut Sandbox, endpoint: &Endpoint) -> Option<Example> {
    let (_, id) = SAMPLES.iter().find(|(name, _)| endpoint.params.first().is_some_and(|param| param.name == *name))?;
    let url = format!("{BASE_PATH}{}{id}", endpoint.route);
    let answer = sandbox.handle(&SandboxRequest::get(&url).with_header("Authorization", "Bearer any"));
    let media_type = answer.header("Content-Type")?.split(';').next()?.to_owned();
    let value = match media_type.as_str() {
        "application/json" => decode::json(&answer.body).ok()?,
        _ => Json::Text(String::from_utf8(answer.body).ok()?),
    };
    Some(Example { media_type, value })
}
