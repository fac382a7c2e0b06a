// Pages of agents, runs and documents.
import { startChips } from "./rooms/chips.js";
import { startLeaving } from "./rooms/leaving.js";
import { startRun } from "./rooms/run.js";

function start() {
  startChips();
  startRun();
  startLeaving();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
