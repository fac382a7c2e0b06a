// Where one writes into a thread: replies, questions, files by button, drop and paste.
import { $, el, on } from "../lib/dom.js";

const composer = () => $("[data-composer]");

function reply(button) {
  const form = composer();
  if (!form) return;
  form.elements.reply_to.value = button?.dataset.reply ?? "";
  const line = $(".composer-reply", form);
  line.hidden = !button;
  if (!button) return;
  const verb = button.dataset.replyKind === "answer" ? "Answering" : "Replying to";
  $("[data-reply-words]", line).textContent = `${verb} ${button.dataset.replyName}`;
  form.elements.body.focus();
  form.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function showFiles(form) {
  const list = $("[data-files]", form);
  list.replaceChildren(...[...form.elements.files.files].map((file) => el("li", { class: "chip" }, file.name)));
}

function addFiles(form, files) {
  const all = new DataTransfer();
  for (const file of [...form.elements.files.files, ...files]) all.items.add(file);
  form.elements.files.files = all.files;
  showFiles(form);
}

export function startComposer() {
  on("click", "[data-reply]", (_event, button) => reply(button));
  on("click", "[data-reply-drop]", () => reply(null));
  document.addEventListener("change", ({ target }) => {
    const form = target.closest?.("[data-composer]");
    if (!form) return;
    if (target.name === "kind") form.elements.asked.hidden = target.value !== "question";
    if (target.name === "files") showFiles(form);
    if (target.name === "reply_to") reply($(`[data-reply="${target.value}"]`));
  });
  for (const type of ["dragover", "dragleave", "drop"])
    document.addEventListener(type, (event) => {
      const form = event.target.closest?.("[data-composer]");
      if (!form || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.toggleAttribute("data-dropping", type === "dragover");
      if (type === "drop") addFiles(form, event.dataTransfer.files);
    });
  document.addEventListener("paste", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (form && event.clipboardData?.files.length) addFiles(form, event.clipboardData.files);
  });
  // The fields are empty only after this event.
  document.addEventListener("reset", ({ target: form }) => {
    if (!form.matches("[data-composer]")) return;
    queueMicrotask(() => {
      form.elements.asked.hidden = true;
      reply(null);
      showFiles(form);
    });
  });
}
