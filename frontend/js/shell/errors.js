// What goes wrong between page and server, said in words; and the line that shows waiting.
import { $, refusal } from "../lib/dom.js";
import { toast } from "./toasts.js";

export function startErrors() {
  document.addEventListener("htmx:responseError", async ({ detail }) => {
    const { xhr } = detail;
    if (/"toast"/.test(xhr.getResponseHeader("HX-Trigger") || "")) return;
    if (xhr.status === 401) return location.reload();
    const reply = new Response(null, { status: Math.max(200, xhr.status) });
    toast({ category: "error", title: await refusal(reply) });
  });
  document.addEventListener("htmx:sendError", ({ detail }) => {
    // A part that refreshes itself tries again with the next event; the badge tells the rest.
    if (detail.requestConfig?.triggeringEvent?.type === "live") return;
    toast({ category: "error", title: "The server cannot be reached", description: "Nothing was sent." });
  });

  let waiting = 0;
  let timer;
  const line = $("#progress-line");
  const quiet = (detail) => detail.requestConfig?.triggeringEvent?.type === "live";
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    if (quiet(detail) || !line) return;
    waiting += 1;
    timer ||= setTimeout(() => line.setAttribute("data-busy", ""), 250);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (quiet(detail) || !line) return;
    waiting = Math.max(0, waiting - 1);
    if (waiting) return;
    clearTimeout(timer);
    timer = undefined;
    line.removeAttribute("data-busy");
  });
}
