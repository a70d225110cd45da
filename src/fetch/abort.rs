//! A caller's `AbortSignal`, as a future.

use js_sys::{Function, Reflect};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// Resolves with the signal's reason when the caller aborts; never, where there is no signal. Dropped, it leaves no
/// listener behind.
pub(crate) struct Aborted {
    signal: JsValue,
    waker: Rc<RefCell<Option<Waker>>>,
    callback: Option<Closure<dyn FnMut()>>,
}

/// Whether a value can be used as an `AbortSignal`: one of another realm is no instance of this one's class, so its
/// members decide.
pub(crate) fn is_signal(value: &JsValue) -> bool {
    let member = |name: &str| Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    value.is_object()
        && member("aborted").as_bool().is_some()
        && member("addEventListener").is_function()
        && member("removeEventListener").is_function()
}

impl Aborted {
    pub(crate) fn new(signal: JsValue) -> Aborted {
        let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
        let mut aborted = Aborted { signal, waker: Rc::clone(&waker), callback: None };
        if is_signal(&aborted.signal) {
            let callback = Closure::new(move || {
                if let Some(waker) = waker.borrow_mut().take() {
                    waker.wake();
                }
            });
            aborted.listen("addEventListener", callback.as_ref());
            aborted.callback = Some(callback);
        }
        aborted
    }

    fn listen(&self, method: &str, callback: &JsValue) {
        let method = Reflect::get(&self.signal, &JsValue::from_str(method)).ok();
        if let Some(method) = method.and_then(|method| method.dyn_into::<Function>().ok()) {
            // A signal that throws here cannot be listened to; its `aborted` is still asked at every step.
            let _ = method.call2(&self.signal, &JsValue::from_str("abort"), callback);
        }
    }

    fn member(&self, name: &str) -> JsValue {
        Reflect::get(&self.signal, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
    }
}

impl Future for Aborted {
    type Output = JsValue;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<JsValue> {
        if self.callback.is_none() {
            return Poll::Pending;
        }
        if self.member("aborted").as_bool() == Some(true) {
            return Poll::Ready(self.member("reason"));
        }
        *self.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Aborted {
    fn drop(&mut self) {
        if let Some(callback) = self.callback.take() {
            self.listen("removeEventListener", callback.as_ref());
        }
    }
}
