//! Who found an error.

/// Who found an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// This side.
    Client,
    /// A gateway of this package, between this side and the service.
    Gateway,
    /// The service or the gateway in front of it at Cisco.
    Service,
}

impl Source {
    /// The literal in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Client => "client",
            Source::Gateway => "gateway",
            Source::Service => "service",
        }
    }
}
