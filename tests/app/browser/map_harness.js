// The map widget with made-up data. Query: side (cells), maps (1 or 2), parcels (how many),
// width and height (CSS pixels), theme. `window.harness` is what tests look into.

import { el } from "/analysis/app/static/dom.js";
import { drawLegend } from "/analysis/app/static/legend.js";
import { MapView, linkCameras } from "/analysis/app/static/map.js";

const query = new URLSearchParams(location.search);
const ask = (key, otherwise) => Number(query.get(key) ?? otherwise);
const side = ask("side", 60);
const [rows, cols] = [side, side];
if (query.has("theme")) document.documentElement.dataset.theme = query.get("theme");

const VIRIDIS = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"];
const calls = [];
const keysOfPage = [];
addEventListener("keydown", (event) => keysOfPage.push(event.key));

/** URL of a picture of hills, with no data outside of a disc. */
function hills(phase) {
  const canvas = el("canvas", { width: cols, height: rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(cols, rows);
  const palette = VIRIDIS.map((css) => [1, 3, 5].map((i) => parseInt(css.slice(i, i + 2), 16)));
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const [x, y] = [col / cols, row / rows];
      const wave = Math.sin(9 * x + phase) * Math.cos(7 * y) + 0.6 * Math.sin(23 * x * y + 2 * phase);
      const value = Math.min(Math.max(0.5 + 0.3 * wave, 0), 0.999) * 4;
      const [low, high] = [palette[Math.floor(value)], palette[Math.floor(value) + 1]];
      const at = 4 * (row * cols + col);
      for (let i = 0; i < 3; i++) picture.data[at + i] = low[i] + (value % 1) * (high[i] - low[i]);
      picture.data[at + 3] = Math.hypot(x - 0.5, y - 0.5) < 0.48 ? 255 : 0;
    }
  }
  context.putImageData(picture, 0, 0);
  return new Promise((done) => canvas.toBlob((blob) => done(URL.createObjectURL(blob))));
}

/** Path of rough outlines in a lattice. */
function outlines(count, corners) {
  const across = Math.ceil(Math.sqrt(count));
  const size = side / across;
  return Array.from({ length: count }, (_, k) => {
    const [x, y] = [(k % across) * size, Math.floor(k / across) * size];
    const points = Array.from({ length: corners }, (_, i) => {
      const turn = (2 * Math.PI * i) / corners;
      const reach = size * (0.4 + 0.08 * Math.sin(5 * turn + k));
      return `${(x + size / 2 + reach * Math.cos(turn)).toFixed(2)} ${(y + size / 2 + reach * Math.sin(turn)).toFixed(2)}`;
    });
    return `M${points.join("L")}Z`;
  }).join("");
}

const stacks = Array.from({ length: 12 }, (_, k) => ({
  id: `s${k}`, name: k ? `Power plant ${k}` : "Smelter <b>A</b>", sector: "power", on: k % 3 !== 1,
  x: side * (0.5 + 0.37 * Math.cos(2.4 * k) * (k / 12)), y: side * (0.5 + 0.37 * Math.sin(2.4 * k) * (k / 12)),
}));
const overlays = {
  districts: `M0 ${side * 0.4}h${side * 0.55}v${side * 0.6}M${side * 0.55} ${side * 0.4}h${side * 0.45}`,
  parcels: outlines(ask("parcels", 60), 24),
  stacks,
};

const sheets = Array.from({ length: ask("maps", 1) }, () => el("div", {
  class: "sheet-map", style: { width: `${ask("width", 720)}px`, height: `${ask("height", 520)}px`, margin: "8px" },
}));
const places = {
  continuous: el("div", { style: { width: "min(34rem, 100% - 16px)", margin: "8px" } }),
  classes: el("div", { style: { width: "min(34rem, 100% - 16px)", margin: "8px" } }),
};
document.body.style.height = "auto";
document.body.append(el("div", { style: { display: "flex" } }, sheets), places.continuous, places.classes);

const maps = sheets.map((sheet) => new MapView(sheet, {
  onClick: (...cell) => calls.push(["click", ...cell]),
  onHover: (row, col) => {
    calls.push(["hover", row, col]);
    return harness.answer(row, col);
  },
  onCamera: () => calls.push(["camera"]),
  onStack: (id) => calls.push(["stack", id]),
}));
linkCameras(maps);

const legends = {
  continuous: {
    title: "Content", unit: "mg/kg", classes: [["not yet", "#d9dde0"]],
    palette: VIRIDIS.map((colour, k) => [k / 4, colour]),
    ticks: [[0, "\u2264 0.05"], [0.25, "0.15"], [0.5, "0.25"], [0.75, "0.35"], [1, "\u2265 0.45"]],
    marks: [[0.625, "limit 0.30"]],
    note: "Content of cadmium in the top 20 cm of soil, per dry mass, at the beginning of the year.",
  },
  classes: {
    title: "Land class", unit: "", palette: [], ticks: [], marks: [], note: "",
    classes: [["paddy", "#7fc97f"], ["dry land", "#fdc086"], ["urban", "#b3263a"]],
  },
};

const picture = (image, label) => ({ image, rows, cols, cellSize: 500, label });

/** Medians over frames of panning: [ms] of drawing till its pixels are there, and between frames. */
async function measure(frames = 90) {
  const canvas = sheets[0].querySelector("canvas");
  const context = canvas.getContext("2d");
  const start = maps[0].camera;
  const between = [];
  let before = null;
  for (let k = 0; k < frames; k++) {
    maps[0].camera = { ...start, x: start.x + (40 * Math.sin(k / 9)) / start.zoom, y: start.y + (30 * Math.sin(k / 7)) / start.zoom };
    const now = await new Promise(requestAnimationFrame);
    if (before !== null) between.push(now - before);
    before = now;
  }
  const drawing = [];
  for (let k = 0; k < 20; k++) {
    context.getImageData(0, 0, 1, 1);
    const begin = performance.now();
    maps[0].camera = { ...start, x: start.x + k / start.zoom };
    await new Promise((done) => requestAnimationFrame(() => done())); // drawn by now
    const idle = performance.now() - begin;
    context.getImageData(0, 0, 1, 1); // waits for the pixels
    drawing.push(performance.now() - begin - idle);
  }
  maps[0].camera = start;
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return { drawing: median(drawing), between: median(between) };
}

window.harness = {
  maps, calls, keysOfPage, stacks, overlays, places, measure, picture,
  answer: (row, col) => `0.${row}${col} mg/kg Cd, limit 0.30; paddy`,
};

for (const [k, map] of maps.entries()) {
  map.overlays(overlays);
  await map.set(picture(await hills(k), `Content of Cd, 0-20 cm, ${2020 + k}`));
}
for (const [key, legend] of Object.entries(legends)) drawLegend(places[key], legend);
document.documentElement.dataset.ready = "";
