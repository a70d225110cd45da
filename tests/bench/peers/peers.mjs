// Every peer in its settings.

import { ajv } from "./ajv.mjs";
import { arktype } from "./arktype.mjs";
import { typebox } from "./typebox.mjs";
import { typia } from "./typia.mjs";
import { valibot } from "./valibot.mjs";
import { zodMini } from "./zod-mini.mjs";
import { zod } from "./zod.mjs";

export const peers = [...zod, ...zodMini, ...valibot, ...ajv, ...typebox, ...typia, ...arktype];
