/**
 * Outlines of a map, cut into tiles so that a frame draws only those in view.
 *
 * @typedef {{path: Path2D, left: number, top: number, right: number, bottom: number}} Tile
 */

/** Tiles along the longer side of a grid. */
const TILES = 16;
const NOWHERE = Object.freeze({ left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });
const EVERYWHERE = Object.freeze({ left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity });
/** What one command of a path looks like: its letter and its numbers. */
const COMMAND = /([a-zA-Z])([^a-zA-Z]*)/g;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)/g;

export class Outlines {
  /** Separate outlines that the path has. */
  count = 0;
  /** Side of the square that each has to itself, cells. */
  spacing = Infinity;
  /** @type {Tile[]} */
  #tiles = [];

  /**
   * @param {string} path SVG path in cells whose outlines each begin with an absolute `M`; if it has
   *   other commands than M, L, H, V, Z and l, h, v, z it is always drawn whole
   */
  constructor(path) {
    const parts = path.match(/M[^M]*/g) ?? [];
    this.count = parts.length;
    if (this.count === 0) return;
    const boxes = parts.map(bounds);
    const whole = boxes.reduce((box, other) => widen(box, other ?? EVERYWHERE), { ...NOWHERE });
    const [width, height] = [whole.right - whole.left, whole.bottom - whole.top];
    if (!Number.isFinite(width)) {
      this.#tiles = [{ path: new Path2D(path), ...EVERYWHERE }];
      return;
    }
    this.spacing = Math.sqrt((width * height) / this.count);
    const side = Math.max(width, height) / TILES;
    const tiles = new Map();
    boxes.forEach((box, i) => {
      const key = [box.left + box.right, box.top + box.bottom].map((sum) => Math.floor(sum / 2 / side)).join();
      const tile = tiles.get(key);
      if (tile === undefined) tiles.set(key, { text: [parts[i]], ...box });
      else widen(tile, box).text.push(parts[i]);
    });
    this.#tiles = [...tiles.values()].map(({ text, ...box }) => ({ path: new Path2D(text.join("")), ...box }));
  }

  /**
   * Parts that lie in a window.
   *
   * @param {{left: number, top: number, right: number, bottom: number}} window cells
   * @returns {Path2D[]}
   */
  within(window) {
    return this.#tiles
      .filter((tile) => tile.left <= window.right && tile.right >= window.left
        && tile.top <= window.bottom && tile.bottom >= window.top)
      .map((tile) => tile.path);
  }
}

/**
 * Box around a path; null if it has commands other than straight lines.
 *
 * @param {string} path
 * @returns {{left: number, top: number, right: number, bottom: number}|null}
 */
export function bounds(path) {
  const box = { ...NOWHERE };
  let [x, y] = [0, 0];
  for (const [, letter, rest] of path.matchAll(COMMAND)) {
    if (!"MLHVZlhvz".includes(letter)) return null;
    const numbers = (rest.match(NUMBER) ?? []).map(Number);
    const kind = letter.toLowerCase();
    const relative = letter === kind ? 1 : 0;
    const step = kind === "h" || kind === "v" ? 1 : 2;
    for (let i = 0; i + step <= numbers.length; i += step) {
      if (kind !== "v") x = relative * x + numbers[i];
      if (kind !== "h") y = relative * y + numbers[i + step - 1];
      widen(box, { left: x, right: x, top: y, bottom: y });
    }
  }
  return box;
}

function widen(box, other) {
  box.left = Math.min(box.left, other.left);
  box.top = Math.min(box.top, other.top);
  box.right = Math.max(box.right, other.right);
  box.bottom = Math.max(box.bottom, other.bottom);
  return box;
}
