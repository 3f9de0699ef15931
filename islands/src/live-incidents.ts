/** Incidents, live: whenever one is found or settled, the list is read again. */
import { one } from "./lib/dom.ts";
import { rereadOn } from "./lib/reread.ts";

const root = one("[data-live-incidents]");
if (root) rereadOn(root, "[data-incidents]", "incident");
