/** Every chart and the timeline with made-up data; what they call is kept in `window.calls`. */

import * as charts from "/analysis/app/static/charts.js";
import * as bars from "/analysis/app/static/bars.js";
import * as dom from "/analysis/app/static/dom.js";
import { Timeline } from "/analysis/app/static/timeline.js";
import * as measures from "./chart_measures.js";
import { coloured } from "/analysis/app/static/stacked_bars.js";

const calls = [];
const at = (id) => document.getElementById(id);
const call = (name) => (...given) => void calls.push([name, ...given]);

const YEARS = Array.from({ length: 51 }, (_, k) => 2020 + k);
const content = YEARS.map((_, k) => (k === 7 || k === 8 ? null : 0.22 + 0.0045 * k + 0.004 * Math.sin(k)));
const limit = YEARS.map((year) => (year < 2034 ? 0.4 : year < 2038 ? null : 0.3));
const MARKS = [
  { year: 2026, kind: "policy", text: "2026: retrofit, ultra-low emission of cement" },
  { year: 2033, kind: "closes", text: "2033: close, Hanchuan power station" },
  { year: 2034, kind: "policy", text: "2034: lime on acid paddies" },
  { year: 2041, kind: "opens", text: "2041: open, a smelter" },
  { year: 2050, kind: "calibration", text: "2050: observations" },
  { year: 2061, kind: "land", text: "2061: 12 parcels, paddy to urban" },
];
const STEPS = [
  ["deposition_dry", "Dry deposition", 61.2], ["deposition_wet", "Wet deposition", 25.4],
  ["fertiliser", "Fertiliser", 12.1], ["manure", "Manure", 33.3], ["irrigation", "Irrigation", 18.9],
  ["weathering", "Weathering", 0.31], ["pesticide", "Pesticide", 0.22], ["straw", "Straw return", 9.4],
  ["leaching", "Leaching", -22.5], ["erosion", "Erosion", -31.0], ["uptake", "Crop uptake", -18.3],
  ["runoff_sealed", "Runoff of sealed ground", -3.7], ["calibration", "Calibration", 0],
].map(([key, label, value]) => ({ key, label, value }));
const total = STEPS.reduce((sum, step) => sum + step.value, 0);
const yearly = STEPS.map((step, n) => ({ ...step, values: YEARS.map((_, k) => (step.value / 50) * (1 + 0.4 * Math.sin(k / 4 + n))) }));

export const OPTIONS = {
  line: {
    title: "Cd, 0\u201320 cm", unit: "mg/kg", year: 2047, marks: MARKS,
    series: [{ name: "taizhou-baseline", years: YEARS, values: content }],
    limit: { name: "limit (GB 15618-2018, screening value, paddy, pH \u2264 5.5)", values: limit },
    onYear: call("line"),
  },
  two: {
    title: "Hg, 0\u201320 cm", unit: "mg/kg", year: 2031, onYear: call("two"),
    series: [
      { name: "taizhou-baseline", years: YEARS, values: content.map((v) => v && v / 10) },
      { name: "taizhou-baseline-2031-clean-farming", years: YEARS.slice(11), values: content.slice(11).map((v, k) => v / 10 - 0.0003 * k) },
    ],
    limit: { name: "limit (GB 15618-2018)", values: YEARS.map(() => 0.5) },
  },
  waterfall: { title: "0\u201320 cm, 2020 to 2047", unit: "mg/m\u00b2", start: { label: "2020", value: 58.1 }, steps: STEPS, end: { label: "2047", value: 58.1 + total } },
  cut: { title: "Zn, whole column, 2020 to 2021", unit: "mg/m\u00b2", start: { label: "2020", value: 98213.4 }, steps: STEPS, end: { label: "2021", value: 98213.4 + total } },
  stacked: { title: "Each year", unit: "mg/m\u00b2/yr", years: YEARS, series: yearly, year: 2047, onYear: call("stacked") },
  shares: {
    title: "What the content of 2047 came from", unit: "mg/kg",
    rows: [
      { key: "past", label: "there at the start", value: 0.231 }, { key: "power", label: "Coal power", value: 0.0412, note: "4 km north-west" },
      { key: "cement", label: "Cement", value: 0.0134 }, { key: "smelter", label: "Non-ferrous metal smelting", value: 0.0089 },
      { key: "farm", label: "Fertiliser and manure", value: 0.066 }, { key: "a", label: "Stoves", value: 0.0002 }, { key: "b", label: "Traffic", value: 0.0003 },
    ],
  },
  profile: {
    title: "Cd by depth", unit: "mg/kg", year: 2047, tops: [0, 2, 5, 20, 40], bottoms: [2, 5, 20, 40, 100],
    now: [0.52, 0.47, 0.36, 0.24, 0.2], start: [0.22, 0.22, 0.21, 0.2, 0.2],
  },
  neighbours: {
    title: "Cd around the cell", unit: "mg/kg", rows: [10, 11, 12, 13, 14], cols: [30, 31, 32, 33, 34], onCell: call("cell"),
    values: [0, 1, 2, 3, 4].map((i) => [0, 1, 2, 3, 4].map((j) => (i === 0 && j > 2 ? null : 0.3 + 0.03 * (j - 2) - 0.02 * (i - 2)))),
  },
};
const KINDS = {
  line: charts.lineChart, two: charts.lineChart, waterfall: charts.waterfall, cut: charts.waterfall, stacked: charts.stackedBars,
  shares: charts.shareBars, profile: charts.profile, neighbours: charts.neighbours,
};
export const TIME = {
  years: YEARS.slice(0, 32), until: 2051, end: 2070, year: 2047, finished: false, marks: MARKS, unit: "% of land at or above its limit of Cd",
  live: { phase: "running", year: 2052, text: "simulating 2052, 4 s a year", share: 0.62, seconds_left: 74, error: "" },
  spark: [
    { name: "taizhou-baseline", years: YEARS.slice(0, 32), values: YEARS.slice(0, 32).map((_, k) => 4 + 0.2 * k + 0.004 * k * k) },
    { name: "clean-farming", years: YEARS.slice(11, 32), values: YEARS.slice(11, 32).map((_, k) => 6.7 + 0.08 * k) },
  ],
};

const draw = (name, changes = {}) => KINDS[name](at(name), { ...OPTIONS[name], ...changes });
for (const name of Object.keys(KINDS)) draw(name);
const timeline = new Timeline(at("timeline"), {
  onYear: call("year"), onStep: call("step"), onGo: call("go"), onPause: call("pause"), onBranch: call("branch"),
});
const time = (changes = {}) => timeline.set({ ...TIME, ...changes });
time();

/** Data that strain the layout: huge and tiny numbers, long names, one year, missing layers. */
function strain() {
  const tiny = (k) => ({ name: `a-rather-long-name-of-a-run-${k}`, years: [2020, 2070], values: [1e-6 * k, 1e-6] });
  const times = (by) => (values) => values.map((v) => v && by * v);
  draw("line", { series: [{ name: "a-run", years: [2020], values: [98213.4] }], limit: { name: "limit", values: [98000] }, year: 2020 });
  draw("two", { series: [0, 1, 2, 3].map(tiny), limit: { name: "limit", values: [1e-6, 1e-6] }, year: 2020 });
  draw("waterfall", {
    start: { label: "2020", value: 1234567.8 },
    steps: [
      { key: "a", label: "A way with a name of many words", value: 1e-3 },
      { key: "b", label: "Nichteisenmetallverarbeitungsbetriebe", value: -1e-3 },
    ],
    end: { label: "2047", value: 1234567.8 },
  });
  draw("profile", { tops: [0, 1, 2, 3], bottoms: [1, 2, 3, 400], now: [12345, null, 1, 0], start: undefined });
  draw("neighbours", { values: OPTIONS.neighbours.values.map(times(98765.4)) });
  draw("stacked", { series: yearly.map((part) => ({ ...part, values: times(1e5)(part.values) })) });
  time({
    marks: [2020, 2021, 2022].map((year) => ({ year, kind: "policy", text: "a" })),
    live: { phase: "failed", error: "The run stopped: no room on the disk. ".repeat(10) },
  });
}

/** Back to the data that the page begins with. */
function reset() {
  document.documentElement.dataset.theme = "light";
  document.documentElement.style.fontSize = "";
  document.activeElement.blur();
  calls.length = 0;
  for (const name of Object.keys(KINDS)) draw(name);
  time();
}

Object.assign(window, { calls, draw, time, strain, reset, dom, measures, merged: bars.merged, coloured, OPTIONS });
