// Conversations: the agent's words while they come, older turns while one scrolls up.
import { startReading } from "./chat/reading.js";
import { startTalking } from "./chat/talking.js";
import { startWords } from "./chat/words.js";
import { startMentions } from "./task/mentions.js";

function start() {
  if (!document.querySelector("[data-chat]")) return;
  startReading();
  startTalking();
  startWords();
  startMentions();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
