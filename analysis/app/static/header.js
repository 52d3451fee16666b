/** What is shown: run, comparison, metal, layer, depth, and the tools. */

import { el, fill } from "./dom.js";
import { changeTheme } from "./theme.js";

const SHOWS = [["value", "side by side"], ["difference", "difference"]];

export class Header {
  #element;
  #cursor;
  #info;
  #tools;
  #end;

  constructor(element, cursor, info, tools) {
    this.#element = element;
    this.#cursor = cursor;
    this.#info = info;
    this.#tools = tools;
    this.#end = cursor.listen(["layer", "metal", "depth", "other", "show", "experiment", "option"], () => this.#draw());
    this.#draw();
  }

  /** The run has more years, or others to compare it with. */
  renew(info) {
    this.#info = info;
    this.#draw();
  }

  close() {
    this.#end();
  }

  #draw() {
    const focused = document.activeElement?.id;
    const { title, region, name, illustrative } = this.#info;
    fill(this.#element,
      el("a", { class: "brand", href: "?", title: "All runs and scenarios" }, "metalscape"),
      el("div", { class: "run-title" }, el("h1", {}, title),
        el("p", { title: illustrative.length ? `Illustrative, not measured: ${illustrative.join(", ").replaceAll("_", " ")}` : null },
          `${region.title} \u00b7 ${name}${illustrative.length ? " \u00b7 partly illustrative" : ""}`)),
      el("div", { class: "choices" }, this.#metal(), this.#layer(), this.#depth(), this.#other(), this.#show(), this.#chance()),
      el("div", { class: "tools" },
        el("button", { type: "button", on: { click: this.#tools.share } }, "Share"),
        el("button", { type: "button", on: { click: changeTheme }, "aria-label": "Light or dark", title: "Light or dark" }, "\u25d0"),
        el("button", { type: "button", on: { click: this.#tools.help }, "aria-label": "Keys and help", title: "Keys and help" }, "?")));
    if (focused) document.getElementById(focused)?.focus();
  }

  #metal() {
    return this.#select("metal", "Metal", this.#info.metals.map((metal) => [metal, metal]));
  }

  #layer() {
    if (this.#cursor.get("show") === "chance") return null;
    const groups = Map.groupBy(this.#info.layers, (layer) => layer.group);
    const options = [...groups].map(([group, layers]) =>
      el("optgroup", { label: group }, layers.map((layer) => this.#option("layer", layer.key, layer.title))));
    return this.#labelled("layer", "Layer", options);
  }

  #depth() {
    const layer = this.#info.layers.find((one) => one.key === this.#cursor.get("layer"));
    if (!layer?.by_depth || this.#cursor.get("show") === "chance") return null;
    return this.#select("depth", "Depth", this.#info.depths.map((name, k) => [String(k), name]));
  }

  #other() {
    if (!this.#info.related.length || this.#cursor.get("show") === "chance") return null;
    return this.#select("other", "Compare with", [["", "\u2013"], ...this.#info.related.map((name) => [name, name])], (value) => {
      this.#cursor.set({ other: value, show: value ? this.#cursor.get("show") : "value" }, true);
    });
  }

  #show() {
    if (!this.#cursor.get("other") || this.#cursor.get("show") === "chance") return null;
    return this.#select("show", "As", SHOWS);
  }

  /** Value or chance, and of which experiment and option. */
  #chance() {
    if (!this.#info.experiments.length) return null;
    const on = this.#cursor.get("show") === "chance";
    const toggle = el("label", { class: "toggle" },
      el("input", {
        type: "checkbox", id: "choose-chance", checked: on,
        on: { change: (event) => this.#cursor.set({ show: event.target.checked ? "chance" : "value" }) },
      }), "chance of reaching the limit");
    if (!on) return toggle;
    const names = this.#info.experiments.map((one) => [one.name, one.title]);
    const chosen = this.#info.experiments.find((one) => one.name === this.#cursor.get("experiment")) ?? this.#info.experiments[0];
    return [toggle,
      names.length > 1 ? this.#select("experiment", "Experiment", names, (value) => this.#cursor.set({ experiment: value, option: "" })) : null,
      this.#select("option", "Option", chosen.options.map((option) => [option, option]))];
  }

  #select(key, label, entries, change) {
    return this.#labelled(key, label, entries.map(([value, text]) => this.#option(key, value, text)), change);
  }

  #labelled(key, label, options, change = (value) => this.#cursor.set({ [key]: value })) {
    const id = `choose-${key}`;
    return el("label", { for: id }, el("span", {}, label),
      el("select", { id, on: { change: (event) => change(event.target.value) } }, options));
  }

  #option(key, value, text) {
    return el("option", { value, selected: this.#cursor.get(key) === value }, text);
  }
}
