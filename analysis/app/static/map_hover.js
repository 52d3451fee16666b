/** The words beside the pointer over a map. */

import { el, fill } from "./dom.js";

/** The pointer must rest so long before the words are asked for [ms]. */
const REST = 30;
/** Words of another cell go if those of this one do not come in time [ms]. */
const STALE = 150;
/** Between pointer and words, CSS pixels. */
const GAP = 14;

export class Hover {
  element = el("div", { class: "map-words", role: "status", hidden: true });
  #ask;
  #place = null;
  #point = [0, 0];
  #name = null;
  #text = null;
  #waiting = 0;
  #going = 0;
  #asked = 0;

  /** @param {(row: number, col: number) => (string|null|void|Promise<string|null|void>)} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /**
   * The pointer is over a cell.
   *
   * @param {[number, number]|null} cell row and column; null if it is over none
   * @param {[number, number]} point from the left and top of the map, CSS pixels
   * @param {string|null} name of the stack below the pointer
   */
  at(cell, point, name) {
    if (cell === null) return this.leave();
    this.#point = point;
    const same = this.#place?.[0] === cell[0] && this.#place?.[1] === cell[1];
    const named = this.#name === name;
    this.#name = name;
    this.#place = cell;
    if (!same) this.again();
    if (!named) this.#show();
    else this.#put();
    return undefined;
  }

  /** The pointer is over no cell. */
  leave() {
    this.#forget();
    [this.#place, this.#name, this.#text] = [null, null, null];
    this.#show();
  }

  /** Ask once more what is below the pointer: the map shows something else. */
  again() {
    if (this.#place === null) return;
    this.#forget();
    const [row, col] = this.#place;
    this.#going = setTimeout(() => this.say(null), STALE);
    this.#waiting = setTimeout(async () => {
      const asked = ++this.#asked;
      const text = await Promise.resolve(this.#ask(row, col)).catch(() => null);
      if (asked === this.#asked && text !== undefined) this.say(text);
    }, REST);
  }

  /**
   * Words of the cell below the pointer.
   *
   * @param {string|null} text
   */
  say(text) {
    clearTimeout(this.#going);
    if (this.#place === null) return;
    this.#text = text;
    this.#show();
  }

  #forget() {
    clearTimeout(this.#waiting);
    clearTimeout(this.#going);
    this.#asked += 1; // an answer on its way is of another cell
  }

  #show() {
    const lines = [this.#name, this.#text].filter(Boolean);
    this.element.hidden = lines.length === 0;
    fill(this.element, this.#name && el("strong", {}, this.#name), this.#text && el("span", {}, this.#text));
    this.#put();
  }

  /** Beside the pointer, on the side where there is room. */
  #put() {
    if (this.element.hidden) return;
    const { offsetWidth: width, offsetHeight: height, offsetParent: map } = this.element;
    if (map === null) return;
    const [right, down] = this.#point;
    const left = right + GAP + width > map.clientWidth ? right - GAP - width : right + GAP;
    const top = down + GAP + height > map.clientHeight ? down - GAP - height : down + GAP;
    this.element.style.left = `${Math.max(left, 0)}px`;
    this.element.style.top = `${Math.max(top, 0)}px`;
  }
}
