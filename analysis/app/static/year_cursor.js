/** A line through a plot that stands at a year, and can be dragged and moved by keys. */

import { el, set } from "./dom.js";

/** Least time between two calls while the cursor is dragged. [ms] */
const PAUSE = 60;
/** Years that a page key moves the cursor by. */
const PAGE = 5;

/**
 * A function that is called with the latest arguments, at once and then at most so often.
 *
 * @param {Function} call
 * @param {number} pause [ms]
 * @returns {Function} its `flush` makes the call that still waits
 */
export function throttled(call, pause) {
  let timer = 0;
  let waiting = null;
  const tick = () => {
    timer = 0;
    if (!waiting) return;
    const given = waiting;
    waiting = null;
    timer = setTimeout(tick, pause);
    call(...given);
  };
  const later = (...given) => {
    waiting = given;
    if (!timer) tick();
  };
  later.flush = () => {
    clearTimeout(timer);
    tick();
  };
  return later;
}

/**
 * The item of a sorted list that is nearest to a value.
 *
 * @param {number[]} sorted
 * @param {number} value
 * @returns {number}
 */
export const nearest = (sorted, value) =>
  sorted.reduce((best, item) => (Math.abs(item - value) < Math.abs(best - value) ? item : best));

/**
 * A slider over the years of a plot. The whole plot can be dragged on, the line takes the focus.
 */
export class YearCursor {
  /**
   * @param {HTMLElement} plot what it lies in and is dragged on; positioned
   * @param {Object} options
   * @param {function(number): void} options.onYear called while it moves, as years change
   * @param {function(number|null): void} [options.onHover] year that the pointer is over
   */
  constructor(plot, { onYear, onHover }) {
    this.years = [];
    this.year = null;
    this.dragging = false;
    this.tell = throttled(onYear, PAUSE);
    this.onHover = onHover ?? (() => {});
    this.root = el("div", {
      class: "year-cursor",
      role: "slider",
      tabindex: 0,
      "aria-label": "Year",
      on: { keydown: (event) => this.#key(event) },
    });
    plot.append(this.root);
    set(plot, {
      on: {
        pointerdown: (event) => this.#press(event),
        pointermove: (event) => this.#move(event),
        pointerup: () => this.#release(),
        pointercancel: () => this.#release(),
        pointerleave: () => this.onHover(null),
      },
    });
    this.plot = plot;
  }

  /**
   * Put it in a plot as it is drawn now.
   *
   * @param {Object} place
   * @param {number[]} place.years that it may stand at, rising
   * @param {number} place.year where it stands; not heeded while it is dragged
   * @param {function(number): number} place.x place of a year [px]
   * @param {number} place.top [px]
   * @param {number} place.height [px]
   * @param {function(number): string} place.text what is so in a year, in words
   */
  set({ years, year, x, top, height, text }) {
    Object.assign(this, { years, x, text });
    if (!this.dragging) this.year = year;
    this.root.hidden = years.length === 0;
    if (this.root.hidden) return;
    set(this.root, {
      style: { top: `${top}px`, height: `${height}px` },
      "aria-valuemin": years[0],
      "aria-valuemax": years.at(-1),
    });
    this.#place();
  }

  #place() {
    const year = this.year ?? this.years.at(-1);
    set(this.root, {
      style: { left: `${this.x(year)}px` },
      "aria-valuenow": year,
      "aria-valuetext": this.text(year),
    });
  }

  /** Year under the pointer. */
  #under(event) {
    const from = event.clientX - this.plot.getBoundingClientRect().left - this.plot.clientLeft;
    return this.years.reduce((best, year) =>
      Math.abs(this.x(year) - from) < Math.abs(this.x(best) - from) ? year : best,
    );
  }

  #go(year) {
    if (year === undefined || year === this.year) return;
    this.year = year;
    this.#place();
    this.onHover(null);
    this.tell(year);
  }

  #press(event) {
    if (event.button !== 0 || !this.years.length) return;
    this.plot.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.root.focus({ preventScroll: true });
    event.preventDefault();
    this.#go(this.#under(event));
  }

  /** What is told late would be taken back by a page that still draws the year before. */
  #release() {
    this.dragging = false;
    this.tell.flush();
  }

  #move(event) {
    if (!this.years.length) return;
    const year = this.#under(event);
    if (this.dragging) this.#go(year);
    else this.onHover(year);
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const last = this.years.length - 1;
    const at = this.years.indexOf(nearest(this.years, this.year));
    const page = (by) => this.years.indexOf(nearest(this.years, this.years[at] + by));
    const to = {
      ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
      PageUp: page(PAGE), PageDown: page(-PAGE), Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#go(this.years[Math.min(Math.max(to, 0), last)]);
  }
}
