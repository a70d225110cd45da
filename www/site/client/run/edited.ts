// The name of the cache that holds the edited examples while they run.

export const EDITED = "edited-examples";
