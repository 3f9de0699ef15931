/** A room list, live: whenever somebody is scanned at one of its rooms, the list is read again. */
import { one } from "./lib/dom.ts";
import { rereadOn } from "./lib/reread.ts";

const root = one("[data-live-rooms]");
if (root) rereadOn(root, "[data-rooms]", "scan");
