//! What the edge decides, for a Worker that keeps the secret and stands between browsers and the service.
//!
//! Nothing here sends, waits or keeps: requests, identities, the upstream's responses and readings of the clock are
//! handed in, and what comes out says what to do.
//!
//! | door | decides |
//! |---|---|
//! | [`quota`] | who may send how many requests until when, and with which token: what one Durable Object keeps for all isolates |

pub mod quota;
