// Every entry for Node: their declarations compile.

import * as bulk from "cisco-support-case/bulk";
import * as client from "cisco-support-case";
import * as inline from "cisco-support-case/inline";
import * as sandbox from "cisco-support-case/sandbox";
import * as sandboxInline from "cisco-support-case/sandbox/inline";
import * as store from "cisco-support-case/store";
import * as nodeFile from "cisco-support-case/store/node";
import * as webhook from "cisco-support-case/gateway/webhook";

export { bulk, client, inline, nodeFile, sandbox, sandboxInline, store, webhook };
