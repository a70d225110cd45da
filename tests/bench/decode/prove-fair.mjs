// A worker that proves the peers fair: apart from the timing, whose code must not have seen what is wrong.

import { proveFair } from "../peers/fair.mjs";

proveFair();
