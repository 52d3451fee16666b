/** Marks of events on an axis of years: what each kind looks like and what it says. */

import { rem } from "./chart_axis.js";
import { svg } from "./dom.js";

/** Outlines in a circle of radius 1: up for what opens, down for what closes. */
const SHAPES = {
  opens: "M0-1L.95.75H-.95Z",
  closes: "M0 1L.95-.75H-.95Z",
  conversion: "M-.75-.75H.75V.75H-.75Z",
  calibration: "M0-.85A.85.85 0 1 1 0 .85A.85.85 0 1 1 0-.85Z",
  policy: "M0-1L1 0L0 1L-1 0Z",
};
/** Shapes of kinds of events; where several fall together the first of this order is drawn. */
const ORDER = ["policy", "opens", "closes", "calibration", "conversion"];
const KINDS = {
  opens: "opens",
  closes: "closes",
  close: "closes",
  calibration: "calibration",
  conversion: "conversion",
  land: "conversion",
};

/**
 * Shape that stands for a kind of event; what is none of the others is a policy.
 *
 * @param {string} kind as the run records it
 * @returns {"policy"|"opens"|"closes"|"calibration"|"conversion"}
 */
export const shapeOf = (kind) => KINDS[kind] ?? "policy";

/**
 * Glyphs of events in a row above a plot. Where several would cover one another one stands for all
 * and tells all in its title.
 *
 * @param {Array<{year: number, kind: string, text: string}>} marks
 * @param {function(number): number} x scale [px]
 * @param {number[]} years of the plot, rising; what lies outside is left out
 * @param {number} y middle of the row [px]
 * @param {{from: number, to: number}|null} line extent of a line through the plot [px]
 * @returns {SVGElement}
 */
export function markGlyphs(marks, x, years, y, line) {
  const size = 0.32 * rem();
  const groups = [];
  const inside = marks.filter((m) => m.year >= years[0] && m.year < years.at(-1) + 1);
  for (const mark of [...inside].sort((a, b) => a.year - b.year)) {
    const at = x(Math.floor(mark.year));
    const near = groups.at(-1);
    if (near && at - near.at < 2.4 * size) near.marks.push(mark);
    else groups.push({ at, marks: [mark] });
  }
  return svg(
    "g",
    { class: "marks" },
    groups.map((group) => {
      const shapes = group.marks.map((mark) => shapeOf(mark.kind));
      const shape = ORDER.find((kind) => shapes.includes(kind));
      const told = group.marks.map((mark) => `${Math.floor(mark.year)}: ${mark.text}`).join("\n");
      return [
        line && shape !== "conversion" && svg("line", { class: "mark-line", x1: group.at, x2: group.at, y1: line.from, y2: line.to }),
        svg(
          "path",
          { class: ["mark", `mark-${shape}`], d: SHAPES[shape], transform: `translate(${group.at} ${y}) scale(${size})` },
          svg("title", {}, told),
        ),
      ];
    }),
  );
}
