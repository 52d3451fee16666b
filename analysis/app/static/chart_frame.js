/**
 * What every chart has around what it draws: title, unit, values at the cursor, numbers as a table.
 *
 * A chart is made once for an element and then given new data: what is held, focused or open in it
 * stays so.
 */

import { el, fill, number, set, svg } from "./dom.js";
import { DASHES } from "./chart_axis.js";

const made = new WeakMap();

/**
 * Function that draws a kind of chart into an element, or gives new data to the one that is there.
 *
 * @param {typeof Chart} Kind
 * @returns {function(HTMLElement, Object): Chart}
 */
export const chart = (Kind) => (element, options) => {
  let held = made.get(element);
  if (!(held instanceof Kind) || !element.contains(held.root)) {
    held?.destroy();
    held = new Kind();
    fill(element, held.root);
    made.set(element, held);
  }
  held.update(options);
  return held;
};

/** A chart: subclasses draw into `plot` and say what its numbers are. */
export class Chart {
  /** @param {string} kind class of the chart in the style sheet */
  constructor(kind) {
    this.options = null;
    this.title = el("span", { class: "chart-title" });
    this.unit = el("span", { class: "chart-unit" });
    this.keys = el("ul", { class: "chart-keys" });
    this.plot = el("div", { class: "chart-plot" });
    this.note = el("p", { class: "chart-note", hidden: true });
    this.numbers = el("div", { class: "chart-scroll", tabindex: 0, role: "group" });
    this.details = el(
      "details",
      { class: "chart-numbers", on: { toggle: () => this.#tabulate() } },
      el("summary", {}, "Numbers"),
      el("button", { type: "button", class: "chart-copy", on: { click: () => this.#copy() } }, "Copy"),
      this.numbers,
    );
    this.root = el(
      "figure",
      { class: ["chart", kind] },
      el("figcaption", { class: "chart-head" }, this.title, " ", this.unit),
      this.keys,
      this.plot,
      this.note,
      this.details,
    );
    this.observer = new ResizeObserver(() => this.#redraw());
    this.observer.observe(this.plot);
  }

  /** Give it data. @param {Object} options of the kind of chart */
  update(options) {
    this.options = options;
    this.title.textContent = options.title ?? "";
    this.unit.textContent = options.unit ?? "";
    const named = [options.title, options.unit].filter(Boolean).join(", ");
    set(this.root, { "aria-label": named });
    set(this.numbers, { "aria-label": `Numbers: ${named}` });
    this.#redraw();
    this.#tabulate();
  }

  /** Stop watching the size of the element. */
  destroy() {
    this.observer.disconnect();
  }

  /** Draw into a plot so wide. @param {number} width [px] */
  draw(width) {
    throw new Error(`${this.constructor.name} does not draw at ${width}`);
  }

  /** Numbers of the chart. @returns {{head: string[], rows: Array[]}} texts and numbers */
  table() {
    throw new Error(`${this.constructor.name} has no numbers`);
  }

  /** Say something under the plot, or nothing. @param {string} text */
  say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  #redraw() {
    const width = this.plot.clientWidth;
    if (this.options && width > 0) this.draw(width);
  }

  #tabulate() {
    if (!this.options || !this.details.open) return;
    const { head, rows } = this.table();
    const cells = (row) =>
      row.map((cell, k) => el(k ? "td" : "th", k ? { class: "num" } : { scope: "row" }, written(cell)));
    fill(
      this.numbers,
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, rows.map((row) => el("tr", {}, cells(row)))),
      ),
    );
  }

  async #copy() {
    const { head, rows } = this.table();
    const text = [head, ...rows].map((row) => row.map((cell) => cell ?? "").join("\t")).join("\n");
    const button = this.details.querySelector(".chart-copy");
    try {
      await navigator.clipboard.writeText(`${text}\n`);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed: select and copy";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }
}

const written = (cell) => (typeof cell === "string" ? cell : number(cell, 4));

/**
 * Item of the keys above a chart: how it is drawn, what it is, its value at the cursor.
 *
 * @param {{name: string, colour?: string, dash?: string, kind?: "line"|"area", value?: string}} item
 *   colour as CSS text; without it nothing is shown beside the name
 * @returns {HTMLElement}
 */
export function key({ name, colour, dash, kind = "line", value }) {
  const style = { "--colour": colour };
  const sample =
    kind === "line"
      ? svg(
          "svg",
          { class: "chart-key-line", "aria-hidden": "true" },
          svg("line", { x2: "100%", y1: "50%", y2: "50%", "stroke-dasharray": dash, style }),
        )
      : el("span", { class: "chart-key-area", style, "aria-hidden": "true" });
  return el(
    "li",
    {},
    colour && [sample, " "],
    el("span", { class: "chart-key-name" }, name),
    value !== undefined && [" ", el("b", {}, value)],
  );
}

/** Colour and dash of the line with a number. @returns {{colour: string, dash: string}} */
export const styleOf = (k) => ({ colour: `var(--c${k % DASHES.length})`, dash: DASHES[k % DASHES.length] });
