/** Keys that work everywhere on the page of a run, and the list of them. */

import { el } from "./dom.js";

/** What keys do, in the order of the list. */
export const KEYS = [
  ["Space", "go or pause"],
  [", and .", "a year back, a year on (in a live run the next year is computed)"],
  ["Home, End", "first and last year"],
  ["1 to 8", "the metals, in the order of the list"],
  ["[ and ]", "the layer before, the next layer"],
  ["D", "side by side, or the difference"],
  ["C", "chance of reaching the limit, or the value"],
  ["B", "try a policy from the shown year"],
  ["S", "share what is shown"],
  ["N", "the next source that emits the metal: from the selected cell outward, or else by emission; Shift and N goes back"],
  ["P", "the next parcel of the selected cell; Shift and P goes back"],
  ["Escape", "let go of what is selected"],
  ["?", "this list"],
  ["On the map", "arrows move the cell, Shift and arrows the map, + and \u2212 zoom, 0 shows all"],
];

/**
 * Listen to keys.
 * @param {Record<string, (event: KeyboardEvent) => void>} actions by key as the event names it; letters are small, with Shift too
 * @returns {() => void} ends it
 */
export function listenToKeys(actions) {
  const listener = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}

/** Whether the key belongs to what has the focus. */
function isTaken(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return true;
  const target = event.target;
  if (target.closest("input, textarea, select, [contenteditable]")) return true;
  if (event.key === " ") return Boolean(target.closest("button, summary, a, [role=button], [role=tab], [role=slider]"));
  if (event.key === "Home" || event.key === "End") return Boolean(target.closest("[role=slider], [role=tab]"));
  return false;
}

/** Dialog with the list of keys. */
export function helpDialog() {
  const rows = KEYS.map(([key, what]) => el("tr", {}, el("th", { scope: "row" }, key), el("td", {}, what)));
  return el("dialog", { class: "dialog", "aria-label": "Keys" },
    el("h2", {}, "Keys"), el("table", {}, el("tbody", {}, rows)),
    el("form", { method: "dialog", class: "actions" }, el("button", { class: "primary" }, "Close")));
}

/** Show a dialog, and take it away when it is closed. */
export function showDialog(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
