//! The side that found an error.

/// The side that found an error.
///
/// ```
/// use cisco_support_case::error::Source;
///
/// assert_eq!(Source::Gateway.as_str(), "gateway");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The client, without or before a response.
    Client,
    /// A gateway of this package, between the client and the service.
    Gateway,
    /// The service, or Cisco's API gateway in front of it.
    Service,
}

impl Source {
    /// Returns the literal that JavaScript uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Client => "client",
            Source::Gateway => "gateway",
            Source::Service => "service",
        }
    }
}
