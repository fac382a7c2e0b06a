// The board: cards that move for everyone who looks.
import { startAdding } from "./board/add.js";
import { startDragging } from "./board/drag.js";
import { startBoardKeys } from "./board/keys.js";
import { startBoardLive } from "./board/live.js";
import { startSelecting } from "./board/select.js";
import { startTabs } from "./board/tabs.js";

function start() {
  if (!document.querySelector("[data-board]")) return;
  startBoardLive();
  startDragging();
  startBoardKeys();
  startSelecting();
  startAdding();
  startTabs();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
