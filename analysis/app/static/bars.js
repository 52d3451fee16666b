/** Bars in rows: what was added to a stock and taken from it, and how much each of some parts is. */

import { decimalsOf, el, fill, isNumber, number, percent, short, signed, withDecimals } from "./dom.js";
import { rem, textWidth, ticks } from "./chart_axis.js";
import { Chart, chart } from "./chart_frame.js";

/** Steps below this share of the turnover are put together. */
const SMALL_STEP = 0.005;
/** Zero is on the axis unless the values span less than this share of the largest. */
const LEAST_SPAN = 0.25;
/** Room beyond the longest bar, as a share of the axis. */
const MARGIN = 0.03;

/**
 * Largest first, with what is small put together as "other (n)".
 *
 * @param {Array<{key: string, label: string, value: number}>} parts
 * @returns {Array<{key: string, label: string, value: number, of?: number}>} gains, losses, the
 *   rest; parts that are zero or no number are left out
 */
export function merged(parts) {
  const real = parts.filter((part) => isNumber(part.value) && part.value !== 0);
  const turnover = real.reduce((sum, part) => sum + Math.abs(part.value), 0);
  const isSmall = (part) => Math.abs(part.value) < SMALL_STEP * turnover;
  const small = real.filter(isSmall);
  const kept = small.length > 1 ? real.filter((part) => !isSmall(part)) : real;
  const size = (a, b) => Math.abs(b.value) - Math.abs(a.value);
  const rest = small.reduce((sum, part) => sum + part.value, 0);
  return [
    ...kept.filter((part) => part.value > 0).sort(size),
    ...kept.filter((part) => part.value < 0).sort(size),
    ...(small.length > 1
      ? [{ key: "other", label: `other (${small.length})`, value: rest, of: small.length }]
      : []),
  ];
}

/** Axis from the least to the greatest of values; not from zero if that would crush the rest. */
function axisOf(values) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  const longest = Math.max(Math.abs(low), Math.abs(high));
  if (high - low >= LEAST_SPAN * longest || longest === 0) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const room = MARGIN * (high > low ? high - low : longest || 1);
  if (low !== 0) low -= room;
  if (high !== 0 || low === 0) high += room;
  return { low, high, cut: low > 0 || high < 0, at: (value) => (100 * (value - low)) / (high - low) };
}

/** Share in whole percent; what is less than half of one is not called nothing. */
const portion = (share) => (share < SMALL_STEP ? `< ${percent(0.01, 0)}` : percent(share, 0));

/** Bars in rows with names on their left and numbers on their right. */
class Bars extends Chart {
  constructor(kind) {
    super(kind);
    this.body = el("div", { class: "bars", role: "list" });
    this.plot.append(this.body);
  }

  /** @param {Array<Object>} rows label, text, kind, from, to (values), title  @param {Object} axis */
  lay(rows, axis, width) {
    const label = Math.min(0.42 * width, widest(rows.map((row) => row.label)) + 4);
    const text = widest(rows.map((row) => row.text)) + 2;
    const middle = width - label - text - 1.2 * rem();
    const numbers = axisTicks(axis, middle);
    this.body.style.setProperty("grid-template-columns", `${label}px minmax(0, 1fr) ${text}px`);
    const ticked = numbers.map((t) => el("span", { style: { left: `${axis.at(t)}%` } }, short(t, 4)));
    fill(
      this.body,
      el("div", { class: "bars-axis", "aria-hidden": "true" }, ticked),
      rows.map((row, k) => bar(row, axis, k + 1 < rows.length && row.next !== undefined)),
    );
  }
}

/** Round numbers of an axis, as many as stand beside one another. */
function axisTicks(axis, room) {
  for (let about = 4; about > 0; about -= 1) {
    const made = ticks(axis.low, axis.high, about);
    const free = room / Math.max(1, made.length);
    if (made.every((t) => textWidth(short(t, 4)) + 0.6 * rem() < free)) return made;
  }
  return [];
}

/** Width of the widest of some texts. [px] */
const widest = (texts) => Math.max(...texts.map((text) => textWidth(text, 0.86, 650)));

function bar(row, axis, linked) {
  const [left, right] = [axis.at(row.from), axis.at(row.to)].sort((a, b) => a - b);
  const zero = !axis.cut && el("span", { class: "bar-zero", style: { left: `${axis.at(0)}%` } });
  const cut = row.kind === "total" && axis.cut && "bar-cut";
  const style = { left: `${left}%`, width: `${right - left}%` };
  return el(
    "div",
    { class: ["bar-row", `bar-${row.kind}`], role: "listitem", title: row.title },
    el("span", { class: "bar-label" }, row.label, row.note && el("small", {}, ` ${row.note}`)),
    el(
      "span",
      { class: "bar-track", "aria-hidden": "true" },
      zero,
      el("span", { class: ["bar-fill", cut], style }),
      linked && el("span", { class: "bar-link", style: { left: `${axis.at(row.next)}%` } }),
    ),
    el("span", { class: "bar-text" }, row.text),
  );
}

class Waterfall extends Bars {
  constructor() {
    super("chart-waterfall");
  }

  draw(width) {
    const { start, steps, end, unit } = this.options;
    const parts = merged(steps);
    const sums = [start.value];
    for (const part of parts) sums.push(sums.at(-1) + part.value);
    const missing = end.value - sums.at(-1);
    const turnover = parts.reduce((sum, part) => sum + Math.abs(part.value), 0);
    if (Math.abs(missing) > SMALL_STEP * turnover && Math.abs(missing) > 1e-5 * Math.abs(end.value)) {
      parts.push({ label: "not accounted for", value: missing });
      sums.push(end.value);
    }
    const axis = axisOf([...sums, end.value]);
    const largest = Math.max(...parts.map((part) => Math.abs(part.value)), 0);
    const decimals = Math.max(
      largest ? decimalsOf(largest, 3) : 0,
      decimalsOf(Math.max(Math.abs(start.value), Math.abs(end.value)), 3),
    );
    const base = axis.cut ? axis.low : 0;
    const total = ({ label, value }, next) => ({
      label, kind: "total", from: base, to: value, text: withDecimals(value, decimals), next,
    });
    this.lay(
      [
        total(start, start.value),
        ...parts.map((part, k) => ({
          label: part.label,
          kind: part.value > 0 ? "gain" : "loss",
          from: sums[k],
          to: sums[k + 1],
          text: signed(part.value, decimals),
          next: sums[k + 1],
          title: part.of && "Parts smaller than 0.5 % of the turnover; each is among the numbers.",
        })),
        total(end),
      ],
      axis,
      width,
    );
    this.say(axis.cut ? `The axis does not begin at zero, but at ${number(axis.low)} ${unit ?? ""}.` : "");
  }

  table() {
    const { start, steps, end, unit } = this.options;
    return { head: ["", unit], rows: [start, ...steps, end].map(({ label, value }) => [label, value]) };
  }
}

class ShareBars extends Bars {
  constructor() {
    super("chart-shares");
  }

  #total() {
    return this.options.rows.reduce((sum, row) => sum + (isNumber(row.value) ? row.value : 0), 0);
  }

  draw(width) {
    const rows = merged(this.options.rows);
    if (!rows.length) {
      fill(this.body);
      return this.say("Nothing to show: all parts are zero.");
    }
    this.say("");
    const total = this.#total();
    const isWhole = rows.every((row) => row.value > 0) || rows.every((row) => row.value < 0);
    this.lay(
      rows.map((row) => ({
        label: row.label,
        note: row.note,
        kind: row.value >= 0 ? "share" : "loss",
        from: 0,
        to: row.value,
        text: isWhole ? `${number(row.value)} (${portion(row.value / total)})` : number(row.value),
      })),
      axisOf([0, ...rows.map((row) => row.value)]),
      width,
    );
  }

  table() {
    const total = this.#total();
    return {
      head: ["", this.options.unit, "share [%]"],
      rows: this.options.rows.map(({ label, value }) => [label, value, total ? (100 * value) / total : null]),
    };
  }
}

/**
 * Draw how a stock went from its start to its end: gains, losses, end. Steps smaller than 0.5 % of
 * all that was moved are one bar; where the stock is large against what moved, the axis is cut and
 * says so.
 *
 * @param {HTMLElement} element
 * @param {Object} options
 * @param {string} options.title
 * @param {string} options.unit of all values
 * @param {{label: string, value: number}} options.start
 * @param {Array<{key: string, label: string, value: number}>} options.steps
 * @param {{label: string, value: number}} options.end
 * @returns {Chart}
 */
export const waterfall = chart(Waterfall);

/**
 * Draw how much each part is, largest first, with its share if the parts make a whole.
 *
 * @param {HTMLElement} element
 * @param {Object} options
 * @param {string} options.title
 * @param {string} options.unit
 * @param {Array<{key: string, label: string, value: number, note?: string}>} options.rows
 * @returns {Chart}
 */
export const shareBars = chart(ShareBars);
