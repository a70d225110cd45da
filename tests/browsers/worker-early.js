// The same worker with the bulk module imported from the start.

import "/a/bulk.js";
import "/worker.js";
