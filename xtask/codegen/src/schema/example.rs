//! Responses of the sandbox as examples: synthetic cases, and every error as the layer that detects it sends it.

use cisco_support_case::endpoint::{ENDPOINTS, Endpoint, Param, ParamRole};
use cisco_support_case::error::{ERROR_TABLE, ErrorRow};
use cisco_support_case::sandbox::{BASE_PATH, Options, Sandbox, SandboxRequest};
use cisco_support_case::util::Json;
use serde_json::{Value, json};

/// The number of cases, small enough for a list of a few lines.
const CASES: u32 = 12;

/// The documentation's sample case, contract and user. Every sandbox has them.
const SAMPLES: [(&str, &str); 4] =
    [("case_ids", "682299374"), ("case_id", "682299374"), ("contract_ids", "1234567"), ("user_ids", "directcust4")];

/// A response of the sandbox.
pub(super) struct Example {
    /// The media type, without its parameters.
    pub(super) media_type: String,
    /// The body: JSON parsed, any other media type as a string.
    pub(super) value: Value,
}

/// A sample id for a parameter.
pub(super) fn id(param: &Param) -> Option<Value> {
    let (_, id) = SAMPLES.iter().find(|(name, _)| *name == param.name)?;
    match param.role {
        ParamRole::IdList(_) => Some(json!([id])),
        ParamRole::SingleId(_) => Some(json!(id)),
        _ => None,
    }
}

/// The response of an endpoint.
pub(super) fn of_call(endpoint: &Endpoint) -> Option<Example> {
    send(&mut sandbox(), endpoint)
}

/// The response of an endpoint that fails for the reason of a row.
pub(super) fn of_row(row: &ErrorRow) -> Option<Example> {
    let mut same = ERROR_TABLE.iter().filter(|other| other.status == row.status && other.matches_code(row.code));
    let number = same.position(|other| std::ptr::eq(other, row))? + 1;
    of_fault(&format!("{}:{}#{number}", row.status, row.code))
}

/// The response of an endpoint under a fault.
pub(super) fn of_fault(name: &str) -> Option<Example> {
    let mut sandbox = sandbox();
    sandbox.fault(&Json::object([("name", Json::from(name))])).ok()?;
    let [first, ..] = ENDPOINTS;
    send(&mut sandbox, first)
}

fn sandbox() -> Sandbox {
    let mut options = Options::default();
    options.cases = CASES;
    Sandbox::new(options)
}

fn send(sandbox: &mut Sandbox, endpoint: &Endpoint) -> Option<Example> {
    let (_, id) = SAMPLES.iter().find(|(name, _)| endpoint.id_param().is_some_and(|param| param.name == *name))?;
    let url = format!("{BASE_PATH}{}{id}", endpoint.path_prefix());
    let response = sandbox.handle(&SandboxRequest::get(&url).with_header("Authorization", "Bearer any"));
    let media_type = response.header("Content-Type")?.split(';').next()?.to_owned();
    let value = match media_type.as_str() {
        "application/json" => serde_json::from_slice(&response.body).ok()?,
        _ => String::from_utf8(response.body).ok()?.into(),
    };
    Some(Example { media_type, value })
}
