// A field of words: <input data-chips value="backend, database">. Each becomes a chip; the
// field itself keeps the words, so that it is sent, and works without this, as it stands.
import { $$, announce, el } from "../lib/dom.js";

function words(text) {
  return [...new Set(text.split(",").map((word) => word.trim().toLowerCase()).filter(Boolean))];
}

function chips(field) {
  const writing = el("input", {
    type: "text",
    class: "chips-input",
    autocomplete: "off",
    placeholder: field.value ? "" : field.placeholder,
  });
  const box = el("div", { class: "chips-box" }, writing);
  const show = () => {
    for (const old of $$(".chip-word", box)) old.remove();
    for (const word of words(field.value)) {
      const off = el("button", { type: "button", "aria-label": `Remove ${word}` }, "×");
      off.addEventListener("click", () => {
        field.value = words(field.value).filter((one) => one !== word).join(", ");
        show();
        announce(`${word} removed`);
        writing.focus();
      });
      writing.before(el("span", { class: "chip-word" }, word, off));
    }
    writing.placeholder = field.value ? "" : field.placeholder;
  };
  const take = () => {
    if (!writing.value.trim()) return;
    field.value = words(`${field.value},${writing.value}`).join(", ");
    writing.value = "";
    show();
  };
  writing.addEventListener("keydown", (event) => {
    if (event.key === "," || (event.key === "Enter" && writing.value.trim())) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && !writing.value) {
      field.value = words(field.value).slice(0, -1).join(", ");
      show();
    }
  });
  writing.addEventListener("blur", take);
  // The word being written stays begun while another one is removed: taking it in now would
  // put a new button under the pointer.
  box.addEventListener("mousedown", (event) => event.target.closest("button") && event.preventDefault());
  box.addEventListener("click", (event) => event.target === box && writing.focus());
  // Its label leads to where one writes now.
  writing.id = field.id;
  field.removeAttribute("id");
  field.type = "hidden";
  field.after(box);
  show();
}

export function startChips() {
  for (const field of $$("input[data-chips]")) chips(field);
}
