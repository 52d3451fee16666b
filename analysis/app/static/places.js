/** A stack and a parcel in the inspector. */

import { lineChart } from "./charts.js";
import { el, fill, number, percent, slot } from "./dom.js";
import { nearest } from "./year_cursor.js";

/** What a stack emits, where that falls, what was done to it. */
export function showStack(element, data, cursor, info) {
  const chart = slot(element, "emission");
  const metal = cursor.get("metal");
  const on = cursor.get("show") === "footprint";
  fill(element,
    el("h2", {}, data.name, el("span", { class: "muted" }, ` ${data.sector}`)),
    el("p", {}, data.text),
    el("p", { class: "actions" },
      el("button", { type: "button", "aria-pressed": String(on), on: { click: () => cursor.set({ show: on ? "value" : "footprint" }) } },
        on ? "Back to the map" : "Show where it falls"),
      el("button", { type: "button", class: "quiet", on: { click: () => cursor.set({ stack: "", show: on ? "value" : cursor.get("show") }) } }, "Let go")),
    chart,
    data.events.length ? [el("h3", {}, "What was done"), el("ul", { class: "plain" }, data.events.map((event) => el("li", {}, event.text)))] : null,
    el("h3", {}, "Stack"), facts(data.parameters));
  lineChart(chart, {
    title: `Emission of ${metal}`, unit: "kg/yr", series: [{ name: data.name, years: data.emission.years, values: data.emission.values, style: 0 }],
    limit: null, year: data.year, marks: [], onYear: (year) => cursor.set({ year: nearest(info.years, year + 1) }),
  });
}

/** What became of a parcel. */
export function showParcel(element, data, cursor) {
  const chart = slot(element, "sealed");
  fill(element,
    el("h2", {}, `Parcel ${data.id}`, el("span", { class: "muted" }, ` ${data.class}, ${number(data.hectares)} ha`)),
    el("p", { class: "actions" }, el("button", { type: "button", class: "quiet", on: { click: () => cursor.set({ parcel: "" }) } }, "Let go")),
    el("h3", {}, "Biography"), el("ul", { class: "plain" }, data.biography.map((line) => el("li", {}, line))),
    chart,
    el("h3", {}, "Cells"), el("ul", { class: "plain" }, data.cells.map((cell) => el("li", {},
      el("button", { type: "button", class: "link", on: { click: () => cursor.set({ parcel: "", cell: `${cell.row},${cell.col}` }) } }, `${cell.row}, ${cell.col}`),
      ` ${percent(cell.share, 0)} of the cell`))));
  lineChart(chart, {
    title: "Sealed share", unit: "%", series: [{ name: "sealed", years: data.sealed.years, values: data.sealed.values.map((v) => 100 * v), style: 0 }],
    limit: null, year: cursor.number("year"), marks: data.changes.map((change) => ({ year: change.year, kind: "land", text: `${change.from} to ${change.to}` })),
    onYear: (year) => cursor.set({ year }),
  });
}

function facts(entries) {
  return el("dl", { class: "facts" }, Object.entries(entries).map(([name, value]) => [el("dt", {}, name), el("dd", {}, typeof value === "number" ? number(value) : value)]));
}
