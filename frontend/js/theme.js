// Runs before anything is painted, so that a dark page never flashes white.
import { applyTheme } from "./shell/theme.js";

applyTheme();
if (localStorage.getItem("mc-side") === "closed") document.documentElement.dataset.side = "closed";
