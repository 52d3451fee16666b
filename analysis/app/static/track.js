/** The slider of the timeline: years that are there and to come, events, a line of the region. */

import { linePath, linear, rem, textWidth, yearAxis, yearTicks } from "./chart_axis.js";
import { styleOf } from "./chart_frame.js";
import { el, fill, isNumber, number, svg } from "./dom.js";
import { markGlyphs } from "./marks.js";
import { YearCursor } from "./year_cursor.js";

/** Slider over the years with glyphs of events above and a sparkline below. */
export class Track {
  /** @param {{onYear: function(number): void}} calls as the slider moves */
  constructor({ onYear }) {
    this.state = null;
    this.picture = svg("svg", { "aria-hidden": "true" });
    this.plot = el("div", { class: "track-plot" }, this.picture);
    this.text = el("p", { class: "track-text" });
    this.root = el("div", { class: "track" }, this.plot, this.text);
    this.cursor = new YearCursor(this.plot, { onYear, onHover: (year) => this.#read(year) });
    new ResizeObserver(() => this.#draw()).observe(this.plot);
  }

  /** @param {Object} state as {@link Timeline#set} takes it */
  set(state) {
    this.state = state;
    this.#draw();
  }

  #draw() {
    const width = this.plot.clientWidth;
    if (!this.state || width === 0) return;
    const { years, until, end, year, spark, marks } = this.state;
    const unit = rem();
    const first = years[0] ?? end;
    const last = Math.max(end, years.at(-1) ?? end);
    const margin = textWidth(String(first)) / 2 + 0.2 * unit;
    const x = linear([first, last], [margin, width - margin]);
    const bottom = this.plot.clientHeight - 1.6 * unit;
    const rail = 1.55 * unit;
    const top = rail + 0.55 * unit;
    const highest = Math.max(0, ...spark.flatMap((line) => line.values).filter(isNumber));
    const y = linear([0, highest || 1], [bottom, top]);
    const reached = years.length ? x(until ?? years.at(-1)) : x(first);
    fill(
      this.picture,
      svg("defs", {}, hatch()),
      svg("rect", { class: "track-coming", x: reached, y: rail, width: x(last) - reached, height: bottom - rail }),
      svg("line", { class: "track-rail", x1: x(first), x2: x(last), y1: rail, y2: rail }),
      svg("line", { class: "track-done", x1: x(first), x2: reached, y1: rail, y2: rail }),
      yearAxis(yearTicks(first, last, width), x, bottom),
      spark.map((line, k) => this.#line(line, k, x, y, bottom)),
      markGlyphs(marks, x, [first, last], 0.65 * unit, null),
    );
    this.cursor.set({ years, year, x, top: rail, height: bottom - rail, text: (t) => this.#said(t) });
    this.#read(null);
  }

  #line(line, k, x, y, bottom) {
    const { colour, dash } = styleOf(k);
    const style = { "--colour": colour };
    const points = line.years.map((t, n) => [x(t), isNumber(line.values[n]) ? y(line.values[n]) : NaN]);
    const known = points.filter(([, at]) => isNumber(at));
    const area = known.length > 1 && `${linePath(known)}V${bottom}H${known[0][0]}Z`;
    return [
      k === 0 && area && svg("path", { class: "track-area", d: area, style }),
      svg("path", { class: "chart-curve", d: linePath(points), "stroke-dasharray": dash, style }),
    ];
  }

  #said(year) {
    const { spark, unit } = this.state;
    const values = spark.map((line) => `${line.name} ${number(line.values[line.years.indexOf(year)])}`);
    return [String(year), values.length && `${values.join(", ")} ${unit}`].filter(Boolean).join(": ");
  }

  /** Values and events of the year under the pointer, or else of the cursor. */
  #read(hovered) {
    const year = hovered ?? this.cursor.year;
    if (year === null) return this.text.replaceChildren();
    const here = this.state.marks.filter((mark) => Math.floor(mark.year) === year);
    const said = [this.#said(year), ...here.map((mark) => mark.text)].join(" \u00b7 ");
    this.text.textContent = said;
    return this.text.setAttribute("title", said);
  }
}

const hatch = () =>
  svg(
    "pattern",
    { id: "track-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("line", { class: "track-hatch", y2: 7 }),
  );
