//! A web app in Rust: lists a contract's open cases into a page, as they come. Another contract drops the list before it,
//! and with it the request that it waits for.
//!
//! It calls a gateway at `/api/case` on the page's own origin, which knows who is signed in. To try it, serve this folder
//! and the gateway on one origin after
//!
//! ```text
//! cargo build --package contract-cases --target wasm32-unknown-unknown --release
//! wasm-bindgen --target web --out-dir pkg ../../target/wasm32-unknown-unknown/release/contract_cases.wasm
//! ```

#![cfg(target_arch = "wasm32")]

use cisco_support_case::model::{CaseRecord, StatusFlag};
use cisco_support_case::transport::{CasesByContractParams, Client, ClientOptions, Error};
use futures_util::future::{AbortHandle, abortable};
use futures_util::{FutureExt, TryStreamExt};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsError, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTableRowElement, HtmlTableSectionElement};

/// The parts of the page.
struct Page {
    contract: HtmlInputElement,
    state: HtmlElement,
    cases: HtmlTableSectionElement,
}

/// Runs when the module has been loaded.
///
/// # Errors
///
/// If the page is another one than `index.html`.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    let client = Client::new(ClientOptions::new().base_url("/api/case")).map_err(|error| JsError::from(*error))?;
    let form: HtmlFormElement = element("search")?;
    let page = Rc::new(Page { contract: element("contract")?, state: element("state")?, cases: element("cases")? });
    let listing: RefCell<Option<AbortHandle>> = RefCell::default();
    let on_submit = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        event.prevent_default();
        let (client, page) = (client.clone(), Rc::clone(&page));
        let (work, handle) = abortable(async move {
            let outcome = list(&client, &page).await;
            page.state.set_text_content(Some(&match outcome {
                Ok(count) => format!("{count} open cases"),
                Err(error) => format!("{error} {}", error.advice()),
            }));
        });
        if let Some(before) = listing.replace(Some(handle)) {
            before.abort();
        }
        spawn_local(work.map(|_| ()));
    });
    form.set_onsubmit(Some(on_submit.as_ref().unchecked_ref()));
    // It lives as long as the page.
    on_submit.forget();
    Ok(())
}

/// Lists the cases of a contract; returns their number.
async fn list(client: &Client, page: &Page) -> Result<usize, Error> {
    page.cases.set_text_content(None);
    page.state.set_text_content(Some("…"));
    let params = CasesByContractParams::new([page.contract.value()]).status_flag(StatusFlag::Open);
    let mut cases = client.cases_by_contract(params).stream();
    let mut count = 0;
    while let Some(case) = cases.try_next().await? {
        count += 1;
        // Without a row the page is gone.
        if add(&page.cases, &case).is_err() {
            break;
        }
    }
    Ok(count)
}

fn add(cases: &HtmlTableSectionElement, case: &CaseRecord) -> Result<(), JsValue> {
    let row: HtmlTableRowElement = cases.insert_row()?.dyn_into()?;
    let severity = case.severity.map(|severity| severity.to_string()).unwrap_or_default();
    // As text, never as HTML: the service's texts may look like it.
    for text in [&case.case_id, &severity, case.status.as_str(), &case.title] {
        row.insert_cell()?.set_text_content(Some(text));
    }
    Ok(())
}

/// An element of the page.
fn element<T: JsCast>(id: &str) -> Result<T, JsValue> {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.get_element_by_id(id));
    let missing = || JsValue::from(JsError::new(&format!("the page has no element {id} of its kind")));
    found.and_then(|element| element.dyn_into().ok()).ok_or_else(missing)
}
