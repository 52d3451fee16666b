/** History of a quantity with its limit, and the year of the cursor in it. */

import {
  SMALL, axisRoom, levels, linePath, linear, rem, shortened, spread, steps, textWidth, valueAxis,
  yearAxis, yearTicks,
} from "./chart_axis.js";
import { Chart, chart, key, styleOf } from "./chart_frame.js";
import { fill, isNumber, number, set, svg } from "./dom.js";
import { markGlyphs } from "./marks.js";
import { YearCursor } from "./year_cursor.js";

/** A limit so many times the largest value is left off the axis, lest it crush the line. */
const FAR = 4;
/** From this width on lines are named at their ends. [rem] */
const WIDE = 36;
/** How a limit is drawn. */
const LIMIT = { colour: "var(--c6)", dash: "4 3" };
/** Longest name at the end of a line. [rem] */
const NAME = 11;

class LineChart extends Chart {
  constructor() {
    super("chart-line");
    this.picture = svg("svg", { role: "img" });
    this.plot.append(this.picture);
    this.hovered = null;
    this.cursor = new YearCursor(this.plot, {
      onYear: (year) => this.options.onYear?.(year),
      onHover: (year) => this.#read(year),
    });
  }

  update(options) {
    const first = options.series[0]?.years ?? [];
    super.update({ ...options, limit: options.limit && { years: first, ...options.limit } });
  }

  draw(width) {
    const { series, limit, unit, title, year, marks = [] } = this.options;
    const years = [...new Set(series.flatMap((line) => line.years))].sort((a, b) => a - b);
    if (!years.length) return;
    const values = series.flatMap((line) => line.values).filter(isNumber);
    const limits = (limit?.values ?? []).filter(isNumber);
    const top = Math.max(0, ...values);
    this.beyond = limits.length > 0 && Math.min(...limits) > FAR * top && top > 0;
    const axis = levels([...values, ...(this.beyond ? [] : limits)]);
    const named = width >= WIDE * rem() && series.length + (limits.length && !this.beyond) > 1;
    const names = named ? this.#names() : [];
    const box = {
      left: axisRoom(axis),
      right: width - Math.max(0, ...names.map((n) => textWidth(n.text, SMALL, 600))) - 0.8 * rem(),
      top: (marks.length ? 1.5 : 0.6) * rem(),
      bottom: this.plot.clientHeight - 1.8 * rem(),
    };
    const x = linear([years[0], years.at(-1)], [box.left + 4, box.right - 4]);
    const y = linear([axis[0], axis.at(-1)], [box.bottom, box.top]);
    set(this.picture, { "aria-label": `${title}: ${this.#sentence(years)}` });
    fill(
      this.picture,
      valueAxis(axis, y, box),
      yearAxis(yearTicks(years[0], years.at(-1), box.right - box.left), x, box.bottom),
      !this.beyond && limit && this.#limit(x, y, box),
      series.map((line, k) => this.#line(line, k, x, y)),
      named && this.#ends(names, y, box),
      markGlyphs(marks, x, years, 0.7 * rem(), { from: box.top, to: box.bottom }),
    );
    const at = year ?? years.at(-1);
    this.cursor.set({
      years, year: at, x, top: box.top, height: box.bottom - box.top,
      text: (t) => `${t}: ${this.#said(t).map((s) => `${s.name} ${s.value} ${unit}`).join(", ")}`,
    });
    this.far = this.beyond ? `The limit, ${number(Math.min(...limits))}, is beyond the axis.` : "";
    this.#read(null);
  }

  #limit(x, y, box) {
    const { years, values } = this.options.limit;
    const runs = steps(years.map(x), values, box.left, box.right);
    let path = "";
    runs.forEach((run, k) => {
      const joined = k > 0 && runs[k - 1].to === run.from;
      path += `${joined ? "L" : "M"}${run.from.toFixed(1)} ${y(run.value).toFixed(1)}H${run.to.toFixed(1)}`;
    });
    return svg(
      "g",
      {},
      runs.map(({ from, to, value }) =>
        svg("rect", { class: "chart-over", x: from, width: to - from, y: box.top, height: Math.max(0, y(value) - box.top) }),
      ),
      curve(path, LIMIT),
    );
  }

  #line(line, k, x, y) {
    const at = (value) => (isNumber(value) ? y(value) : NaN);
    const points = line.years.map((t, n) => [x(t), at(line.values[n])]);
    return curve(linePath(points), styleOf(k));
  }

  /** Names at the ends of lines, with where each line ends. */
  #names() {
    const { series, limit } = this.options;
    const last = (values) => values.findLast(isNumber);
    const named = series.map((line, k) => ({ name: line.name, value: last(line.values), ...styleOf(k) }));
    if (limit && !this.beyond) named.push({ name: "limit", value: last(limit.values), ...LIMIT });
    return named
      .filter((line) => line.value !== undefined)
      .map((line) => ({ ...line, text: shortened(line.name, NAME * rem(), SMALL, 600) }));
  }

  #ends(names, y, box) {
    const places = spread(names.map((n) => y(n.value)), 1.05 * rem(), box.top, box.bottom);
    const x = box.right + 0.4 * rem();
    return names.map(({ text, colour }, k) =>
      svg("text", { class: "chart-name", x, y: places[k], "dominant-baseline": "central", style: { "--colour": colour } }, text),
    );
  }

  /** What is so in a year. */
  #said(year) {
    const { series, limit } = this.options;
    const at = (line) => number(line.values[line.years.indexOf(year)]);
    const said = series.map((line, k) => ({ name: line.name, value: at(line), ...styleOf(k) }));
    if (limit) said.push({ name: limit.name ?? "limit", value: at(limit), ...LIMIT });
    return said;
  }

  #read(hovered) {
    const year = hovered ?? this.cursor.year;
    const here = (this.options.marks ?? []).filter((mark) => Math.floor(mark.year) === year);
    fill(this.keys, key({ name: String(year) }), this.#said(year).map(key));
    const events = here.map((mark) => mark.text).join("; ");
    const held = this.options.marks?.length ? "\u00a0" : ""; // its line is kept, so nothing jumps
    this.say([this.far, events].filter(Boolean).join(" ") || held);
  }

  #sentence(years) {
    const [first, last] = [years[0], years.at(-1)];
    const from = this.#said(first);
    return this.#said(last)
      .map((s, k) => `${s.name} ${from[k].value} in ${first}, ${s.value} in ${last}`)
      .join("; ");
  }

  table() {
    const { series, limit, unit } = this.options;
    const lines = limit ? [...series, { name: limit.name ?? "limit", ...limit }] : series;
    const years = [...new Set(lines.flatMap((line) => line.years))].sort((a, b) => a - b);
    return {
      head: ["year", ...lines.map((line) => (unit ? `${line.name} [${unit}]` : line.name))],
      rows: years.map((t) => [String(t), ...lines.map((line) => line.values[line.years.indexOf(t)])]),
    };
  }
}

const curve = (path, { colour, dash }) =>
  svg("path", { class: "chart-curve", d: path, "stroke-dasharray": dash, style: { "--colour": colour } });

/**
 * Draw lines over years, or give them new data.
 *
 * @param {HTMLElement} element what they are drawn into; they fill its width
 * @param {Object} options
 * @param {string} options.title
 * @param {string} options.unit
 * @param {Array<{name: string, years: number[], values: Array<number|null>}>} options.series eight
 *   at most; null where there is no value
 * @param {{name: string, values: Array<number|null>, years?: number[]}} [options.limit] by year,
 *   those of the first line if it has none of its own; above it is tinted
 * @param {number} options.year of the cursor
 * @param {Array<{year: number, kind: string, text: string}>} [options.marks]
 * @param {function(number): void} [options.onYear] as the cursor is dragged or moved by keys
 * @returns {Chart}
 */
export const lineChart = chart(LineChart);
