// The script of the playground: four parts, each with a sandbox of its own.

import { setUpClassify } from "./playground/classify.js";
import { setUpDecode } from "./playground/decode.js";
import { setUpMovingList } from "./playground/moving-list.js";
import { byId } from "./playground/page.js";
import { setUpRequests } from "./playground/requests.js";

const failed = (id: string) => (error: unknown) => {
  byId(id, HTMLElement).textContent = `It could not be started: ${error}`;
};

setUpRequests();
setUpMovingList().catch(failed("list-status"));
setUpDecode().catch(failed("decode-status"));
setUpClassify().catch(failed("classify-status"));
