/** Errors and news in words, on top of the page. */

import { ApiError } from "./api.js";
import { el } from "./dom.js";

const SHOWN = 8000; // ms that news stays

/** Say what went wrong; it stays until it is closed. */
export function complain(error) {
  if (!(error instanceof ApiError)) console.error(error);
  const problems = (error.problems ?? []).map((p) =>
    el("li", {}, el("strong", {}, p.where), `: ${p.what}. `, `Rule: ${p.rule}. `, p.fix ?? ""));
  notice("error", problems.length ? el("ul", {}, ...problems) : el("p", {}, error.message));
}

/** Say something that goes away by itself. */
export function tell(text) {
  const shown = notice("news", el("p", {}, text));
  setTimeout(() => shown.remove(), SHOWN);
}

/** Await something and say in words what went wrong; undefined then. */
export async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name !== "AbortError") complain(error);
    return undefined;
  }
}

function notice(kind, ...content) {
  const place = document.getElementById("notices");
  const text = content.map((part) => part?.textContent ?? "").join("\n");
  for (const old of place.children) if (old.dataset.text === text) old.remove();
  const shown = el("div", { class: `notice ${kind}`, "data-text": text });
  const close = el("button", { type: "button", "aria-label": "Close this message", on: { click: () => shown.remove() } }, "\u00d7");
  shown.append(el("div", {}, ...content), close);
  place.append(shown);
  return shown;
}
