// Where one writes: Enter sends, Escape or the button stops the answer.
import { $, on, post } from "../lib/dom.js";
import { follow } from "./reading.js";
import { again } from "./words.js";

async function stop() {
  const turn = $('.turn[data-state="streaming"]');
  if (!turn) return;
  try {
    await post(`/turns/${turn.dataset.turn}/stop/`);
  } catch (error) {
    document.dispatchEvent(
      new CustomEvent("toast", { detail: { category: "error", title: error.message } }),
    );
  }
  again(turn);
}

export function startTalking() {
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-enter-sends]")) return;
    if (event.key === "Escape") return void stop();
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    // On a phone Enter is a new line; there is a button under the thumb.
    if (matchMedia("(hover: none)").matches) return;
    event.preventDefault();
    if (!$('.turn[data-state="streaming"]')) event.target.form.requestSubmit();
  });
  on("click", "[data-stop]", stop);
  on("click", "[data-reload]", () => location.reload());
  on("click", "[data-choose-agent]", (_event, button) => {
    const select = $("#chat-agent");
    select.value = button.dataset.chooseAgent;
    for (const one of document.querySelectorAll("[data-choose-agent]"))
      one.setAttribute("aria-pressed", String(one === button));
    $("#chat-words").focus();
  });
  // What was picked is told beside the paper clip.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.('.chat-pick input[type="file"]')) return;
    const names = [...target.files].map((file) => file.name);
    $("[data-picked]", target.parentElement).textContent = names.length > 1 ? `${names.length} files` : (names[0] ?? "");
  });
  document.addEventListener("reset", ({ target }) => {
    const told = $("[data-picked]", target);
    if (told) told.textContent = "";
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.elt.matches?.("[data-talk]") || !detail.successful) return;
    detail.elt.reset();
    follow(true);
  });
}
