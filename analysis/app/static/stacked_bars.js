/** What each year added and took away, by pathway or source. */

import { axisRoom, levels, linear, rem, valueAxis, yearAxis, yearTicks, linePath } from "./chart_axis.js";
import { Chart, chart, key } from "./chart_frame.js";
import { fill, isNumber, set, signed, svg } from "./dom.js";
import { YearCursor } from "./year_cursor.js";

/** Parts with a colour of their own; the rest are one. */
const COLOURS = 8;
const MOST = 7;
/** Parts below this share of the turnover of all years are put together. */
const SMALL_PART = 0.005;
const REST = "var(--muted)";

/**
 * The largest parts, in the order given, with colours that a part keeps as long as it can.
 *
 * @param {Array<{key: string, label: string, values: Array<number|null>}>} series
 * @returns {Array<{label: string, values: number[], colour: string}>} gaps are zero
 */
export function coloured(series) {
  const parts = series.map((part, k) => {
    const values = part.values.map((value) => (isNumber(value) ? value : 0));
    return { label: part.label, values, place: k, size: values.reduce((sum, v) => sum + Math.abs(v), 0) };
  });
  const turnover = parts.reduce((sum, part) => sum + part.size, 0);
  const real = parts.filter((part) => part.size > 0).sort((a, b) => b.size - a.size);
  const isKept = (part, k) => k < MOST && part.size >= SMALL_PART * turnover;
  const rest = real.filter((part, k) => !isKept(part, k));
  const kept = rest.length === 1 && real.length <= COLOURS ? real : real.filter(isKept);
  const taken = new Set();
  for (const part of kept) {
    let colour = part.place % COLOURS;
    while (taken.has(colour)) colour = (colour + 1) % COLOURS;
    taken.add(colour);
    part.colour = `var(--c${colour})`;
  }
  kept.sort((a, b) => a.place - b.place);
  const other = rest.filter((part) => !kept.includes(part));
  if (!other.length) return kept;
  const sum = other[0].values.map((_, n) => other.reduce((total, part) => total + part.values[n], 0));
  return [...kept, { label: `other (${other.length})`, values: sum, colour: REST }];
}

class StackedBars extends Chart {
  constructor() {
    super("chart-stacked");
    this.picture = svg("svg", { role: "img" });
    this.plot.append(this.picture);
    this.cursor = new YearCursor(this.plot, {
      onYear: (year) => this.options.onYear?.(year),
      onHover: (year) => this.#read(year),
    });
  }

  draw(width) {
    const { years, series, title, unit, year } = this.options;
    if (!years.length) return;
    this.parts = coloured(series);
    const sum = (sign) => years.map((_, n) => this.parts.reduce((t, p) => t + Math.max(0, sign * p.values[n]), 0));
    const [gains, losses] = [sum(1), sum(-1)];
    this.net = gains.map((gain, n) => gain - losses[n]);
    const axis = levels([0, ...gains, ...losses.map((v) => -v)], 4);
    const box = {
      left: axisRoom(axis), right: width - 0.8 * rem(),
      top: 0.6 * rem(), bottom: this.plot.clientHeight - 1.8 * rem(),
    };
    const apart = Math.min(...years.slice(1).map((t, n) => t - years[n]), years.length > 1 ? Infinity : 1);
    const x = linear([years[0] - apart / 2, years.at(-1) + apart / 2], [box.left, box.right]);
    const y = linear([axis[0], axis.at(-1)], [box.bottom, box.top]);
    const net = linePath(years.map((t, n) => [x(t), y(this.net[n])]));
    const [first, last] = [signed(this.net[0]), signed(this.net.at(-1))];
    set(this.picture, {
      "aria-label": `${title}: net ${first} ${unit} in ${years[0]}, ${last} in ${years.at(-1)}`,
    });
    fill(
      this.picture,
      valueAxis(axis, y, box),
      yearAxis(yearTicks(years[0], years.at(-1), box.right - box.left), x, box.bottom),
      this.#bars(x, y, Math.max(1, 0.8 * (x(apart) - x(0)))),
      svg("path", { class: "chart-net-halo", d: net }),
      svg("path", { class: "chart-net", d: net }),
    );
    const shown = years.includes(year) ? year : years.findLast((t) => t <= year) ?? years[0];
    this.cursor.set({
      years, year: shown, x, top: box.top, height: box.bottom - box.top,
      text: (t) => `${t}: net ${signed(this.net[years.indexOf(t)])} ${unit}`,
    });
    this.#read(null);
  }

  #bars(x, y, wide) {
    const { years } = this.options;
    const [up, down] = [years.map(() => 0), years.map(() => 0)];
    return this.parts.map((part) => {
      const path = years.map((t, n) => {
        const value = part.values[n];
        const base = value > 0 ? up : down;
        const from = base[n];
        base[n] += value;
        if (value === 0) return "";
        const [left, right] = [x(t) - wide / 2, x(t) + wide / 2].map((place) => place.toFixed(1));
        return `M${left} ${y(from).toFixed(2)}H${right}V${y(base[n]).toFixed(2)}H${left}z`;
      });
      const style = { "--colour": part.colour };
      return svg("path", { class: "chart-part", d: path.join(""), style, data: { part: part.label } });
    });
  }

  #read(hovered) {
    const year = hovered ?? this.cursor.year;
    const n = this.options.years.indexOf(year);
    fill(
      this.keys,
      key({ name: String(year) }),
      key({ name: "net", colour: "var(--text)", value: signed(this.net[n]) }),
      this.parts.map((part) => {
        const value = signed(part.values[n]);
        return set(key({ name: part.label, colour: part.colour, kind: "area", value }), {
          on: { pointerenter: () => this.#light(part.label), pointerleave: () => this.#light(null) },
        });
      }),
    );
  }

  /** Show one part alone, the others faint. */
  #light(label) {
    this.root.classList.toggle("chart-dimmed", Boolean(label));
    for (const path of this.picture.querySelectorAll(".chart-part")) {
      path.classList.toggle("chart-lit", path.dataset.part === label);
    }
  }

  table() {
    const { years, series, unit } = this.options;
    return {
      head: ["year", ...series.map((part) => `${part.label} [${unit}]`)],
      rows: years.map((t, n) => [String(t), ...series.map((part) => part.values[n])]),
    };
  }
}

/**
 * Draw what each year added, above zero, and took away, below it, with the net as a line.
 *
 * @param {HTMLElement} element
 * @param {Object} options
 * @param {string} options.title
 * @param {string} options.unit of a year
 * @param {number[]} options.years
 * @param {Array<{key: string, label: string, values: Array<number|null>}>} options.series the same
 *   parts in the same order each time keep their colours
 * @param {number} options.year of the cursor
 * @param {function(number): void} [options.onYear] as the cursor is dragged or moved by keys
 * @returns {Chart}
 */
export const stackedBars = chart(StackedBars);
