/** What is selected, looked into: a cell with its tabs, a stack or a parcel. */

import { get, Latest, ofRun } from "./api.js";
import { TABS } from "./cell_tabs.js";
import { el, fill, set, slot } from "./dom.js";
import { attempt } from "./notices.js";
import { showParcel, showStack } from "./places.js";

const SOON = 300; // ms until it is said that an answer takes longer

export class Inspector {
  #element;
  #cursor;
  #info;
  #asking = new Latest();
  #end;

  constructor(element, cursor, info) {
    this.#element = element;
    this.#cursor = cursor;
    this.#info = info;
    const keys = ["cell", "stack", "parcel", "metal", "depth", "year", "since", "other"];
    this.#end = cursor.listen([...keys, "tab", "show"], (_, changed) => this.#draw(keys.every((key) => !changed.has(key))));
    this.#draw();
  }

  /** The run has more years. */
  renew(info) {
    this.#info = info;
    this.#draw();
  }

  close() {
    this.#end();
  }

  #cell = null;

  async #draw(sameData = false) {
    const cursor = this.#cursor;
    if (sameData && this.#cell) {
      this.#show(this.#cell);
      return;
    }
    this.#cell = null;
    const slow = setTimeout(() => this.#element.setAttribute("aria-busy", "true"), SOON);
    const found = await attempt(this.#asking.ask((signal) => this.#ask(signal)));
    clearTimeout(slow);
    this.#element.removeAttribute("aria-busy");
    if (!found) return;
    if (found.kind === "nothing") fill(this.#element, this.#hint());
    else if (found.kind === "stack") showStack(this.#element, found.data, cursor, this.#info);
    else if (found.kind === "parcel") showParcel(this.#element, found.data, cursor);
    else {
      this.#cell = found;
      this.#show(found);
    }
  }

  async #ask(signal) {
    const cursor = this.#cursor;
    const run = this.#info.name;
    const [metal, year] = [cursor.get("metal"), cursor.get("year")];
    const stack = cursor.get("stack");
    if (stack) return { kind: "stack", data: await get(ofRun(run, "stacks", stack), { metal, year }, signal) };
    const parcel = cursor.get("parcel");
    if (parcel) return { kind: "parcel", data: await get(ofRun(run, "parcels", parcel), { year }, signal) };
    if (!cursor.cell) return { kind: "nothing" };
    const [row, col] = cursor.cell;
    const question = { row, col, metal, year, depth: cursor.get("depth"), since: cursor.get("since") };
    const other = cursor.get("other");
    const [data, beside] = await Promise.all([
      get(ofRun(run, "cell"), question, signal),
      other ? get(ofRun(other, "cell"), question, signal).catch(() => null) : null,
    ]);
    const parts = new Map(); // what was asked of this cell is kept while it is shown
    const part = (name) => {
      if (!parts.has(name)) parts.set(name, get(ofRun(run, "cell", name), question, signal));
      return parts.get(name);
    };
    return { kind: "cell", data, part, signal, beside: beside && { name: other, data: beside } };
  }

  #hint() {
    const judged = this.#info.layers.some((layer) => layer.key === "overload");
    return el("div", { class: "hint" }, el("h2", {}, "Click a cell"),
      el("p", {}, "Its history, what came and went, where from, and why it is what it is appear here."),
      judged ? el("p", {}, el("button", { type: "button", on: { click: () => this.#cursor.set({ layer: "overload" }) } }, "Show what is over its limit")) : null,
      el("p", {}, "Triangles are sources: click one for what it emits and where that falls. Show the parcels and click one for what became of it."),
      el("p", {}, "Press ? for the keys."));
  }

  /** A cell: what and why first, then the tabs. */
  #show(cell) {
    const { data, beside } = cell;
    const tab = TABS.find((one) => one.key === this.#cursor.get("tab")) ?? TABS[0];
    const focused = document.activeElement?.id;
    const why = set(slot(this.#element, "why"), { id: "why", role: "status" });
    const body = set(slot(this.#element, `panel-${tab.key}`), { role: "tabpanel", id: "tab-panel", "aria-labelledby": `tab-${tab.key}` });
    fill(this.#element,
      el("h2", {}, `Cell ${data.row}, ${data.col}`, el("span", { class: "muted" }, ` ${data.place}`)),
      el("p", { class: data.standing.over ? "standing over" : "standing" }, data.standing.text),
      why,
      beside ? el("p", { class: "beside muted" }, `${beside.name}: ${beside.data.standing.text}`) : null,
      el("div", { role: "tablist", class: "tabs", "aria-label": "Views of the cell" }, TABS.map((one) => this.#tab(one, tab))),
      body,
      data.limit_source ? el("p", { class: "muted small" }, `Source of the limit: ${data.limit_source}`) : null,
      el("p", { class: "muted small" }, data.where));
    this.#fill(cell, why, cell.part("why"), (found) => fill(why, el("p", {}, found.why)));
    const context = { data, beside, cursor: this.#cursor, info: this.#info };
    if (tab.part) this.#fill(cell, body, cell.part(tab.part), (found) => tab.show(body, { ...context, ...found }));
    else tab.show(body, context);
    if (focused && focused !== document.activeElement?.id) document.getElementById(focused)?.focus();
  }

  /** Show a part of a cell when it is there, if the cell is still shown then; what was there before is faint. */
  async #fill(cell, element, question, show) {
    element.setAttribute("aria-busy", "true");
    const found = await attempt(question);
    if (this.#cell !== cell) return;
    element.removeAttribute("aria-busy");
    if (found) show(found);
  }

  #tab(one, chosen) {
    const on = one === chosen;
    return el("button", {
      type: "button", role: "tab", id: `tab-${one.key}`, "aria-selected": String(on), "aria-controls": "tab-panel", tabindex: on ? 0 : -1,
      on: {
        click: () => this.#cursor.set({ tab: one.key }),
        keydown: (event) => this.#move(event, one),
      },
    }, one.name);
  }

  /** Arrows go through the tabs. */
  #move(event, one) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(one) + by + TABS.length) % TABS.length];
    document.getElementById(`tab-${next.key}`).focus();
    this.#cursor.set({ tab: next.key });
  }
}
