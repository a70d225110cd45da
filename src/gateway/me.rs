//! The response about an identity.

use super::config::GatewayConfig;
use super::identity_cache::Principal;
use crate::util::{ObjectWriter, write_array, write_string};
use alloc::{string::String, vec::Vec};

/// Interval at which pages without a live connection ask for changes.
const POLL_MS: u32 = 60_000;

/// Returns the body of `/me`: the permitted ids, the tenant if the identity names one, whether there is a copy, and which of
/// the contracts the service refuses to the copy. `lost_ids` are those of everybody.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, IsolateState, Permissions, me_body};
///
/// let mut state = IsolateState::new(GatewayConfig::check(&json(b"{}").unwrap()).unwrap());
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let version = state.invalidation_log().version();
/// state.insert(r#"{ "subject": "ann" }"#, permissions, "hash-of-101", &version, 0).unwrap();
///
/// let body = me_body(state.config(), state.principal(r#"{ "subject": "ann" }"#, 0).unwrap(), &["101".into(), "102".into()]);
/// assert_eq!(
///     body,
///     r#"{"tenant":null,"contract_ids":["101"],"user_ids":[],"copy":false,"live":false,"pollMs":60000,"lost":["101"]}"#
/// );
/// ```
pub fn me_body(config: &GatewayConfig, principal: &Principal, lost_ids: &[String]) -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    // Without a tenant of its own an identity is of one that is named by its permissions.
    match principal.tenant == principal.scope {
        true => object.name("tenant").push_str("null"),
        false => write_string(object.name("tenant"), &principal.tenant),
    }
    principal.permissions.contract_ids.write(object.name("contract_ids"));
    principal.permissions.user_ids.write(object.name("user_ids"));
    for (name, value) in [("copy", config.has_copy), ("live", config.has_live)] {
        object.name(name).push_str(if value { "true" } else { "false" });
    }
    object.number("pollMs", Some(POLL_MS));
    let permitted = &principal.permissions.contract_ids;
    let lost: Vec<&String> = lost_ids.iter().filter(|id| permitted.contains(id)).collect();
    write_array(object.name("lost"), &lost, |out, id| write_string(out, id));
    object.close();
    out
}
