// A task's page and drawer: mentions, replies, files.
import { startComposer } from "./task/composer.js";
import { startMentions } from "./task/mentions.js";
import { startTaskKeys } from "./task/keys.js";

function start() {
  startComposer();
  startMentions();
  startTaskKeys();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
