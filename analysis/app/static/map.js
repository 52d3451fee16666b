/** A map: a picture with one pixel a cell, outlines and stacks on it, and a selected cell. */

import { clampCamera, fitCamera, moved, toCell, toPoint, withInView, zoomAbout } from "./camera.js";
import { el, set } from "./dom.js";
import { Frame, LINES, readColours, scaleBar, stackAt } from "./map_draw.js";
import { Hover } from "./map_hover.js";
import { listenToMapKeys, listenToPointer, STEP } from "./map_input.js";
import { Outlines } from "./map_paths.js";
import { Pictures } from "./map_picture.js";

/** Outlines of parcels are always shown if there are no more, or else from this spacing [px]. */
const FEW = 200;
const APART = 6;
const CLOSER = "Zoom in to see the parcels.";
/** How near a click must be to a stack, CSS pixels. */
const REACH = 10;
const REACH_OF_TOUCH = 20;
/** The scale bar is no longer, CSS pixels. */
const LONGEST_BAR = 120;
/** A picture that takes longer is said to be on its way [ms]. */
const SOON = 400;

const NOTHING = () => undefined;

export { linkCameras } from "./camera.js";

export class MapView {
  #on;
  #element;
  #canvas = el("canvas", { tabindex: 0, role: "application", "aria-roledescription": "map" });
  #bar = el("div", { class: "map-scale", hidden: true });
  #note = el("div", { class: "map-note", role: "status", hidden: true });
  #hover;
  #end = new AbortController();
  #watch = new ResizeObserver(() => this.#resize());
  #moves = new Set();

  #view = { width: 0, height: 0 };
  #ratio = 1;
  #colours;
  #frame = 0;

  #grid = null; // {rows, cols, cellSize, label} of what is shown
  #picture = null;
  #pictures = new Pictures();
  #news = null;
  #camera = null;
  #fitted = false;

  #paths = { districts: "", parcels: "" };
  #outlines = { districts: new Outlines(""), parcels: new Outlines("") };
  #stacks = [];
  #shown = { districts: true, parcels: true, stacks: true };
  #chosen = { cell: null, stack: null, parcel: null };
  #parcel = null;

  /**
   * @param {HTMLElement} element that has a size; the map fills it
   * @param {object} on what to call
   * @param {(row: number, col: number, x: number, y: number, open: boolean) => void} [on.onClick]
   *   a cell was clicked, or reached by keys; x and y in cells; open if Enter was pressed
   * @param {(row: number, col: number) => (void|string|null|Promise<string|null>)} [on.onHover]
   *   the pointer rests on a cell: words for it, now or later, or give them to `hoverText`. Words
   *   of a cell that the pointer has left are dropped.
   * @param {(camera: import("./camera.js").Camera) => void} [on.onCamera] the map was moved
   * @param {(id: string) => void} [on.onStack] a stack was clicked
   */
  constructor(element, { onClick = NOTHING, onHover = NOTHING, onCamera = NOTHING, onStack = NOTHING } = {}) {
    this.#on = { onClick, onStack };
    this.#element = element;
    this.#hover = new Hover(onHover);
    this.#moves.add(onCamera);
    this.#colours = readColours(element);
    element.classList.add("map");
    element.append(this.#canvas, this.#bar, this.#note, this.#buttons(), this.#hover.element);
    const { signal } = this.#end;
    listenToPointer(this.#canvas, {
      tap: (point, touch) => this.#tap(point, touch),
      drag: (right, down) => this.#drag(right, down),
      zoom: (point, factor) => this.#zoom(factor, point),
      hover: (point) => this.#hoverAt(point),
    }, signal);
    listenToMapKeys(this.#canvas, {
      step: (rows, cols) => this.#step(rows, cols),
      drag: (right, down) => this.#drag(right, down),
      zoom: (factor) => this.#zoom(factor),
      fit: () => this.fit(),
      open: () => this.#open(),
    }, signal);
    this.#canvas.addEventListener("blur", () => this.#hover.leave(), { signal });
    addEventListener("resize", () => this.#resize(), { signal }); // the browser's zoom
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dark(), { signal });
    this.#watch.observe(element);
    this.#resize();
    this.#describe();
  }

  /**
   * Show another picture. The one before stays until this one is there. If others are asked for
   * faster than they come, some are left out, never the last.
   *
   * @param {object} picture
   * @param {string} picture.image URL, one pixel a cell, row 0 in the north
   * @param {number} picture.rows
   * @param {number} picture.cols
   * @param {number} picture.cellSize side of a cell [m]
   * @param {string} picture.label what it shows, in words
   * @returns {Promise<boolean>} whether it is shown
   */
  async set({ image, rows, cols, cellSize, label }) {
    const grid = { rows, cols, cellSize, label };
    if (this.#grid === null) this.#adopt(grid);
    const late = setTimeout(() => this.#say("Drawing\u2026"), SOON);
    const found = await this.#pictures.load(image);
    clearTimeout(late);
    if (found === null) return false;
    if (found.picture === null) this.#say("This picture could not be drawn.");
    else if (found.last) this.#say(null);
    this.#picture?.close();
    this.#picture = found.picture;
    this.#adopt(grid);
    this.#draw(); // with the new words, not a frame later
    this.#hover.again();
    return found.picture !== null;
  }

  /**
   * Outlines and stacks; what is not given stays as it is.
   *
   * @param {object} overlays
   * @param {string} [overlays.districts] SVG path, cells
   * @param {string} [overlays.parcels] SVG path, cells
   * @param {{id: string, name: string, sector: string, x: number, y: number, on: boolean}[]}
   *   [overlays.stacks] x and y in cells; on: emits the shown metal in the shown year
   * @param {{districts?: boolean, parcels?: boolean, stacks?: boolean}} [overlays.show]
   */
  overlays({ districts, parcels, stacks, show } = {}) {
    for (const [key, path] of Object.entries({ districts, parcels })) {
      if (path === undefined || path === this.#paths[key]) continue;
      this.#paths[key] = path;
      this.#outlines[key] = new Outlines(path);
    }
    if (stacks !== undefined) {
      this.#stacks = stacks;
      this.#describe(); // the name of the selected one
    }
    this.#shown = { ...this.#shown, ...show };
    this.#later();
  }

  /**
   * Mark what is selected; what is not given stays as it is.
   *
   * @param {object} chosen
   * @param {[number, number]|null} [chosen.cell] row and column
   * @param {string|null} [chosen.stack] id
   * @param {string|null} [chosen.parcel] SVG path of its outline, cells
   */
  select(chosen) {
    this.#chosen = { ...this.#chosen, ...chosen };
    this.#parcel = this.#chosen.parcel ? new Path2D(this.#chosen.parcel) : null;
    this.#describe();
    this.#later();
  }

  /** Where the map looks; null before it shows anything. @type {import("./camera.js").Camera|null} */
  get camera() {
    return this.#camera;
  }

  /** Whether the map shows the whole grid, and will when its size changes. */
  get fitted() {
    return this.#fitted;
  }

  set camera(camera) {
    this.#fitted = false;
    this.#look(camera);
  }

  /** Show the whole grid, until the reader moves the map. */
  fit() {
    if (this.#grid === null) return;
    this.#look(fitCamera(this.#grid, this.#view));
    this.#fitted = true;
    for (const tell of this.#moves) tell(this.#camera);
  }

  /**
   * Move the map no more than needed for a place to be in view.
   *
   * @param {number} x cells
   * @param {number} y cells
   */
  reveal(x, y) {
    if (this.#grid === null) return;
    const camera = withInView(this.#camera, this.#view, [x, y]);
    if (camera.x !== this.#camera.x || camera.y !== this.#camera.y) this.#move(camera);
  }

  /**
   * Hear of every move of the map that does not come from setting `camera`.
   *
   * @param {(camera: import("./camera.js").Camera) => void} listener
   * @returns {() => void} ends it
   */
  onMove(listener) {
    this.#moves.add(listener);
    return () => this.#moves.delete(listener);
  }

  /** The page became dark or light: take its colours. */
  dark() {
    this.#colours = readColours(this.#element);
    this.#later();
  }

  /**
   * Words of the cell below the pointer, if `onHover` did not give them.
   *
   * @param {string|null} text
   */
  hoverText(text) {
    this.#hover.say(text);
  }

  /** Take the map away. */
  destroy() {
    this.#pictures.stop();
    this.#end.abort();
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#hover.leave();
    this.#picture?.close();
    this.#element.classList.remove("map");
    this.#element.replaceChildren();
  }

  #buttons() {
    const button = (text, label, act) =>
      el("button", { type: "button", "aria-label": label, title: label, on: { click: act } }, text);
    return el("div", { class: "map-buttons" },
      button("+", "Zoom in", () => this.#zoom(STEP)),
      button("\u2212", "Zoom out", () => this.#zoom(1 / STEP)),
      button("all", "Show the whole region", () => this.fit()));
  }

  /** Take over the size of a picture; fit another grid than before. */
  #adopt(grid) {
    const same = this.#grid?.rows === grid.rows && this.#grid?.cols === grid.cols;
    const first = this.#grid === null;
    this.#grid = grid;
    this.#describe();
    if (first && this.#camera !== null) this.#look(this.#camera);
    else if (!same) this.fit();
  }

  #resize() {
    const ratio = devicePixelRatio;
    const width = Math.round(this.#element.clientWidth * ratio);
    const height = Math.round(this.#element.clientHeight * ratio);
    if (width === this.#canvas.width && height === this.#canvas.height && ratio === this.#ratio) return;
    this.#ratio = ratio;
    set(this.#canvas, { width, height });
    this.#view = { width: width / ratio, height: height / ratio };
    if (this.#fitted) this.fit();
    this.#draw(); // a canvas of another size is empty
  }

  #move(camera) {
    if (this.#grid === null) return;
    this.camera = camera;
    for (const tell of this.#moves) tell(this.#camera);
  }

  #look(camera) {
    this.#camera = this.#grid ? clampCamera(camera, this.#grid, this.#view) : camera;
    this.#later();
  }

  #drag(right, down) {
    if (this.#camera === null) return;
    this.#hover.leave();
    this.#move(moved(this.#camera, right, down));
  }

  #zoom(factor, point = [this.#view.width / 2, this.#view.height / 2]) {
    if (this.#grid === null) return;
    const wanted = { ...this.#camera, zoom: this.#camera.zoom * factor };
    const { zoom } = clampCamera(wanted, this.#grid, this.#view);
    this.#move(zoomAbout(this.#camera, this.#view, point, zoom));
  }

  #tap(point, touch) {
    const stack = this.#stackAt(point, touch ? REACH_OF_TOUCH : REACH);
    const cell = this.#cellAt(point);
    if (stack) this.#on.onStack(stack.id);
    else if (cell) this.#click(cell, toCell(this.#camera, this.#view, point), false);
  }

  #step(rows, cols) {
    if (this.#grid === null) return;
    const [row, col] = this.#chosen.cell ?? [this.#camera.y, this.#camera.x].map(Math.floor);
    const within = (at, size) => Math.min(Math.max(at, 0), size - 1);
    const cell = [within(row + rows, this.#grid.rows), within(col + cols, this.#grid.cols)];
    this.reveal(cell[1] + 0.5, cell[0] + 0.5);
    this.#click(cell, [cell[1] + 0.5, cell[0] + 0.5], false);
    this.#hover.at(cell, toPoint(this.#camera, this.#view, [cell[1] + 1, cell[0] + 0.5]), null);
  }

  #open() {
    if (this.#chosen.cell === null) return this.#step(0, 0);
    const [row, col] = this.#chosen.cell;
    const inside = ({ x, y }) => Math.floor(y) === row && Math.floor(x) === col;
    const stack = this.#shown.stacks && this.#stacks.find(inside);
    if (stack) this.#on.onStack(stack.id);
    else this.#click([row, col], [col + 0.5, row + 0.5], true);
    return undefined;
  }

  #click(cell, [x, y], open) {
    this.select({ cell });
    this.#on.onClick(...cell, x, y, open);
  }

  #hoverAt(point) {
    const stack = point && this.#stackAt(point, REACH);
    this.#canvas.classList.toggle("on-stack", Boolean(stack));
    this.#hover.at(point && this.#cellAt(point), point, stack?.name ?? null);
  }

  #stackAt(point, reach) {
    if (this.#camera === null || !this.#shown.stacks) return null;
    return stackAt(this.#stacks, this.#camera, this.#view, point, reach);
  }

  #cellAt(point) {
    if (this.#grid === null) return null;
    const [col, row] = toCell(this.#camera, this.#view, point).map(Math.floor);
    const inside = row >= 0 && col >= 0 && row < this.#grid.rows && col < this.#grid.cols;
    return inside ? [row, col] : null;
  }

  /** Say how the picture does; null if all is well. */
  #say(text) {
    this.#news = text;
    this.#later();
  }

  #tell(text) {
    this.#note.hidden = text === null;
    if (this.#note.textContent !== (text ?? "")) this.#note.textContent = text ?? "";
  }

  #describe() {
    const { cell, stack } = this.#chosen;
    const named = this.#stacks.find(({ id }) => id === stack)?.name;
    const words = [
      this.#grid?.label ?? "Map",
      cell && `selected cell: row ${cell[0]}, column ${cell[1]}`,
      named && `selected source: ${named}`,
    ];
    set(this.#canvas, { "aria-label": words.filter(Boolean).join("; ") });
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#camera === null || this.#grid === null) return;
    const context = this.#canvas.getContext("2d");
    const frame = new Frame(context, this.#camera, this.#view, this.#ratio, this.#colours);
    if (this.#picture) frame.picture(this.#picture);
    const { districts, parcels } = this.#outlines;
    const apart = parcels.count <= FEW || parcels.spacing * this.#camera.zoom >= APART;
    this.#tell(this.#news ?? (this.#shown.parcels && !apart ? CLOSER : null));
    if (this.#shown.parcels && apart) frame.hairlines(parcels.within(frame.window));
    if (this.#shown.districts) frame.outlines(districts.within(frame.window), LINES.districts);
    if (this.#parcel) frame.outlines([this.#parcel], LINES.chosen);
    if (this.#chosen.cell) frame.ring(this.#chosen.cell);
    if (this.#shown.stacks) frame.stacks(this.#stacks, this.#chosen.stack);
    this.#measure();
  }

  #measure() {
    const { pixels, text } = scaleBar(this.#grid.cellSize / this.#camera.zoom, LONGEST_BAR);
    this.#bar.hidden = false;
    this.#bar.style.width = `${pixels}px`;
    if (this.#bar.textContent !== text) this.#bar.textContent = text;
  }
}
