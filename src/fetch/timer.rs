//! `setTimeout` as a future.

use js_sys::Function;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    // Node returns an object, browsers a number: the handle is only ever handed back.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(callback: &Function, ms: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(handle: &JsValue) -> Result<(), JsValue>;
}

/// Resolves after a while. Dropped, it clears its timer: nothing keeps a process alive.
pub(crate) struct Sleep {
    state: Rc<RefCell<State>>,
    handle: JsValue,
    _callback: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct State {
    done: bool,
    waker: Option<Waker>,
}

/// The longest time a timer takes: runtimes count in 31 bits and fire at once beyond.
const MAX_MS: u32 = i32::MAX.unsigned_abs();

impl Sleep {
    pub(crate) fn new(ms: u32) -> Sleep {
        let state: Rc<RefCell<State>> = Rc::default();
        let shared = Rc::clone(&state);
        let callback = Closure::new(move || {
            let waker = {
                let mut state = shared.borrow_mut();
                state.done = true;
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        let function: &JsValue = callback.as_ref();
        let handle = set_timeout(function.unchecked_ref(), ms.min(MAX_MS)).unwrap_or(JsValue::UNDEFINED);
        Sleep { state, handle, _callback: callback }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
        if state.done {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        // Clearing a timer that has fired does nothing.
        let _ = clear_timeout(&self.handle);
    }
}
