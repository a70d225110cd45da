// The same worker with what bulk calls need, from the beginning.

import "/a/bulk.js";
import "/worker.js";
