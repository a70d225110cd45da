//! The one quota of all isolates.
