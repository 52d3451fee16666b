/**
 * What a frame of a map is drawn with. A frame holds the context of the canvas and how cells lie on
 * it; lines and marks keep their width on the screen at every zoom.
 *
 * @typedef {{text: string, ground: string, accent: string}} Colours CSS colours
 * @typedef {{id: string, name: string, x: number, y: number, on: boolean}} Stack x and y in cells
 */

import { toPoint } from "./camera.js";

/** Lines: width in CSS pixels, and of which colour; of the light on both sides of it, how opaque. */
export const LINES = Object.freeze({
  districts: { width: 1.25, colour: "text", halo: 0.7 },
  chosen: { width: 2.25, colour: "accent", halo: 1 },
});
/** Widest line, in pixels of the canvas, that browsers draw the quick way. */
const HAIR = 0.99;
/** Half the width of a stack's triangle, CSS pixels. */
const HALF = 6.5;
/** Side of the ring about a cell at least, CSS pixels. */
const RING = 10;

export class Frame {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("./camera.js").Camera} camera
   * @param {import("./camera.js").ViewSize} view CSS pixels
   * @param {number} ratio pixels of the canvas in a CSS pixel
   * @param {Colours} colours
   */
  constructor(context, camera, view, ratio, colours) {
    this.context = context;
    this.ratio = ratio;
    this.colours = colours;
    this.scale = camera.zoom * ratio; // pixels of the canvas a cell
    // whole pixels, so that a picture that is moved keeps the same pixels
    const [left, top] = toPoint(camera, view, [0, 0]);
    this.left = Math.round(left * ratio);
    this.top = Math.round(top * ratio);
    const { width, height } = context.canvas;
    this.window = {
      left: -this.left / this.scale,
      top: -this.top / this.scale,
      right: (width - this.left) / this.scale,
      bottom: (height - this.top) / this.scale,
    };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#plain();
  }

  /**
   * The picture, one pixel a cell, without blending between cells.
   *
   * @param {ImageBitmap} picture
   */
  picture(picture) {
    const { window, scale } = this;
    const left = Math.max(Math.floor(window.left), 0);
    const top = Math.max(Math.floor(window.top), 0);
    const cols = Math.min(Math.ceil(window.right), picture.width) - left;
    const rows = Math.min(Math.ceil(window.bottom), picture.height) - top;
    if (cols <= 0 || rows <= 0) return;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(picture, left, top, cols, rows,
      this.left + left * scale, this.top + top * scale, cols * scale, rows * scale);
    this.#plain();
  }

  /**
   * Lines along outlines, with a light beside them so that they are seen on every colour.
   *
   * @param {Path2D[]} paths in cells
   * @param {{width: number, colour: string, halo: number}} style
   */
  outlines(paths, { width, colour, halo }) {
    this.#lines(paths, 3 * width * this.ratio, this.colours.ground, halo);
    this.#lines(paths, width * this.ratio, this.colours[colour], 1);
  }

  /**
   * Hairlines along outlines, thousands of them within a frame; the light is on one side only.
   *
   * @param {Path2D[]} paths in cells
   */
  hairlines(paths) {
    this.#lines(paths, HAIR, this.colours.ground, 0.4, 1);
    this.#lines(paths, HAIR, this.colours.text, 0.5);
  }

  /**
   * Stacks as triangles: filled those that emit, hollow those that do not.
   *
   * @param {Stack[]} stacks
   * @param {string|null} chosen id of the one that is selected
   */
  stacks(stacks, chosen) {
    for (const stack of stacks) {
      const [x, y] = this.#point(stack.x, stack.y);
      if (stack.id === chosen) this.#disc(x, y);
      this.#triangle(x, y, stack.on);
    }
  }

  /**
   * Ring about a cell: light outside, dark inside, for every colour below.
   *
   * @param {[number, number]} cell row and column
   */
  ring([row, col]) {
    const { context, colours } = this;
    const [x, y] = this.#point(col + 0.5, row + 0.5);
    const side = Math.max(this.scale / this.ratio, RING);
    for (const [width, colour] of [[5, colours.ground], [2, colours.text]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.strokeRect(x - side / 2 - 1, y - side / 2 - 1, side + 2, side + 2);
    }
  }

  #disc(x, y) {
    const { context, colours } = this;
    context.beginPath();
    context.arc(x, y, 2 * HALF, 0, 2 * Math.PI);
    for (const [width, colour] of [[5, colours.ground], [2.5, colours.accent]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  #triangle(x, y, filled) {
    const { context, colours } = this;
    context.beginPath();
    context.moveTo(x - HALF, y + 0.75 * HALF);
    context.lineTo(x + HALF, y + 0.75 * HALF);
    context.lineTo(x, y - HALF);
    context.closePath();
    for (const [width, colour] of [[4, colours.ground], [1.75, colours.text]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.fillStyle = colours.text;
    if (filled) context.fill();
  }

  /** Lines of a width in pixels of the canvas, moved to the right and down by some of them. */
  #lines(paths, width, colour, alpha, aside = 0) {
    const { context } = this;
    context.setTransform(this.scale, 0, 0, this.scale, this.left + aside, this.top + aside);
    context.lineJoin = "round";
    context.lineWidth = width / this.scale;
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    for (const path of paths) context.stroke(path);
    this.#plain();
  }

  /** Point in CSS pixels of a place in cells. */
  #point(x, y) {
    return [(this.left + x * this.scale) / this.ratio, (this.top + y * this.scale) / this.ratio];
  }

  /** Draw in CSS pixels, with nothing see-through. */
  #plain() {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.globalAlpha = 1;
    this.context.lineJoin = "round";
  }
}

/**
 * Colours of lines and marks, as the style sheet says for light or dark.
 *
 * @param {Element} element
 * @returns {Colours}
 */
export function readColours(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { text: colour("--text"), ground: colour("--ground"), accent: colour("--accent") };
}

/**
 * The stack nearest to a point of the view.
 *
 * @param {Stack[]} stacks
 * @param {import("./camera.js").Camera} camera
 * @param {import("./camera.js").ViewSize} view
 * @param {[number, number]} point CSS pixels
 * @param {number} reach how far it may be, CSS pixels
 * @returns {Stack|null}
 */
export function stackAt(stacks, camera, view, point, reach) {
  let [found, nearest] = [null, reach];
  for (const stack of stacks) {
    const [x, y] = toPoint(camera, view, [stack.x, stack.y]);
    const distance = Math.hypot(x - point[0], y - point[1]);
    if (distance <= nearest) [found, nearest] = [stack, distance];
  }
  return found;
}

/**
 * Length of a scale bar: the largest of 1, 2, 5, 10 ... that fits.
 *
 * @param {number} metresPerPixel ground in a CSS pixel [m]
 * @param {number} longest CSS pixels
 * @returns {{pixels: number, text: string}}
 */
export function scaleBar(metresPerPixel, longest) {
  const most = metresPerPixel * longest;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = power * ([5, 2].find((digit) => digit * power <= most) ?? 1);
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  return { pixels: metres / metresPerPixel, text };
}
