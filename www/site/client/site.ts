// The script of every page: search, and a table of contents that is closed on narrow screens.

import { setUpSearch } from "./search.js";

const narrow = matchMedia("(max-width: 60rem)");
const side = document.querySelector<HTMLDetailsElement>(".side details");
if (side && narrow.matches) side.open = false;

setUpSearch();
