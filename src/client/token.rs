//! The token: kept, shared, renewed.

use super::{
    CallError, Credentials, Failed, Host, HttpRequest, TokenReply, TokenSource,
    header::is_header_value,
    shared::{Shared, WeakShared},
};
use crate::decode;
use crate::endpoint::percent_encode;
use crate::error::{Refusal, classify};
use crate::model::Json;
use std::cell::RefCell;
use std::rc::Rc;

/// A token is renewed this long before it expires, so that none expires on its way.
const MARGIN_MS: f64 = 60_000.0;

/// A token with the time when it should be renewed.
#[derive(Clone)]
struct Kept {
    access_token: String,
    renew_at_ms: f64,
}

type Renewed<H> = Result<Kept, Failed<<H as Host>::Cause>>;

/// Keeps the token. However many calls need one, one request for it is under way.
pub(super) struct Tokens<H: Host> {
    source: TokenSource,
    kept: Rc<RefCell<Option<Kept>>>,
    /// The renewal under way. When all who wait for it leave, it ends, and the next call begins another.
    renewal: Rc<RefCell<WeakShared<Renewed<H>>>>,
}

impl<H: Host> Tokens<H> {
    pub(super) fn new(source: TokenSource) -> Tokens<H> {
        Tokens { source, kept: Rc::default(), renewal: Rc::new(RefCell::new(WeakShared::new())) }
    }

    /// Whether a refused token can be changed for a new one.
    pub(super) fn renewable(&self) -> bool {
        matches!(self.source, TokenSource::Provider | TokenSource::Credentials(_))
    }

    /// The token to send, if any.
    pub(super) async fn get(&self, host: &Rc<H>) -> Result<Option<String>, Failed<H::Cause>> {
        match &self.source {
            TokenSource::None => return Ok(None),
            TokenSource::Fixed(token) => return Ok(Some(token.clone())),
            TokenSource::Provider | TokenSource::Credentials(_) => {}
        }
        let now = now_ms(host);
        if let Some(kept) = self.kept.borrow().as_ref().filter(|kept| now < kept.renew_at_ms) {
            return Ok(Some(kept.access_token.clone()));
        }
        self.renew(host).await.map(Some)
    }

    /// A token other than the one that was refused; none if there is no other.
    pub(super) async fn instead_of(&self, refused: &str, host: &Rc<H>) -> Result<Option<String>, Failed<H::Cause>> {
        {
            let mut kept = self.kept.borrow_mut();
            match kept.as_ref() {
                // Somebody else has renewed it meanwhile.
                Some(other) if other.access_token != refused => return Ok(Some(other.access_token.clone())),
                _ => *kept = None,
            }
        }
        let token = self.renew(host).await?;
        Ok((token != refused).then_some(token))
    }

    async fn renew(&self, host: &Rc<H>) -> Result<String, Failed<H::Cause>> {
        let running = self.renewal.borrow().upgrade();
        let renewal = running.unwrap_or_else(|| {
            let (kept, slot) = (Rc::clone(&self.kept), Rc::clone(&self.renewal));
            let fetch = fetch_token(Rc::clone(host), self.source.clone());
            let renewal = Shared::new(async move {
                let result = fetch.await;
                // A finished renewal must not answer for a later one.
                slot.replace(WeakShared::new());
                *kept.borrow_mut() = result.as_ref().ok().cloned();
                result
            });
            *self.renewal.borrow_mut() = renewal.downgrade();
            renewal
        });
        renewal.await.map(|kept| kept.access_token)
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double for 285 000 years")]
fn now_ms<H: Host>(host: &Rc<H>) -> f64 {
    host.now_unix_ms() as f64
}

async fn fetch_token<H: Host>(host: Rc<H>, source: TokenSource) -> Result<Kept, Failed<H::Cause>> {
    let asked_at = now_ms(&host);
    let reply = match source {
        TokenSource::Credentials(credentials) => exchange_credentials(&host, &credentials).await?,
        _ => host.provide_token().await.map_err(|cause| CallError::own("NO_TOKEN", "").because(cause))?,
    };
    if reply.access_token.is_empty() || reply.access_token.contains(' ') || !is_header_value(&reply.access_token) {
        return Err(CallError::own("NO_TOKEN", "What it gave is not a text that can be sent in a header."));
    }
    let lifetime_ms = reply.expires_in.filter(|seconds| seconds.is_finite()).map(|seconds| seconds * 1000.0);
    // A token of two minutes or less would be renewed for ever with the whole margin: half its life will do.
    let renew_in_ms = lifetime_ms.map_or(f64::INFINITY, |ms| (ms - MARGIN_MS).max(ms / 2.0));
    Ok(Kept { access_token: reply.access_token, renew_at_ms: asked_at + renew_in_ms })
}

/// RFC 6749, section 4.4: client credentials grant, as a form body.
async fn exchange_credentials<H: Host>(
    host: &Rc<H>,
    credentials: &Credentials,
) -> Result<TokenReply, Failed<H::Cause>> {
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        percent_encode(&credentials.client_id),
        percent_encode(&credentials.client_secret)
    );
    let request = HttpRequest {
        method: "POST",
        url: credentials.token_url.clone(),
        headers: vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ],
        body: Some(body),
    };
    let response = host
        .send(request)
        .await
        .map_err(|cause| CallError::own("NETWORK", "The token endpoint could not be reached.").because(cause))?;
    let document = decode::json_of(&response.body).ok();
    let token = document.as_ref().and_then(|document| document.get("access_token")).and_then(Json::as_text);
    match (response.status, token) {
        (200, Some(token)) => {
            let expires_in = match document.as_ref().and_then(|document| document.get("expires_in")) {
                Some(Json::Number(seconds) | Json::Text(seconds)) => seconds.parse::<u32>().ok().map(f64::from),
                _ => None,
            };
            Ok(TokenReply { access_token: token.to_owned(), expires_in })
        }
        (status, _) => {
            let mashery_error_code = response.mashery_error_code.as_deref();
            let failure = classify(Refusal {
                status,
                mashery_error_code,
                body: response.body.as_slice(),
                document: document.as_ref(),
            });
            let mut error = CallError::refused(failure);
            error.before = format!("The token endpoint gave no token: {}", error.before);
            error.message_id = response.message_id;
            Err(error)
        }
    }
}
