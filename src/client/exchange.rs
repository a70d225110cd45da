//! One call: from a valid request to an answer or an error.

use super::{
    CallError, CallOptions, Config, Either, Failed, Host, HttpRequest, HttpResponse, Validation, race,
    replay::{Attempt, Decision, decide},
    token::Tokens,
};
use crate::decode::{self, Records};
use crate::endpoint::Request;
use crate::error::{ErrorKind, Failure, Refusal, classify, retry_after_ms};
use std::cell::Cell;
use std::rc::Rc;

/// A client of the service over a [`Host`].
pub struct Client<H: Host> {
    host: Rc<H>,
    config: Config,
    tokens: Tokens<H>,
}

/// What a call resolves to.
#[derive(Debug)]
pub struct Answer<Raw> {
    /// The records.
    pub records: Records,
    /// How many requests it took.
    pub attempts: u32,
    /// The transport's own response object; its body has been read.
    pub raw: Raw,
}

impl<H: Host> Client<H> {
    /// A client over a host.
    pub fn new(host: H, config: Config) -> Client<H> {
        let tokens = Tokens::new(config.token.clone());
        Client { host: Rc::new(host), config, tokens }
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Makes one call. The timeout holds for all of it: token, headers, body, replay. Dropping the future ends
    /// whatever is under way.
    pub async fn call(&self, request: &Request, options: &CallOptions) -> Result<Answer<H::Raw>, Failed<H::Cause>> {
        let attempts = Cell::new(0);
        let timeout_ms = options.timeout_ms.unwrap_or(self.config.timeout_ms);
        let exchange = self.exchange(request, options, &attempts);
        let outcome = if timeout_ms == 0 {
            exchange.await
        } else {
            match race(exchange, self.host.sleep(timeout_ms)).await {
                Either::Left(outcome) => outcome,
                Either::Right(()) => Err(CallError::own("TIMEOUT", format!("({timeout_ms} ms)"))),
            }
        };
        outcome.map_err(|error| {
            let mut error = error.of_call(request.endpoint.name, &request.ids);
            error.attempts = attempts.get();
            error
        })
    }

    async fn exchange(
        &self,
        request: &Request,
        options: &CallOptions,
        attempts: &Cell<u32>,
    ) -> Result<Answer<H::Raw>, Failed<H::Cause>> {
        let mut token = self.tokens.get(&self.host).await?;
        let mut replayed = false;
        loop {
            attempts.set(attempts.get() + 1);
            let http = self.http_request(request, options, token.as_deref());
            let response = self.host.send(http).await.map_err(|cause| CallError::own("NETWORK", "").because(cause))?;
            let error = match self.read(request, response) {
                Ok((records, raw)) => return Ok(Answer { records, attempts: attempts.get(), raw }),
                Err(error) => error,
            };
            let attempt = Attempt { kind: error.kind, renewable: self.tokens.renewable(), replayed };
            match (decide(attempt), &token) {
                (Decision::RenewToken, Some(refused)) => {
                    match self.tokens.instead_of(refused, &self.host).await? {
                        Some(other) => token = Some(other),
                        // The provider has nothing but the refused token: sending it again changes nothing.
                        None => return Err(error),
                    }
                    replayed = true;
                }
                _ => return Err(error),
            }
        }
    }

    fn http_request(&self, request: &Request, options: &CallOptions, token: Option<&str>) -> HttpRequest {
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        headers.extend(token.map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
        let own = |name: &str| options.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        headers.extend(self.config.headers.iter().filter(|(name, _)| !own(name)).cloned());
        headers.extend(options.headers.iter().cloned());
        let url = format!("{}{}", self.config.base_url.as_str(), request.path_and_query());
        HttpRequest { method: "GET", url, headers, body: None }
    }

    /// What a response means: records, or an error with all that the response says of it.
    fn read(&self, request: &Request, response: HttpResponse<H::Raw>) -> Result<(Records, H::Raw), Failed<H::Cause>> {
        let HttpResponse { status, mashery_error_code, message_id, retry_after, body, raw } = response;
        let decoded = decode::records(request.endpoint.answer, &body, Records::default());
        let mut error = match (status, decoded) {
            (200, Ok(records)) => match (self.config.validation, records.issues().first()) {
                (Validation::Strict, Some(issue)) => CallError::broken_rule(issue),
                _ => return Ok((records, raw)),
            },
            (200, Err(fault)) if fault.code != "UNEXPECTED_RESPONSE" => CallError::unreadable(fault),
            (_, decoded) => {
                let document = decode::json_of(&body).ok();
                let mashery_error_code = mashery_error_code.as_deref();
                let failure = classify(Refusal {
                    status,
                    mashery_error_code,
                    body: body.as_slice(),
                    document: document.as_ref(),
                });
                match (decoded, failure) {
                    // A 200 that says nothing of an error: what is wrong is its shape.
                    (Err(fault), Failure { kind: ErrorKind::Decode, .. }) if status == 200 => {
                        CallError::unreadable(fault)
                    }
                    (_, failure) => CallError::refused(failure),
                }
            }
        };
        error.status = Some(status);
        error.message_id = message_id;
        error.retry_after_ms = retry_after.and_then(|value| retry_after_ms(&value, self.host.now_unix_ms()));
        Err(error)
    }
}
