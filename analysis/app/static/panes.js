/** The maps: one of the run, or two side by side, their legend, and what is drawn over them. */

import { address, get, Latest, ofRun } from "./api.js";
import { el, fill } from "./dom.js";
import { drawLegend } from "./legend.js";
import { MapView, linkCameras } from "./map.js";
import { attempt } from "./notices.js";
import { isDark } from "./theme.js";

const OVERLAYS = [["districts", "districts"], ["parcels", "parcels"], ["stacks", "sources (filled: emits the metal this year)"]];

export class Panes {
  #element;
  #cursor;
  #info;
  #maps = [];
  #runs = [];
  #shapes = null;
  #shown = { districts: true, parcels: false, stacks: true };
  #picking = new Latest();
  #hovering = new Latest();
  #naming = new Latest();
  #outlining = new Latest();
  #ends = [];

  constructor(element, cursor, info) {
    this.#element = element;
    this.#cursor = cursor;
    this.#info = info;
    const repaint = () => this.#maps.forEach((map) => map.dark(isDark()));
    addEventListener("themechange", repaint);
    this.#ends.push(
      () => removeEventListener("themechange", repaint),
      cursor.listen(["other", "show", "experiment", "option"], () => this.#build()),
      cursor.listen(["layer", "metal", "depth", "year", "stack"], () => this.#draw()),
      cursor.listen(["metal", "year"], () => this.#drawStacks()),
      cursor.listen(["cell", "stack", "parcel"], () => this.#select()),
    );
    this.#build();
  }

  /** The run has more years. */
  renew(info) {
    this.#info = info;
    this.#draw();
  }

  /** Bring a place, columns and rows, into view. */
  reveal(x, y) {
    const [map] = this.#maps; // the other follows
    if (!map.fitted) map.reveal(x, y);
  }

  close() {
    for (const end of this.#ends) end();
    for (const map of this.#maps) map.destroy();
  }

  // --- what is asked for ------------------------------------------------------------------------

  get #view() {
    const { layer, metal, depth, year } = Object.fromEntries(["layer", "metal", "depth", "year"].map((key) => [key, this.#cursor.get(key)]));
    return { layer, metal, depth, year };
  }

  get #show() {
    const show = this.#cursor.get("show");
    if (show === "chance" && this.#info.experiments.length) return "chance";
    if (show === "footprint" && this.#cursor.get("stack")) return "footprint";
    return show === "difference" && this.#cursor.get("other") ? "difference" : "value";
  }

  get #experiment() {
    const all = this.#info.experiments;
    return all.find((one) => one.name === this.#cursor.get("experiment")) ?? all[0];
  }

  get #option() {
    const options = this.#experiment.options;
    const asked = this.#cursor.get("option");
    return options.includes(asked) ? asked : options[0];
  }

  /** Path and parameters of a picture, a legend or a value of one of the maps. */
  #question(run, what) {
    const { metal, year } = this.#view;
    if (this.#show === "chance") {
      return [`experiments/${encodeURIComponent(this.#experiment.name)}/${{ picture: "chance.png", legend: "chance", value: "value" }[what]}`,
        { option: this.#option, metal, year }];
    }
    if (this.#show === "footprint") {
      const part = { picture: "footprint.png", legend: "footprint", value: "value" }[what];
      return [ofRun(run, "stacks", this.#cursor.get("stack"), part), { metal, year, v: this.#info.stamp }];
    }
    const other = this.#cursor.get("other");
    const parameters = { ...this.#view, v: this.#info.stamp };
    if (this.#show === "difference") {
      return [ofRun(run, { picture: "difference.png", legend: "legend", value: "value" }[what]), { ...parameters, other, difference: 1 }];
    }
    const rest = run === this.#info.name ? other : this.#info.name;
    return [ofRun(run, { picture: "map.png", legend: "legend", value: "value" }[what]), { ...parameters, with: rest }];
  }

  // --- the maps ---------------------------------------------------------------------------------

  #build() {
    const other = this.#cursor.get("other");
    this.#runs = this.#show === "value" && other ? [this.#info.name, other] : [this.#info.name];
    const camera = this.#maps.length && !this.#maps[0].fitted ? this.#maps[0].camera : null;
    for (const map of this.#maps) map.destroy();
    const sheets = this.#runs.map((run) => el("div", { class: "sheet" },
      this.#runs.length > 1 ? el("p", { class: "sheet-name" }, run) : null, el("div", { class: "sheet-map" })));
    const toggles = OVERLAYS.map(([key, name]) => el("label", { class: "toggle" }, el("input", {
      type: "checkbox", checked: this.#shown[key], on: { change: (event) => this.#toggle(key, event.target.checked) },
    }), name));
    fill(this.#element,
      el("p", { class: "caption", id: "caption", "aria-live": "polite" }),
      el("div", { class: `sheets sheets-${sheets.length}` }, sheets),
      el("div", { class: "under-map" }, el("div", { class: "legend", id: "legend" }),
        el("fieldset", { class: "toggles" }, el("legend", {}, "Show"), toggles)));
    this.#maps = sheets.map((sheet, k) => new MapView(sheet.querySelector(".sheet-map"), {
      onClick: (row, col, x, y, open) => this.#click(row, col, x, y, open),
      onHover: (row, col) => this.#hover(k, row, col),
      onStack: (id) => this.#cursor.set({ stack: id, parcel: "" }),
    }));
    if (this.#maps.length > 1) linkCameras(this.#maps);
    for (const map of this.#maps) map.dark(isDark());
    this.#draw();
    if (camera) for (const map of this.#maps) map.camera = camera;
    this.#drawShapes();
    this.#drawStacks();
    this.#select();
  }

  #draw() {
    const { rows, cols, cell_size: cellSize } = this.#info.grid;
    this.#maps.forEach((map, k) => {
      const [path, parameters] = this.#question(this.#runs[k], "picture");
      map.set({ image: address(path, parameters), rows, cols, cellSize, label: this.#label(this.#runs[k]) });
    });
    attempt(this.#drawLegend());
  }

  #label(run) {
    const { layer, metal, year } = this.#view;
    const title = this.#info.layers.find((one) => one.key === layer)?.title ?? layer;
    const what = { chance: "chance of being above the limit", footprint: "what falls from the source" }[this.#show] ?? title;
    const less = this.#show === "difference" ? `${this.#cursor.get("other")} less ${run}` : run;
    return `Map of ${less}: ${what}, ${metal}, ${year}`;
  }

  async #drawLegend() {
    const [path, parameters] = this.#question(this.#runs[0], "legend");
    const [caption, words] = ["caption", "legend"].map((id) => document.getElementById(id));
    const legend = await this.#naming.ask((signal) => get(path, parameters, signal)).catch((error) => {
      for (const element of [caption, words]) fill(element); // those of another map do not stay
      throw error;
    });
    if (!legend || !caption?.isConnected) return; // the page shows something else by now
    caption.textContent = legend.caption;
    drawLegend(words, legend);
  }

  // --- what lies over them ----------------------------------------------------------------------

  async #drawShapes() {
    this.#shapes ??= attempt(get(ofRun(this.#info.name, "shapes")));
    const shapes = await this.#shapes;
    if (shapes) this.#overlay({ districts: shapes.districts, parcels: shapes.parcels });
  }

  async #drawStacks() {
    const { metal, year } = this.#view;
    const maps = this.#maps;
    await Promise.all(this.#runs.map(async (run, k) => {
      const stacks = await attempt(get(ofRun(run, "stacks"), { metal, year }));
      if (stacks && this.#maps === maps) maps[k].overlays({ stacks, show: this.#shown });
    }));
  }

  #overlay(overlays) {
    for (const map of this.#maps) map.overlays({ ...overlays, show: this.#shown });
  }

  #toggle(key, on) {
    this.#shown = { ...this.#shown, [key]: on };
    this.#overlay({});
  }

  // --- the cursor on them -----------------------------------------------------------------------

  /** A cell was clicked or reached by keys; Enter, or a click among parcels, looks for what is there. */
  async #click(row, col, x, y, open) {
    this.#cursor.set({ cell: `${row},${col}`, stack: "", parcel: "", ...(this.#show === "footprint" ? { show: "value" } : {}) });
    if (!open && !this.#shown.parcels) return;
    const found = await attempt(this.#picking.ask((signal) => get(ofRun(this.#info.name, "pick"), { x, y }, signal)));
    if (open && found?.stack) this.#cursor.set({ stack: found.stack });
    else if (found && found.parcel !== null) this.#cursor.set({ parcel: found.parcel });
  }

  async #select() {
    const { cell } = this.#cursor;
    const stack = this.#cursor.get("stack") || null;
    const id = this.#cursor.get("parcel");
    const selected = { cell, stack, parcel: null };
    for (const map of this.#maps) map.select(selected);
    if (id === "") return;
    const year = this.#cursor.get("year");
    const parcel = await attempt(this.#outlining.ask((signal) => get(ofRun(this.#info.name, "parcels", id), { year }, signal)));
    if (parcel) for (const map of this.#maps) map.select({ ...selected, parcel: parcel.outline });
  }

  async #hover(k, row, col) {
    const [path, parameters] = this.#question(this.#runs[k], "value");
    const found = await this.#hovering.ask((signal) => get(path, { ...parameters, row, col }, signal)).catch(() => null);
    return found?.text ?? null;
  }
}
