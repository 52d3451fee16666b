/**
 * Scales, round numbers and room for text: what all charts lay themselves out by.
 *
 * Charts are drawn in the pixels of the page and text keeps its size in rem, so a chart must know
 * how much room its words take before it places them.
 */

import { isNumber, short, svg } from "./dom.js";

/** Zero is on an axis unless the values span less than this share of the largest. */
const LEAST_SPAN = 0.25;
/** Size of the text of axes and labels. [rem] */
export const SMALL = 0.78;
/** Dashes of lines, so that they are not told apart by colour alone. */
export const DASHES = ["none", "7 3", "2 3", "10 3 2 3", "14 4", "5 2", "1 2", "8 2 2 2 2 2"];

/** Pixels of a rem, which text zoom changes. [px] */
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

let canvas = null;

/**
 * Width of a text in the font of charts.
 *
 * @param {string} text
 * @param {number} [size] [rem]
 * @param {number} [weight] CSS font weight
 * @returns {number} [px]
 */
export function textWidth(text, size = SMALL, weight = 400) {
  canvas ??= document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.documentElement).getPropertyValue("--sans");
  canvas.font = `${weight} ${size * rem()}px ${family || "sans-serif"}`;
  return canvas.measureText(text).width;
}

/**
 * A text cut to a width, with an ellipsis in place of its beginning: names of runs differ at the end.
 *
 * @param {string} text
 * @param {number} room [px]
 * @param {number} [size] [rem]
 * @param {number} [weight]
 * @returns {string}
 */
export function shortened(text, room, size = SMALL, weight = 400) {
  if (textWidth(text, size, weight) <= room) return text;
  let from = 1;
  while (from < text.length - 1 && textWidth(`\u2026${text.slice(from)}`, size, weight) > room) from += 1;
  return `\u2026${text.slice(from)}`;
}

/**
 * Multiples of 1, 2 or 5 times a power of ten within a range.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} [about] how many
 * @returns {number[]}
 */
export function ticks(low, high, about = 5) {
  const rough = (high - low) / Math.max(about, 1);
  if (!(rough > Number.MIN_VALUE)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= 0.999 * rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const decimals = Math.min(100, Math.max(0, -Math.floor(Math.log10(step))));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) =>
    Number(((first + k) * step).toFixed(decimals)),
  );
}

/**
 * Round values from below the smallest to above the largest; zero is among them if it is near.
 *
 * @param {number[]} values what is no number is left out
 * @param {number} [about] how many
 * @returns {number[]} two at least
 */
export function levels(values, about = 5) {
  const finite = values.filter(isNumber);
  let low = finite.length ? Math.min(...finite) : 0;
  let high = finite.length ? Math.max(...finite) : 0;
  if (low >= 0 && high - low >= LEAST_SPAN * high) low = 0;
  if (high <= 0 && high - low >= LEAST_SPAN * -low) high = 0;
  if (low === 0 && high === 0) high = 1;
  if (low === high) [low, high] = [low - 0.1 * Math.abs(low), high + 0.1 * Math.abs(high)];
  const inner = ticks(low, high, about);
  const step = inner.length > 1 ? inner[1] - inner[0] : high - low;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const level = (_, k) => Number((step * (first + k)).toPrecision(12));
  return Array.from({ length: last - first + 1 }, level);
}

/**
 * A linear scale.
 *
 * @param {number[]} domain values at the ends
 * @param {number[]} range places at the ends [px]
 * @returns {function(number): number} place of a value; what has no span is put in the middle
 */
export function linear([low, high], [from, to]) {
  return high === low
    ? () => (from + to) / 2
    : (value) => from + ((value - low) / (high - low)) * (to - from);
}

/**
 * Years to write under an axis, as many as there is room for.
 *
 * @param {number} first
 * @param {number} last
 * @param {number} width [px]
 * @returns {number[]} whole years
 */
export function yearTicks(first, last, width) {
  const about = Math.max(1, Math.floor(width / (textWidth("2000") + 1.2 * rem())) - 1);
  return ticks(first, last, Math.min(about, 8)).filter(Number.isInteger);
}

/**
 * Move places apart, keeping their order.
 *
 * @param {number[]} places [px]
 * @param {number} apart least distance [px]
 * @param {number} low end of the room [px]
 * @param {number} high other end of it [px]
 * @returns {number[]} [px]
 */
export function spread(places, apart, low, high) {
  const order = places.map((_, k) => k).sort((a, b) => places[a] - places[b] || a - b);
  const moved = places.map((place) => Math.max(place, low));
  order.forEach((k, n) => {
    if (n > 0) moved[k] = Math.max(moved[k], moved[order[n - 1]] + apart);
  });
  let bound = high;
  for (const k of order.reverse()) {
    moved[k] = Math.min(moved[k], bound);
    bound = moved[k] - apart;
  }
  return moved;
}

/**
 * SVG path of a line with gaps.
 *
 * @param {Array<[number, number]>} points [px]; a point that is no number is a gap
 * @returns {string} a point between two gaps is a dot, if line ends are round
 */
export function linePath(points) {
  let path = "";
  let open = false;
  for (const [x, y] of points) {
    const here = isNumber(y);
    const at = here ? `${x.toFixed(1)} ${y.toFixed(1)}` : "";
    if (here) path += open ? `L${at}` : `M${at}h0`;
    open = here;
  }
  return path;
}

/**
 * Runs of equal steps: each value from half a step before its place to half a step after it.
 *
 * @param {number[]} places in rising order [px]
 * @param {Array<number|null>} values
 * @param {number} low where the first begins at the earliest [px]
 * @param {number} high where the last ends at the latest [px]
 * @returns {Array<{from: number, to: number, value: number}>} [px]; neighbours of one value joined
 */
export function steps(places, values, low, high) {
  const made = [];
  places.forEach((place, k) => {
    if (!isNumber(values[k])) return;
    const from = k === 0 ? low : (places[k - 1] + place) / 2;
    const to = k === places.length - 1 ? high : (place + places[k + 1]) / 2;
    const before = made.at(-1);
    if (before && before.value === values[k] && before.to === from) before.to = to;
    else made.push({ from, to, value: values[k] });
  });
  return made;
}

/**
 * A text of an axis.
 *
 * @param {string|number} text
 * @param {number} x [px]
 * @param {number} y middle of it [px]
 * @param {"start"|"middle"|"end"} anchor what of it is at x
 * @returns {SVGElement}
 */
export const tickText = (text, x, y, anchor) =>
  svg("text", { class: "chart-tick", x, y, "text-anchor": anchor, "dominant-baseline": "central" }, text);

/** A line across a plot at a height, stronger where the value is zero. @returns {SVGElement} */
export const across = (value, y, { left, right }) =>
  svg("line", { class: lineAt(value), x1: left, x2: right, y1: y, y2: y });

/** A line down a plot, stronger where the value is zero. @returns {SVGElement} */
export const down = (value, x, { top, bottom }) =>
  svg("line", { class: lineAt(value), x1: x, x2: x, y1: top, y2: bottom });

const lineAt = (value) => (value === 0 ? "chart-zero" : "chart-grid");

/**
 * Axis of values on the left of a plot: lines across it and numbers beside it.
 *
 * @param {number[]} values
 * @param {function(number): number} y scale [px]
 * @param {{left: number, right: number}} box [px]
 * @returns {SVGElement}
 */
export function valueAxis(values, y, box) {
  const numbers = values.map((value) => [
    across(value, y(value), box),
    tickText(short(value, 4), box.left - 0.4 * rem(), y(value), "end"),
  ]);
  return svg("g", { "aria-hidden": "true" }, numbers);
}

/**
 * Years under a plot.
 *
 * @param {number[]} years whole years
 * @param {function(number): number} x scale [px]
 * @param {number} bottom where the plot ends [px]
 * @returns {SVGElement}
 */
export function yearAxis(years, x, bottom) {
  const texts = years.map((year) => [
    down(0, x(year), { top: bottom, bottom: bottom + 4 }),
    tickText(year, x(year), bottom + 0.95 * rem(), "middle"),
  ]);
  return svg("g", { "aria-hidden": "true" }, texts);
}

/** Room that the numbers of an axis of values take on its left. [px] */
export const axisRoom = (values) =>
  Math.max(...values.map((value) => textWidth(short(value, 4)))) + 0.6 * rem();
