// A worker that checks the peers, separate from the timing, whose code must not process invalid input before.

import { proveFair } from "../peers/fair.mjs";

proveFair();
