/** The page of a run: header, maps, inspector and timeline around one cursor. */

import { get, Latest, ofRun } from "./api.js";
import { Costs } from "./costs.js";
import { el, fill } from "./dom.js";
import { Header } from "./header.js";
import { Inspector } from "./inspector.js";
import { helpDialog, listenToKeys, showDialog } from "./keys.js";
import { attempt, complain, tell } from "./notices.js";
import { Panes } from "./panes.js";
import { policyDialog } from "./policy.js";
import { shareDialog } from "./share.js";
import { Timeline } from "./timeline.js";
import { timelineData } from "./timeline_data.js";
import { nextParcel, nextStack } from "./walk.js";
import { nearest } from "./year_cursor.js";

const PLAY = 250; // ms between years that are there
const REST = 300; // ms between two looks at a run that is computed, for clicks to be answered
const ENDED = ["failed", "closed", "finished"]; // phases of a job that can be told nothing more

export class Viewer {
  #page;
  #cursor;
  #jobs;
  #run;
  #info = null;
  #overviews = new Map();
  #parts = [];
  #ends = [];
  #panes;
  #spoken = el("p", { class: "unseen", role: "status" });
  #timeline;
  #player = null;
  #following = new Map();
  #refreshing = new Latest();
  #behind = false;
  #catchingUp = false;
  #closed = false;

  constructor(page, cursor, jobs, run) {
    this.#page = page;
    this.#cursor = cursor;
    this.#jobs = jobs;
    this.#run = run;
  }

  /** Ask for the run and show it. */
  async open() {
    fill(this.#page, el("p", { class: "empty" }, `Opening ${this.#run} \u2026`));
    const info = await this.#ask();
    if (this.#closed) return;
    if (!info) {
      this.#waitForRun();
      return;
    }
    this.#build(info);
  }

  /** Stop listening and playing. */
  close() {
    this.#closed = true;
    clearInterval(this.#player);
    for (const part of this.#parts) part.close?.();
    for (const end of this.#ends) end();
  }

  async #ask() {
    try {
      return await get(ofRun(this.#run));
    } catch (error) {
      if (!(await this.#isComputed())) complain(error);
      return null;
    }
  }

  /** Whether there is a job for the run; the stream of events may not have told of it yet. */
  async #isComputed() {
    return this.#run in ((await get("jobs").catch(() => null)) ?? {});
  }

  /** A live run has no folder before its plumes and soils are prepared. */
  #waitForRun() {
    const text = el("p", { class: "waiting", role: "status" }, "There is no such run.");
    const bar = el("progress", { max: 1, hidden: true });
    fill(this.#page, el("main", { class: "empty" }, el("h1", {}, this.#run), text, bar, el("p", {}, el("a", { href: "?" }, "All runs and scenarios"))));
    const show = (state) => {
      if (!state) return;
      text.textContent = state.error ?? state.text ?? "Preparing the run \u2026";
      bar.hidden = Boolean(state.error);
      if (state.share === null || state.share === undefined) bar.removeAttribute("value");
      else bar.value = state.share;
    };
    show(this.#jobs.of(this.#run));
    const end = this.#jobs.listen(async (run, state) => {
      if (run !== this.#run) return;
      show(state);
      if (state.phase === "preparing" || state.phase === "queued" || state.phase === "failed" || this.#info) return;
      const info = await this.#refreshing.ask(() => this.#ask());
      if (info && !this.#info && !this.#closed) {
        end();
        this.#build(info);
      }
    });
    this.#ends.push(end);
  }

  #build(info) {
    this.#info = info;
    document.title = `${info.title} \u00b7 metalscape`;
    this.#settle(info);
    const head = el("header", { class: "bar" });
    const maps = el("section", { class: "maps", "aria-label": "Map" });
    const inspector = el("div", { class: "inspector" });
    const costs = el("section", { class: "costs", "aria-label": "Costs of policies", hidden: true });
    const side = el("aside", { class: "side", "aria-label": "Inspector" }, inspector, costs);
    const foot = el("footer", { class: "time", "aria-label": "Time" });
    fill(this.#page, el("div", { class: "viewer" }, head, el("main", { class: "middle" }, maps, side), foot, this.#spoken));
    const tools = { share: () => showDialog(shareDialog(this.#cursor, this.#info)), help: () => showDialog(helpDialog()), branch: () => this.#branch() };
    this.#timeline = new Timeline(foot, {
      onYear: (year) => this.#cursor.set({ year }), onStep: (by) => this.#step(by ?? 1),
      onGo: () => this.#go(), onPause: () => this.#pause(), onBranch: () => this.#branch(),
    });
    this.#panes = new Panes(maps, this.#cursor, info);
    this.#parts = [
      new Header(head, this.#cursor, info, tools),
      this.#panes,
      new Inspector(inspector, this.#cursor, info),
      new Costs(costs, this.#cursor, info),
    ];
    this.#ends.push(
      this.#cursor.listen(["year", "metal", "other"], () => this.#drawTimeline()),
      this.#jobs.listen((run, state) => this.#hear(run, state)),
      listenToKeys(this.#keys(tools)),
    );
    this.#drawTimeline();
  }

  /** Bring the cursor to what the run has. */
  #settle(info) {
    const cursor = this.#cursor;
    const changes = {};
    if (!info.metals.includes(cursor.get("metal"))) changes.metal = info.metals[0];
    if (!info.layers.some((layer) => layer.key === cursor.get("layer"))) changes.layer = "content";
    if (!info.years.includes(cursor.number("year"))) changes.year = nearest(info.years, cursor.number("year") ?? info.until);
    if (!(cursor.number("depth") < info.depths.length)) changes.depth = 0;
    if (cursor.get("show") === "difference" && !cursor.get("other")) changes.show = "value";
    cursor.set(changes);
  }

  #keys(tools) {
    const keys = {
      " ": () => (this.#player || this.#live?.phase === "running" ? this.#pause() : this.#go()),
      ",": () => this.#step(-1), ".": () => this.#step(1),
      Home: () => this.#cursor.set({ year: this.#info.years[0] }),
      End: () => this.#cursor.set({ year: this.#info.years.at(-1) }),
      "[": () => this.#layer(-1), "]": () => this.#layer(1),
      d: () => this.#toggle("difference", this.#cursor.get("other")),
      c: () => this.#toggle("chance", this.#info.experiments[0]),
      b: tools.branch, s: tools.share, "?": tools.help,
      n: ({ shiftKey }) => this.#walk(nextStack, shiftKey ? -1 : 1),
      p: ({ shiftKey }) => this.#walk(nextParcel, shiftKey ? -1 : 1),
      Escape: () => this.#cursor.set({ cell: "", stack: "", parcel: "" }),
    };
    this.#info.metals.forEach((metal, i) => (keys[i + 1] = () => this.#cursor.set({ metal })));
    return keys;
  }

  /** To the next or the last of the sources, or of the parcels of the cell. */
  async #walk(next, by) {
    const found = await attempt(next(this.#cursor, this.#run, by));
    if (!found || this.#closed) return;
    this.#spoken.textContent = found.text;
    if (!found.changes) {
      tell(found.text);
      return;
    }
    this.#cursor.set(found.changes);
    if (found.at) this.#panes.reveal(found.at.x, found.at.y);
  }

  #layer(by) {
    const keys = this.#info.layers.map((layer) => layer.key);
    const at = keys.indexOf(this.#cursor.get("layer")) + by;
    this.#cursor.set({ layer: keys[(at + keys.length) % keys.length] });
  }

  #toggle(show, possible) {
    if (!possible) return;
    this.#cursor.set({ show: this.#cursor.get("show") === show ? "value" : show });
  }

  // --- time -------------------------------------------------------------------------------------

  get #live() {
    return this.#jobs.of(this.#run);
  }

  /** To the next or the last recorded year; where a live run has none yet, one is computed. */
  #step(by) {
    const years = this.#info.years;
    const at = years.indexOf(this.#cursor.number("year")) + by;
    if (at >= 0 && at < years.length) {
      this.#cursor.set({ year: years[at] });
    } else if (by > 0 && this.#live?.phase === "ready") {
      attempt(this.#jobs.tell(this.#run, "step"));
    } else if (by > 0 && !this.#info.finished && ENDED.includes(this.#live?.phase ?? "closed")) {
      tell("The run was stopped here. \u201cGo\u201d goes on computing it.");
    }
  }

  #go() {
    if (this.#info.finished || this.#cursor.number("year") < this.#info.years.at(-1)) {
      this.#play();
    } else if (ENDED.includes(this.#live?.phase ?? "closed")) {
      attempt(this.#jobs.begin({ kind: "resume", run: this.#run }));
    } else {
      attempt(this.#jobs.tell(this.#run, "go"));
    }
  }

  /** Walk through the recorded years; at the end of them a live run goes on computing. */
  #play() {
    if (this.#cursor.number("year") === this.#info.years.at(-1)) this.#cursor.set({ year: this.#info.years[0] });
    clearInterval(this.#player);
    this.#player = setInterval(() => {
      const years = this.#info.years;
      const at = years.indexOf(this.#cursor.number("year"));
      if (at + 1 < years.length) {
        this.#cursor.set({ year: years[at + 1] });
        return;
      }
      this.#pause();
      if (!this.#info.finished) this.#go();
    }, PLAY);
    this.#drawTimeline();
  }

  #pause() {
    clearInterval(this.#player);
    this.#player = null;
    if (this.#live?.phase === "running") attempt(this.#jobs.tell(this.#run, "pause"));
    this.#drawTimeline();
  }

  // --- jobs -------------------------------------------------------------------------------------

  async #hear(run, state) {
    if (run === this.#run) {
      if (state.phase === "failed") complain(new Error(state.error));
      await this.#refresh(state);
    } else if (this.#following.has(run)) {
      this.#follow(run, state);
    }
    this.#drawTimeline();
  }

  /** Take in what was computed; one question at a time, since years may come faster than answers. */
  async #refresh(state) {
    if (state.year <= this.#info.years.at(-1) && state.phase !== "finished") return;
    this.#behind = true;
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    while (this.#behind && !this.#closed) {
      this.#behind = false;
      await this.#takeIn();
      await new Promise((done) => setTimeout(done, REST));
    }
    this.#catchingUp = false;
  }

  /** Show the years that are there; who looks at the newest one goes with them. */
  async #takeIn() {
    const info = await get(ofRun(this.#run)).catch(() => null);
    if (!info || this.#closed || info.stamp === this.#info.stamp) return;
    const newest = this.#cursor.number("year") === this.#info.years.at(-1);
    this.#info = info;
    this.#overviews.clear();
    for (const part of this.#parts) part.renew(info);
    if (newest) this.#cursor.set({ year: info.years.at(-1) });
    this.#drawTimeline();
  }

  #branch() {
    this.#pause();
    if (this.#cursor.number("year") >= this.#info.end) {
      tell(`The run ends in ${this.#info.end}: go back to an earlier year, and branch there.`);
      return;
    }
    const dialog = policyDialog(this.#info, this.#cursor.number("year"), this.#cursor.get("stack"), async (plan) => {
      const name = await attempt(this.#jobs.begin({ kind: "branch", run: this.#run, ...plan }));
      if (name) this.#following.set(name, plan.at);
      return name;
    });
    showDialog(dialog);
  }

  /** When a branch is finished, the comparison with it opens. */
  #follow(run, state) {
    if (state.phase === "failed") {
      this.#following.delete(run);
      complain(new Error(`${run}: ${state.error}`));
    } else if (state.phase === "finished") {
      this.#following.delete(run);
      tell(`${run} is finished. It is shown beside ${this.#run}.`);
      this.#cursor.set({ other: run, show: "value", year: this.#info.years.at(-1) }, true);
      attempt(this.#renewRelated());
    }
  }

  async #renewRelated() {
    const info = await get(ofRun(this.#run));
    this.#info = info;
    for (const part of this.#parts) part.renew(info);
  }

  // --- timeline ---------------------------------------------------------------------------------

  async #drawTimeline() {
    if (!this.#timeline) return;
    const others = [...this.#following.keys()].map((run) => [run, this.#jobs.of(run)]);
    this.#timeline.set(timelineData(this.#info, this.#cursor, this.#live, this.#player !== null, this.#spark(), others));
  }

  /** Share of land over its limit by year of the shown runs, as far as it is known; asks for the rest. */
  #spark() {
    const metal = this.#cursor.get("metal");
    const runs = [this.#run, this.#cursor.get("other")].filter(Boolean);
    return runs.map((run) => {
      const key = `${run} ${metal}`;
      if (!this.#overviews.has(key)) {
        this.#overviews.set(key, null);
        get(ofRun(run, "overview"), { metal }).then((found) => {
          this.#overviews.set(key, found);
          this.#drawTimeline();
        }, () => this.#overviews.delete(key));
      }
      return { name: run, ...this.#overviews.get(key) };
    }).filter((one) => one.years);
  }
}
