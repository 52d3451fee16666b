/** The tabs of a cell: history, pathways, sources, depth, land, what is around. */

import { lineChart, neighbours, profile, shareBars, stackedBars, waterfall } from "./charts.js";
import { el, fill, number, percent, slot } from "./dom.js";

/** Tabs in their order: key, name, and what fills one. */
export const TABS = [
  { key: "history", name: "History", show: history },
  { key: "pathways", name: "Pathways", show: pathways },
  { key: "sources", name: "Sources", show: sources },
  { key: "depth", name: "Depth", show: depth },
  { key: "parcel", name: "Land", show: parcels },
  { key: "neighbours", name: "Around", show: around },
];

function history(element, { data, beside, cursor, info }) {
  const series = [{ name: info.name, years: data.line.years, values: data.line.content, style: 0 }];
  if (beside) series.push({ name: beside.name, years: beside.data.line.years, values: beside.data.line.content, style: 1 });
  const chart = slot(element, "history");
  fill(element, chart);
  lineChart(chart, {
    title: `${cursor.get("metal")}, ${data.line.depth}`, unit: "mg/kg", series,
    limit: data.line.limit && { years: data.line.years, values: data.line.limit, name: data.line.limit_name },
    year: cursor.number("year"),
    marks: [],
    onYear: (year) => cursor.set({ year }),
  });
}

function pathways(element, { data, cursor, info }) {
  if (!data.flows) {
    fill(element, el("p", {}, "The run kept the fluxes of the region only, not those of single cells: set [record] ledger = \"cells\" in its scenario."));
    return;
  }
  const [fall, years] = ["fall", "years"].map((name) => slot(element, name));
  fill(element, since(data, cursor, info), fall, years);
  waterfall(fall, { title: `${data.flows.depth}, ${data.flows.since} to ${data.flows.until}`, unit: data.flows.unit, start: data.flows.start, steps: data.flows.steps, end: data.flows.end });
  stackedBars(years, { title: data.yearly.each_year ? "Each year" : "Each recorded interval", unit: data.yearly.unit, years: data.yearly.years, series: data.yearly.series, year: cursor.number("year"), onYear: (year) => cursor.set({ year }) });
}

function sources(element, { data, cursor, info }) {
  if (!data.sources) {
    fill(element, el("p", {}, "The run does not tell its metal apart by source: set [tags] by = \"sector\" in its scenario."), near(data, cursor));
    return;
  }
  const [now, gains, losses] = ["now", "gains", "losses"].map((name) => slot(element, name));
  fill(element, since(data, cursor, info), now, gains, losses, near(data, cursor));
  shareBars(now, { title: `What the content of ${data.sources.year} came from`, unit: "mg/kg", rows: data.sources.content_now });
  shareBars(gains, { title: `What came in, ${data.flows?.since ?? ""} to ${data.sources.year}`, unit: data.sources.unit, rows: data.sources.gains });
  if (data.sources.losses.length) shareBars(losses, { title: "What went out", unit: data.sources.unit, rows: data.sources.losses });
}

function depth(element, { data, cursor }) {
  const chart = slot(element, "depth");
  fill(element, chart);
  const { tops, bottoms, content, content_start: start } = data.profile;
  profile(chart, { title: `${cursor.get("metal")} by depth`, unit: "mg/kg", tops, bottoms, now: content, start, year: cursor.number("year") });
}

function parcels(element, { data, cursor }) {
  const land = data.land.map(([name, share]) => el("li", {}, `${name} ${percent(share, 0)}`));
  const told = data.parcels.map((parcel) => el("li", {},
    el("button", { type: "button", class: "link", on: { click: () => cursor.set({ parcel: parcel.id }) } }, `Parcel ${parcel.id}`),
    ` ${parcel.class}, ${percent(parcel.share, 0)} of the cell`, el("ul", {}, parcel.biography.map((line) => el("li", {}, line)))));
  fill(element, el("h3", {}, "Land of the cell"), el("ul", { class: "plain" }, land), el("h3", {}, "Its parcels"),
    told.length ? el("ul", { class: "plain" }, told) : el("p", {}, "The region has no parcels here: its land is known by shares of cells."));
}

function around(element, { data, cursor }) {
  const grid = slot(element, "around");
  fill(element, grid);
  neighbours(grid, {
    ...data.neighbours, cell: [data.row, data.col], title: `${cursor.get("metal")} around the cell`, unit: "mg/kg",
    onCell: (row, col) => cursor.set({ cell: `${row},${col}` }),
  });
}

/** From which year on the changes are told. */
function since(data, cursor, info) {
  const years = info.years.filter((year) => year < cursor.number("year"));
  const chosen = data.flows?.since ?? years[0];
  return el("label", { class: "inline" }, "Since ", el("select", { id: "choose-since", on: { change: (event) => cursor.set({ since: event.target.value }) } },
    years.map((year) => el("option", { value: year, selected: year === chosen }, year))));
}

/** Stacks around the cell, the nearest first. */
function near(data, cursor) {
  if (!data.stacks_near.length) return null;
  return [el("h3", {}, "Nearest stacks"), el("ul", { class: "plain" }, data.stacks_near.map((stack) => el("li", {},
    el("button", { type: "button", class: "link", on: { click: () => cursor.set({ stack: stack.id }) } }, stack.name),
    ` ${stack.sector}, ${number(stack.distance_m / 1000)} km ${stack.direction}, ${number(stack.emitted_kg)} kg ${cursor.get("metal")} so far`)))];
}
