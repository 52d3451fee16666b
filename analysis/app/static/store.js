/**
 * The cursor: which run, layer, metal, year and place all views show. It is the query of the URL,
 * so that a view can be bookmarked, shared and gone back to.
 */

/** What a cursor says where the URL does not. */
export const DEFAULTS = Object.freeze({
  run: "", other: "", show: "value", layer: "content", metal: "Cd", depth: "0", year: "",
  cell: "", stack: "", parcel: "", tab: "history", since: "", experiment: "", option: "",
});

/** Read a cursor from a query; what it does not know is left out. */
export function parse(query) {
  const found = { ...DEFAULTS };
  for (const [key, value] of new URLSearchParams(query)) {
    if (key in DEFAULTS) found[key] = value;
  }
  return found;
}

/** Query of a cursor, without what is the default. */
export function query(values) {
  const kept = Object.entries(values).filter(([key, value]) => value !== DEFAULTS[key]);
  const text = new URLSearchParams(kept).toString().replaceAll("%2C", ",");
  return text ? `?${text}` : "";
}

export class Cursor {
  #values;
  #listeners = new Set();

  constructor() {
    this.#values = parse(location.search);
    addEventListener("popstate", () => this.#take(parse(location.search)));
  }

  /** Value of a key, a string. */
  get(key) {
    return this.#values[key];
  }

  /** Number of a key, null if there is none. */
  number(key) {
    const text = this.#values[key];
    return /^-?\d+$/.test(text) ? Number(text) : null;
  }

  /** Selected cell as [row, col], or null. */
  get cell() {
    const match = /^(\d+),(\d+)$/.exec(this.#values.cell);
    return match && [Number(match[1]), Number(match[2])];
  }

  /**
   * Change the cursor; listeners hear of it if anything differs.
   * @param {object} changes values by key; anything but strings is written as text
   * @param {boolean} page whether the browser's back button returns to what was before
   */
  set(changes, page = false) {
    const next = { ...this.#values };
    for (const [key, value] of Object.entries(changes)) next[key] = value == null ? "" : String(value);
    if (Object.keys(next).every((key) => next[key] === this.#values[key])) return;
    const address = location.pathname + query(next);
    if (page) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.#take(next);
  }

  /**
   * Hear of changes of some keys.
   * @param {string[]} keys
   * @param {(cursor: Cursor, changed: Set<string>) => void} listener
   * @returns {() => void} ends it
   */
  listen(keys, listener) {
    const entry = { keys: new Set(keys), listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  #take(next) {
    const changed = new Set(Object.keys(next).filter((key) => next[key] !== this.#values[key]));
    this.#values = next;
    for (const { keys, listener } of [...this.#listeners]) {
      if ([...changed].some((key) => keys.has(key))) listener(this, changed);
    }
  }
}
