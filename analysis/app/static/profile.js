/** Content against depth, now and at the start. */

import { across, axisRoom, down, levels, linear, rem, textWidth, tickText, ticks } from "./chart_axis.js";
import { Chart, chart, key } from "./chart_frame.js";
import { fill, isNumber, number, set, short, svg } from "./dom.js";

const NOW = "var(--c0)";
const START = "var(--muted)";
const START_DASH = "5 3";

class Profile extends Chart {
  constructor() {
    super("chart-profile");
    this.picture = svg("svg", { role: "img" });
    this.layer = 0;
    this.plot.append(this.picture);
    set(this.plot, {
      tabindex: 0,
      role: "slider",
      "aria-orientation": "vertical",
      "aria-valuemin": 1,
      on: {
        keydown: (event) => this.#key(event),
        pointermove: (event) => this.#point(event),
      },
    });
  }

  draw(width) {
    const { tops, bottoms, now, start = [], title } = this.options;
    this.layer = Math.min(this.layer, tops.length - 1);
    const axis = levels([0, ...now, ...start].filter(isNumber), 4);
    const depths = [...new Set([...tops, ...bottoms])].sort((a, b) => a - b);
    const box = {
      left: axisRoom(depths) + textWidth(" cm"), right: width - 1.2 * rem(),
      top: 1.5 * rem(), bottom: this.plot.clientHeight - 0.7 * rem(),
    };
    const x = linear([axis[0], axis.at(-1)], [box.left, box.right]);
    this.y = linear([depths[0], depths.at(-1)], [box.top, box.bottom]);
    set(this.picture, { "aria-label": `${title}: ${tops.map((_, k) => this.#told(k)).join("; ")}` });
    set(this.plot, { "aria-label": title, "aria-valuemax": tops.length });
    fill(
      this.picture,
      this.#contents(axis, x, box),
      this.#depths(depths, box),
      tops.map((top, k) => {
        if (!isNumber(now[k])) return null;
        const size = { width: x(now[k]) - x(0), height: this.y(bottoms[k]) - this.y(top) };
        return svg("rect", { class: "profile-layer", x: x(0), y: this.y(top), ...size });
      }),
      line(this.#path(start, x), START, START_DASH),
      line(this.#path(now, x), NOW, null),
      (this.band = svg("rect", { class: "profile-band", x: box.left, width: box.right - box.left })),
    );
    this.#read();
  }

  #contents(axis, x, box) {
    const wide = Math.max(...axis.map((v) => textWidth(short(v, 4)))) + 0.8 * rem();
    const about = Math.max(1, Math.floor((box.right - box.left) / wide) - 1);
    const numbers = ticks(axis[0], axis.at(-1), Math.min(4, about)).map((value) => [
      down(value, x(value), box),
      tickText(short(value, 4), x(value), 0.7 * rem(), "middle"),
    ]);
    return svg("g", { "aria-hidden": "true" }, numbers);
  }

  /** Depths where layers meet, those left out that there is no room for. */
  #depths(depths, box) {
    let last = -Infinity;
    const shown = depths.filter((depth) => {
      const free = this.y(depth) - last >= 1.1 * rem();
      if (free) last = this.y(depth);
      return free;
    });
    const texts = shown.map((depth) => [
      across(depth, this.y(depth), box),
      tickText(short(depth) + (depth === shown.at(-1) ? " cm" : ""), box.left - 0.4 * rem(), this.y(depth), "end"),
    ]);
    return svg("g", { "aria-hidden": "true" }, texts);
  }

  #path(values, x) {
    const { tops, bottoms } = this.options;
    let open = false;
    return values.map((value, k) => {
      const joined = open;
      open = isNumber(value);
      if (!open) return "";
      const at = x(value).toFixed(1);
      const to = joined ? `H${at}` : `M${at} ${this.y(tops[k]).toFixed(1)}`;
      return `${to}V${this.y(bottoms[k]).toFixed(1)}`;
    }).join("");
  }

  #told(k) {
    const { tops, bottoms, now, start, unit } = this.options;
    const was = start ? `, ${number(start[k])} at the start` : "";
    return `${short(tops[k])}\u2013${short(bottoms[k])} cm: ${number(now[k])} ${unit}${was}`;
  }

  #read() {
    const { tops, bottoms, now, start, year } = this.options;
    const k = this.layer;
    set(this.band, { y: this.y(tops[k]), height: this.y(bottoms[k]) - this.y(tops[k]) });
    set(this.plot, { "aria-valuenow": k + 1, "aria-valuetext": this.#told(k) });
    fill(
      this.keys,
      key({ name: `${short(tops[k])}\u2013${short(bottoms[k])} cm` }),
      key({ name: String(year), colour: NOW, value: number(now[k]) }),
      start && key({ name: "start", colour: START, dash: START_DASH, value: number(start[k]) }),
    );
  }

  #point(event) {
    const { bottoms } = this.options;
    const y = event.clientY - this.plot.getBoundingClientRect().top;
    const under = bottoms.findIndex((bottom) => y < this.y(bottom));
    this.#show(under < 0 ? bottoms.length - 1 : under);
  }

  #key(event) {
    const last = this.options.tops.length - 1;
    const to = { ArrowDown: this.layer + 1, ArrowUp: this.layer - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#show(Math.min(Math.max(to, 0), last));
  }

  #show(layer) {
    if (layer === this.layer) return;
    this.layer = layer;
    this.#read();
  }

  table() {
    const { tops, bottoms, now, start, unit, year } = this.options;
    return {
      head: ["depth [cm]", `${year} [${unit}]`, ...(start ? [`start [${unit}]`] : [])],
      rows: tops.map((top, k) => {
        const depth = `${short(top)}\u2013${short(bottoms[k])}`;
        return start ? [depth, now[k], start[k]] : [depth, now[k]];
      }),
    };
  }
}

const line = (path, colour, dash) =>
  svg("path", { class: "profile-line", d: path, "stroke-dasharray": dash, style: { "--colour": colour } });

/**
 * Draw content against depth: steps of the layers, as it was at the start dashed.
 *
 * @param {HTMLElement} element
 * @param {Object} options
 * @param {string} options.title
 * @param {string} options.unit of the contents
 * @param {number[]} options.tops of layers, downward [cm]
 * @param {number[]} options.bottoms of layers [cm]
 * @param {Array<number|null>} options.now content of each layer
 * @param {Array<number|null>} [options.start] the same at the start of the run
 * @param {number} options.year of `now`
 * @returns {Chart}
 */
export const profile = chart(Profile);
