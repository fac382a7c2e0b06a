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

/** What was picked stands beside the paper clip, with a way to leave it out. */
function tellPicked(form) {
  const told = $("[data-picked]", form);
  if (!told) return;
  const names = [...$('.chat-pick input[type="file"]', form).files].map((file) => file.name);
  told.textContent = names.length > 1 ? `${names.length} files` : (names[0] ?? "");
  $("[data-unpick]", form).hidden = !names.length;
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
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.('.chat-others [name="others"]')) {
      const count = document.querySelectorAll('.chat-others [name="others"]:checked').length;
      $("[data-company]").textContent = count ? `With ${count} other${count > 1 ? "s" : ""}` : "With others";
    }
    if (!target.matches?.('.chat-pick input[type="file"]')) return;
    tellPicked(target.form);
  });
  on("click", "[data-unpick]", (_event, button) => {
    const input = $('input[type="file"]', button.form);
    input.value = "";
    tellPicked(button.form);
    input.focus();
  });
  // The form is empty only after this event.
  document.addEventListener("reset", ({ target }) => queueMicrotask(() => tellPicked(target)));
  // On a phone the keyboard would come up and cover what was said.
  if (matchMedia("(hover: hover)").matches) $("[data-talk] #chat-words")?.focus({ preventScroll: true });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.matches?.("[data-talk]") && detail.successful) follow(true);
  });
}
