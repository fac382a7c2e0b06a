// What every page has: the frame, its keys and dialogs, and the live stream.
import "basecoat-css/basecoat";
import "basecoat-css/dropdown-menu";
import "basecoat-css/popover";
import "basecoat-css/tabs";
import "basecoat-css/toast";

import { startLive } from "./live/index.js";
import { startPlayer } from "./player/index.js";
import { startConfirming } from "./shell/confirm.js";
import { startDialogs } from "./shell/dialogs.js";
import { startErrors } from "./shell/errors.js";
import { startFields } from "./shell/fields.js";
import { startKeys } from "./shell/keys.js";
import { startPalette } from "./shell/palette.js";
import { startPressing } from "./shell/press.js";
import { startSending } from "./shell/sending.js";
import { startSide } from "./shell/side.js";
import { startTheme } from "./shell/theme.js";
import { startTimes } from "./shell/time.js";
import { startToasts } from "./shell/toasts.js";

function start() {
  startTheme();
  startSide();
  startToasts();
  startErrors();
  startDialogs();
  startPressing();
  startConfirming();
  startSending();
  startPalette();
  startKeys();
  startTimes();
  startFields();
  startLive();
  startPlayer();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
