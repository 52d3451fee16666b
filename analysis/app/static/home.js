/** The first page: runs that are there, scenarios that can be started, experiments. */

import { get } from "./api.js";
import { el, fill } from "./dom.js";
import { attempt } from "./notices.js";
import { changeTheme } from "./theme.js";

export class Home {
  #page;
  #cursor;
  #jobs;
  #closed = false;

  constructor(page, cursor, jobs) {
    this.#page = page;
    this.#cursor = cursor;
    this.#jobs = jobs;
    document.title = "metalscape";
    this.#load();
  }

  /** The page shows something else from now on. */
  close() {
    this.#closed = true;
  }

  async #load() {
    const home = await attempt(get("home"));
    if (!home || this.#closed) return;
    fill(this.#page, el("main", { class: "home" },
      el("header", { class: "home-head" },
        el("h1", {}, "metalscape"),
        el("p", {}, `Heavy metals in the soil of a region, cell by cell, over decades. Version ${home.version}.`),
        el("button", { type: "button", class: "quiet", on: { click: changeTheme } }, "Light or dark")),
      this.#runs(home.runs),
      this.#scenarios(home.scenarios, home.runs.length === 0),
      home.experiments.length ? this.#experiments(home.experiments) : null));
  }

  #runs(runs) {
    if (!runs.length) {
      return el("section", {}, el("h2", {}, "No runs yet"),
        el("p", {}, "Start a scenario below. It is computed year by year while you look at it, and stays in the folder of runs."));
    }
    return el("section", {}, el("h2", {}, "Runs"), el("ul", { class: "cards" }, runs.map((run) => this.#run(run))));
  }

  #run(run) {
    const years = run.finished ? `${run.start}\u2013${run.end}` : `${run.start}\u2013${run.until} of ${run.end}`;
    const state = run.finished ? "finished" : run.live ? "being computed" : "stopped";
    const open = el("a", { class: "button primary", href: `?run=${encodeURIComponent(run.name)}`, on: { click: (event) => this.#open(event, run.name) } }, "Open");
    const resume = run.finished || run.live ? null
      : el("button", { type: "button", on: { click: (event) => this.#begin(event.target, { kind: "resume", run: run.name }) } }, "Go on computing");
    return el("li", { class: "card" }, el("h3", {}, run.title || run.name), el("p", { class: "muted" }, run.name),
      el("p", {}, `${run.region_title}, ${years}, ${state}`),
      run.illustrative.length ? el("p", { class: "muted" }, `Illustrative, not measured: ${run.illustrative.join(", ").replaceAll("_", " ")}`) : null,
      el("p", { class: "actions" }, open, resume));
  }

  #scenarios(scenarios, first) {
    const regions = Map.groupBy(scenarios, (scenario) => scenario.region);
    const groups = [...regions].map(([region, of]) => el("details", { open: first },
      el("summary", {}, `${region}: ${of.length} scenarios`),
      el("ul", { class: "cards" }, of.map((scenario) => el("li", { class: "card" },
        el("h3", {}, scenario.title), el("p", { class: "muted" }, scenario.name), scenario.description ? el("p", {}, scenario.description) : null,
        el("p", { class: "actions" }, el("button", {
          type: "button", on: { click: (event) => this.#begin(event.target, { kind: "start", scenario: scenario.name }) },
        }, "Start")))))));
    return el("section", {}, el("h2", {}, "Scenarios"),
      el("p", {}, "A scenario opens live: step through its years, stop, go on, branch. Its first start prepares plumes and soils, which takes minutes."),
      ...groups);
  }

  #experiments(experiments) {
    return el("section", {}, el("h2", {}, "Experiments"),
      el("p", {}, "Open a run of the same region and choose \u201cchance\u201d to see in how many futures a limit is reached."),
      el("ul", { class: "cards" }, experiments.map((one) => el("li", { class: "card" },
        el("h3", {}, one.title), el("p", { class: "muted" }, one.name), el("p", {}, `${one.region}, ${one.members} members`)))));
  }

  #open(event, run) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
    event.preventDefault();
    this.#cursor.set({ run }, true);
  }

  async #begin(button, body) {
    button.disabled = true;
    const run = await attempt(this.#jobs.begin(body));
    button.disabled = false;
    if (run) this.#cursor.set({ run }, true);
  }
}
