/** What the policies of a run and of the one beside it have reached and cost so far. */

import { get, Latest, ofRun } from "./api.js";
import { el, fill, number, percent } from "./dom.js";
import { attempt } from "./notices.js";

export class Costs {
  #element;
  #cursor;
  #run;
  #asking = new Latest();
  #end;

  constructor(element, cursor, info) {
    this.#element = element;
    this.#cursor = cursor;
    this.#run = info.name;
    this.#end = cursor.listen(["other", "year"], () => this.#draw());
    this.#draw();
  }

  /** The run has more years; those that are told of stay as they are. */
  renew() {}

  close() {
    this.#end();
  }

  async #draw() {
    const [other, year] = [this.#cursor.get("other"), this.#cursor.get("year")];
    this.#element.hidden = !other;
    if (!other) return;
    const ask = (run, signal) => get(ofRun(run, "policies"), { year }, signal);
    const found = await attempt(this.#asking.ask((signal) => Promise.all([other, this.#run].map((run) => ask(run, signal)))));
    if (!found) return;
    const [theirs, own] = found;
    fill(this.#element,
      el("h2", {}, `Policies up to ${theirs.year}`),
      table(other, theirs.policies), table(this.#run, own.policies),
      el("p", { class: "muted small" }, `Reach is the share of the aim in the year before; land is what is treated at that reach. ${theirs.remark}`));
  }
}

/** A row a policy with its cost, then its interventions. */
function table(run, policies) {
  const head = ["", "reach", "land, ha", "million CNY"].map((text) => el("th", { scope: "col" }, text));
  const cost = (value) => (value === null ? "not stated" : number(value));
  const rows = policies.flatMap((policy) => [
    el("tr", { class: "costs-policy" }, el("th", { scope: "row", colspan: 3 }, policy.title || "of no policy"), el("td", {}, cost(policy.cost_million_cny))),
    ...policy.acts.map((act) => el("tr", {}, el("th", { scope: "row", title: act.kind }, act.name),
      el("td", {}, percent(act.reach, 0)), el("td", {}, act.area_ha ? number(act.area_ha) : "\u2013"), el("td", {}, cost(act.cost_million_cny)))),
  ]);
  if (!rows.length) return el("p", {}, `${run}: no policies.`);
  const sums = policies.map((policy) => policy.cost_million_cny).filter((value) => value !== null);
  const all = sums.length ? `${number(sums.reduce((sum, value) => sum + value, 0))} million CNY so far` : "no cost stated";
  return el("table", { class: "costs" }, el("caption", {}, `${run}: ${all}`), el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
}
