/** The cells around a cell: how much is in each, and whether it is more or less than in this one. */

import { Chart, chart } from "./chart_frame.js";
import { NO_VALUE, decimalsOf, el, fill, isNumber, number, set, withDecimals } from "./dom.js";

/** Strongest tint, of the neighbour that differs most; numbers stay readable on it. [%] */
const TINT = 45;

class Neighbours extends Chart {
  constructor() {
    super("chart-neighbours");
    this.grid = el("div", { class: "cells", role: "grid", on: { keydown: (event) => this.#key(event) } });
    this.plot.append(this.grid);
    this.at = null;
  }

  update(options) {
    const { rows, cols, cell = [rows[rows.length >> 1], cols[cols.length >> 1]] } = options;
    if (String(cell) !== String(this.cell)) this.at = null;
    this.cell = cell;
    super.update(options);
  }

  draw() {
    const { rows, cols, values, unit, title } = this.options;
    const held = this.grid.contains(document.activeElement);
    const [i0, j0] = [rows.indexOf(this.cell[0]), cols.indexOf(this.cell[1])];
    const here = values[i0][j0];
    const finite = values.flat().filter(isNumber);
    const decimals = decimalsOf(Math.max(0, ...finite.map(Math.abs)), 3);
    const most = Math.max(0, ...finite.map((value) => Math.abs(value - here)));
    this.at ??= [i0, j0];
    this.buttons = values.map((line, i) =>
      line.map((value, j) => this.#cell(i, j, {
        text: isNumber(value) ? withDecimals(value, decimals) : NO_VALUE,
        difference: isNumber(value) && isNumber(here) && most > 0 ? (value - here) / most : 0,
        isHere: i === i0 && j === j0,
      })),
    );
    set(this.grid, { "aria-label": `${title}, ${unit}`, style: { "--columns": cols.length } });
    fill(this.grid, this.buttons.map((line) => el("div", { role: "row", class: "cells-row" }, line)));
    if (held) this.#focus();
    this.say(
      most > 0
        ? `Orange: more than in this cell, blue: less, by ${number(most)} ${unit} at most. North is up.`
        : "All the same as in this cell. North is up.",
    );
  }

  #cell(i, j, { text, difference, isHere }) {
    const { rows, cols, land, unit, onCell } = this.options;
    const where = [`row ${rows[i]}, column ${cols[j]}`, land?.[i][j]].filter(Boolean).join(", ");
    const name = `${where}: ${text === NO_VALUE ? "no value" : `${text} ${unit}`}`;
    const outside = text === NO_VALUE;
    const tint = `color-mix(in oklab, var(--${difference > 0 ? "gain" : "loss"}) ${TINT * Math.abs(difference)}%, var(--card))`;
    return el(
      "button",
      {
        type: "button",
        role: "gridcell",
        class: ["cell", isHere && "cell-here", outside && "cell-none"],
        tabindex: i === this.at[0] && j === this.at[1] ? 0 : -1,
        title: name,
        "aria-label": name + (isHere ? ", this cell" : ""),
        "aria-disabled": outside,
        style: { background: outside ? "none" : tint },
        on: {
          click: () => outside || onCell?.(rows[i], cols[j]),
          focus: () => this.#rove(i, j),
        },
      },
      text,
    );
  }

  #rove(i, j) {
    set(this.buttons[this.at[0]][this.at[1]], { tabindex: -1 });
    this.at = [i, j];
    set(this.buttons[i][j], { tabindex: 0 });
  }

  #focus() {
    this.buttons[this.at[0]][this.at[1]].focus();
  }

  #key(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [i, j] = [this.at[0] + step[0], this.at[1] + step[1]];
    if (this.buttons[i]?.[j]) this.#rove(i, j);
    this.#focus();
  }

  table() {
    const { rows, cols, values } = this.options;
    return {
      head: ["row", ...cols.map((col) => `column ${col}`)],
      rows: rows.map((row, i) => [String(row), ...values[i]]),
    };
  }
}

/**
 * Draw the cells around a cell as a small grid that can be walked by keys.
 *
 * @param {HTMLElement} element
 * @param {Object} options
 * @param {string} options.title
 * @param {number[]} options.rows of cells, from north to south
 * @param {number[]} options.cols from west to east
 * @param {[number, number]} [options.cell] row and column of this cell; the middle one if not given
 * @param {Array<Array<number|null>>} options.values [row][col], null where there is none
 * @param {string[][]} [options.land] [row][col] class that counts
 * @param {string} options.unit
 * @param {function(number, number): void} [options.onCell] called with the row and column chosen
 * @returns {Chart}
 */
export const neighbours = chart(Neighbours);
