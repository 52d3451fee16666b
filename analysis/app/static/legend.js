/** The legend of a map: what its colours mean. */

import { el, fill } from "./dom.js";

/** Between two texts over or under the bar at least, CSS pixels. */
const GAP = 8;
/** What every map may have: of one colour, and without any. */
const ALWAYS = [["water", "var(--water)"], ["no data", "transparent"]];

/**
 * Draw a legend.
 *
 * @param {HTMLElement} element whose content it becomes
 * @param {object} legend as the server gives it
 * @param {string} legend.title
 * @param {string} legend.unit "" if there is none
 * @param {[number, string][]} legend.palette share of the bar 0 to 1 and CSS colour; [] if there is no bar
 * @param {[number, string][]} legend.ticks share of the bar and text
 * @param {[string, string][]} legend.classes name and CSS colour of classes, and of what has a
 *   colour beside the bar
 * @param {[number, string][]} legend.marks share of the bar and text of thresholds
 * @param {string} legend.note
 */
export function drawLegend(element, legend) {
  const { title, unit, palette, ticks, classes, marks, note } = legend;
  const bar = palette.length ? gradient(legend) : null;
  fill(element, el("div", { class: "scale", role: "group", "aria-label": `Legend: ${title}` },
    el("p", { class: "scale-title" }, title, unit && el("span", {}, ` (${unit})`)),
    bar,
    el("ul", { class: "swatches" }, [...classes, ...ALWAYS].map(swatch)),
    note && el("details", {}, el("summary", {}, "What this shows"), el("p", {}, note))));
  if (bar) spreadWhenSized(bar);
}

function gradient({ unit, palette, ticks, marks }) {
  const colours = palette.map(([share, colour]) => `${colour} ${100 * share}%`).join(", ");
  const at = (share) => ({ left: `${100 * share}%` });
  const word = ([share, text]) => el("span", { data: { share } }, text);
  const words = (kind, texts) =>
    texts.length > 0 && el("div", { class: kind, "aria-hidden": "true" }, texts.map(word));
  const ends = [ticks.at(0)?.[1], ticks.at(-1)?.[1]];
  const spoken = [`Colours from ${ends[0]} to ${ends[1]} ${unit}`.trim(), ...marks.map(([, text]) => text)];
  return el("div", { role: "img", "aria-label": spoken.join("; ") },
    words("scale-marks", marks),
    el("div", { class: "scale-bar", style: { background: `linear-gradient(to right, ${colours})` } },
      ticks.map(([share]) => el("i", { class: "tick", style: at(share) })),
      marks.map(([share]) => el("i", { style: at(share) }))),
    words("scale-ticks", ticks));
}

function swatch([name, colour]) {
  return el("li", {}, el("i", { style: { background: colour } }), name);
}

/** Put the texts of a bar to their places now and whenever its size changes. */
function spreadWhenSized(bar) {
  const rows = bar.querySelectorAll(".scale-marks, .scale-ticks");
  const watch = new ResizeObserver(() => {
    if (!bar.isConnected) watch.disconnect();
    else for (const row of rows) spread(row);
  });
  watch.observe(bar);
}

/** Each text about its place within the row; one that would touch the text before it is hidden. */
function spread(row) {
  const width = row.clientWidth;
  let taken = -Infinity;
  for (const text of row.children) {
    text.hidden = false;
    const size = text.offsetWidth;
    const left = Math.min(Math.max(Number(text.dataset.share) * width - size / 2, 0), width - size);
    text.style.left = `${left}px`;
    text.hidden = left < taken + GAP;
    if (!text.hidden) taken = left + size;
  }
}
