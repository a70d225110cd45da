//! The service's token, for all isolates.

use crate::client::{Credentials, Failed, HttpRequest, HttpResponse};
use std::fmt;

/// Which request to the token endpoint. Of no meaning to another life of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchId(pub u32);

/// What is to be done for whoever needs the token.
pub enum Need {
    /// Here it is.
    Have {
        /// The token, without "Bearer".
        access_token: String,
        /// Its number, for [`Keeper::refuse`].
        generation: u32,
        /// It is to be used no longer, in milliseconds since 1970 (UTC); none where its life is not known.
        expires_at_ms: Option<i64>,
        /// From then on it is worth asking again, since the next one is fetched while this one is still good.
        renew_at_ms: Option<i64>,
    },
    /// Send this, say by [`Keeper::on_response`] what came, and ask again at once: a token that is still good is handed
    /// out meanwhile.
    Fetch(FetchId, HttpRequest),
    /// Ask again after the next [`Keeper::on_response`], or after [`Keeper::wake_in_ms`].
    Wait,
    /// There is none, and it is too early to try again.
    Failed(Failed<String>),
}

/// Tokens and secrets are not shown.
impl fmt::Debug for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Have { generation, .. } => {
                f.debug_struct("Have").field("generation", generation).finish_non_exhaustive()
            }
            Need::Fetch(id, _) => f.debug_tuple("Fetch").field(id).finish_non_exhaustive(),
            Need::Wait => f.write_str("Wait"),
            Need::Failed(error) => f.debug_tuple("Failed").field(&error.code).finish(),
        }
    }
}

/// Keeps the service's token for all isolates: however many need one, one request is under way.
pub struct Keeper {
    credentials: Credentials,
    last_id: u32,
}

impl Keeper {
    /// A keeper without a token. The seed scatters waits and numbers tokens: one that differs from life to life of the
    /// object.
    pub fn new(credentials: Credentials, seed: u32) -> Keeper {
        Keeper { credentials, last_id: seed }
    }

    /// Somebody needs the token.
    pub fn need(&mut self, now: i64) -> Need {
        let _ = (now, &self.credentials, self.last_id);
        Need::Wait
    }

    /// The token endpoint has answered, or could not be reached. What is not waited for any more is not listened to.
    pub fn on_response(&mut self, id: FetchId, result: Result<HttpResponse<()>, String>, now: i64) {
        let _ = (id, result, now);
    }

    /// The service has refused this token. Says whether it is worth sending the request again with what
    /// [`need`](Keeper::need) gives.
    pub fn refuse(&mut self, generation: u32, now: i64) -> bool {
        let _ = (generation, now);
        false
    }

    /// The service has taken a token.
    pub fn accepted(&mut self) {}

    /// In how many milliseconds those who wait should ask again; none where nothing is under way. Never 0.
    pub fn wake_in_ms(&mut self, now: i64) -> Option<i64> {
        let _ = now;
        None
    }

    /// The token as JSON text, for durable storage.
    pub fn export(&self) -> String {
        String::new()
    }

    /// Goes on with what was kept, unless it is of other credentials or cannot be read. Says whether it was taken.
    pub fn import(&mut self, text: &str, now: i64) -> bool {
        let _ = (text, now);
        false
    }
}
