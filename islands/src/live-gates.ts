/** The gates of an event's page, live. */
import { all } from "./lib/dom.ts";
import { watchGates } from "./lib/gates.ts";

for (const root of all("[data-live-gates]")) watchGates(root);
