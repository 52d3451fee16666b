/** The tabs of a cell: history, pathways, sources, depth, land, what is around. */

import { lineChart, neighbours, profile, shareBars, stackedBars, waterfall } from "./charts.js";
import { el, fill, number, percent, slot } from "./dom.js";

/** Tabs in their order: key, name, what fills one, and the part of the cell that it asks for. */
export const TABS = [
  { key: "history", name: "History", show: history },
  { key: "pathways", name: "Pathways", show: pathways, part: "pathways" },
  { key: "sources", name: "Sources", show: sources, part: "sources" },
  { key: "depth", name: "Depth", show: depth },
  { key: "land", name: "Land", show: land, part: "land" },
  { key: "around", name: "Around", show: around, part: "around" },
];

function history(element, { data, beside, cursor, info }) {
  const series = [{ name: info.name, years: data.line.years, values: data.line.content, style: 0 }];
  if (beside) series.push({ name: beside.name, years: beside.data.line.years, values: beside.data.line.content, style: 1 });
  const chart = slot(element, "history");
  fill(element, chart);
  lineChart(chart, {
    title: `Content of ${cursor.get("metal")}, ${data.line.depth}`, unit: "mg/kg", series,
    limit: data.line.limit && { years: data.line.years, values: data.line.limit, name: data.line.limit_name },
    year: cursor.number("year"),
    marks: [],
    onYear: (year) => cursor.set({ year }),
  });
}

function pathways(element, { flows, yearly, cursor, info }) {
  if (!flows && !yearly) {
    fill(element, el("p", {}, "The run kept the fluxes of the region only, not those of single cells: set [record] ledger = \"cells\" in its scenario."));
    return;
  }
  const [fall, years] = ["fall", "years"].map((name) => slot(element, name));
  fill(element, flows ? since(flows.since, cursor, info) : el("p", {}, "Nothing has come or gone yet: go on in time."), flows ? fall : null, years);
  if (flows) waterfall(fall, { title: `Stock of ${flows.depth} per area of the cell, open and sealed soil, ${flows.since} to ${flows.until}`, unit: flows.unit, start: flows.start, steps: flows.steps, end: flows.end });
  const each = info.years[1] - info.years[0] === 1;
  const shown = Math.max(0, yearly.ends.indexOf(cursor.number("year"))); // the interval that ends with the year, as on the map
  stackedBars(years, {
    title: each ? "Each year: what came and went" : "Each recorded interval: what came and went", unit: yearly.unit, years: yearly.years, series: yearly.series,
    year: yearly.years[shown], onYear: (year) => cursor.set({ year: yearly.ends[yearly.years.indexOf(year)] }),
  });
}

function sources(element, { sources: found, stacks_near: stacks, cursor, info }) {
  if (!found) {
    const first = cursor.number("year") === info.years[0];
    fill(element, el("p", {}, first ? "Nothing has come or gone yet: go on in time."
      : "The run does not tell its metal apart by source: set [tags] by = \"sector\" in its scenario."), near(stacks, cursor));
    return;
  }
  const [now, gains, losses] = ["now", "gains", "losses"].map((name) => slot(element, name));
  fill(element, since(found.since, cursor, info), now, gains, found.losses.length ? losses : null, near(stacks, cursor));
  shareBars(now, { title: `What the content of ${info.depths[0]} at the beginning of ${found.year} came from`, unit: "mg/kg", rows: found.content_now });
  shareBars(gains, { title: `What came into the soil at all depths, ${found.since} to ${found.year}`, unit: found.unit, rows: found.gains });
  if (found.losses.length) shareBars(losses, { title: `What left it, ${found.since} to ${found.year}`, unit: found.unit, rows: found.losses });
}

function depth(element, { data, cursor, info }) {
  const chart = slot(element, "depth");
  fill(element, chart);
  const { tops, bottoms, content, content_start: start } = data.profile;
  profile(chart, { title: `${cursor.get("metal")} by depth, ${cursor.get("year")} and ${info.years[0]}`, unit: "mg/kg", tops, bottoms, now: content, start, year: cursor.number("year") });
}

function land(element, { land: shares, parcels, cursor }) {
  const told = parcels.map((parcel) => el("li", {},
    el("button", { type: "button", class: "link", on: { click: () => cursor.set({ parcel: parcel.id }) } }, `Parcel ${parcel.id}`),
    ` ${parcel.class}, ${percent(parcel.share, 0)} of the cell`, el("ul", {}, parcel.biography.map((line) => el("li", {}, line)))));
  fill(element, el("h3", {}, "Land of the cell"),
    el("ul", { class: "plain" }, shares.map(([name, share]) => el("li", {}, `${name} ${percent(share, 0)}`))),
    el("h3", {}, "Its parcels"),
    told.length ? el("ul", { class: "plain" }, told) : el("p", {}, "The region has no parcels here: its land is known by shares of cells."));
}

function around(element, { data, rows, cols, values, cursor, info }) {
  const grid = slot(element, "around");
  fill(element, grid);
  neighbours(grid, {
    rows, cols, values, cell: [data.row, data.col], title: `${cursor.get("metal")}, ${info.depths[0]}, ${cursor.get("year")}: the cell and those around it`, unit: "mg/kg",
    onCell: (row, col) => cursor.set({ cell: `${row},${col}` }),
  });
}

/** From which year on the changes are told. */
function since(chosen, cursor, info) {
  const years = info.years.filter((year) => year < cursor.number("year"));
  return el("label", { class: "inline" }, "Since ", el("select", { id: "choose-since", on: { change: (event) => cursor.set({ since: event.target.value }) } },
    years.map((year) => el("option", { value: year, selected: year === chosen }, year))));
}

/** Stacks around the cell, the nearest first. */
function near(stacks, cursor) {
  if (!stacks.length) return null;
  return [el("h3", {}, "Nearest stacks"), el("ul", { class: "plain" }, stacks.map((stack) => el("li", {},
    el("button", { type: "button", class: "link", on: { click: () => cursor.set({ stack: stack.id }) } }, stack.name),
    ` ${stack.sector}, ${number(stack.distance_m / 1000)} km ${stack.direction}, ${number(stack.emitted_kg)} kg ${cursor.get("metal")} so far`)))];
}
