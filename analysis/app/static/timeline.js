/** The years of a run: where the cursor is, what is computed, what happened; and the buttons. */

import { el, fill, isNumber, set, svg } from "./dom.js";
import { actionOf, statusOf, stepOf } from "./timeline_words.js";
import { Track } from "./track.js";

const ICONS = {
  first: "M3 2.5h2v11H3zM13 2.5v11L5.5 8z",
  back: "M11.5 2.5v11L4 8z",
  go: "M4.5 2.5v11L13 8z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  on: "M4.5 2.5v11L12 8z",
  last: "M11 2.5h2v11h-2zM3 2.5v11L10.5 8z",
};

/** Timeline of a run. It shows what it is told and asks for what is wanted: the page does it. */
export class Timeline {
  /**
   * @param {HTMLElement} element what it is put into
   * @param {Object} calls
   * @param {function(number): void} calls.onYear to another year that is there
   * @param {function(number): void} calls.onStep by a year, 1 or -1; the next one may have to be
   *   simulated
   * @param {function(): void} calls.onGo play, simulate on, or resume
   * @param {function(): void} calls.onPause stop what Go began
   * @param {function(number): void} [calls.onBranch] try something else from a year on
   */
  constructor(element, calls) {
    this.calls = calls;
    this.state = null;
    this.track = new Track({ onYear: (year) => this.#go(year) });
    this.year = el("output", { class: "timeline-year", "aria-live": "off" });
    this.buttons = {
      first: button("first", () => this.#go(this.state.years[0])),
      back: button("back", () => calls.onStep(-1)),
      go: button("go", () => (actionOf(this.state).stops ? calls.onPause() : calls.onGo()), "timeline-go"),
      on: button("on", () => calls.onStep(1)),
      last: button("last", () => this.#go(this.state.years.at(-1))),
    };
    const branch = (event) => usable(event.currentTarget) && calls.onBranch(this.state.year);
    this.branch = el(
      "button",
      { type: "button", class: "timeline-branch", hidden: !calls.onBranch, on: { click: branch } },
      "Branch here",
    );
    this.text = el("p", { class: "timeline-text" });
    this.bar = el("progress", { class: "timeline-progress", max: 1, hidden: true, "aria-label": "Progress" });
    this.others = el("p", { class: "timeline-others" });
    this.spoken = el("p", { class: "unseen", role: "status" });
    this.root = el(
      "section",
      { class: "timeline", "aria-label": "Years" },
      el("div", { class: "timeline-buttons" }, Object.values(this.buttons)),
      this.year,
      this.track.root,
      this.branch,
      el("div", { class: "timeline-status" }, this.bar, this.text, this.others, this.spoken),
    );
    fill(element, this.root);
  }

  /**
   * Give it what is so now.
   *
   * @param {Object} state
   * @param {number[]} state.years that are there, rising
   * @param {number} state.until last year that is there
   * @param {number} state.end last year of the scenario
   * @param {number} state.year of the cursor
   * @param {Object|null} state.live status of the job that simulates it: phase (queued, preparing,
   *   ready, running, pausing, finished, failed, closed), year, text, share (0-1 or null),
   *   seconds_left (or null), error
   * @param {boolean} [state.playing] whether the page walks through the years
   * @param {boolean} state.finished
   * @param {Array<{name: string, years: number[], values: Array<number|null>}>} [state.spark] lines
   *   under the slider: the run and the one it is compared with
   * @param {string} [state.unit] of their values
   * @param {Array<{year: number, kind: string, text: string}>} [state.marks]
   * @param {Array<{name: string, state: Object|null}>} [state.branches] runs that are being
   *   simulated beside it, with the status of their jobs
   */
  set(state) {
    this.state = { spark: [], unit: "", marks: [], branches: [], ...state };
    this.track.set(this.state);
    this.#show();
  }

  #go(year) {
    if (year === undefined || year === this.state.year) return;
    this.state = { ...this.state, year };
    this.track.set(this.state);
    this.#show();
    this.calls.onYear(year);
  }

  #show() {
    const { years, year } = this.state;
    const some = years.length > 0;
    const action = actionOf(this.state);
    const step = stepOf(this.state);
    const { first, back, go, on, last } = this.buttons;
    this.year.textContent = some ? String(year) : "\u2013";
    dress(first, "first", `To the first year${some ? `, ${years[0]}` : ""}`, !some || year <= years[0]);
    dress(back, "back", "A year back", !some || year <= years[0]);
    dress(go, action.icon, action.help, action.waits, action.text);
    dress(on, "on", step.help, step.waits);
    dress(last, "last", `To the last year${some ? `, ${years.at(-1)}` : ""}`, !some || year >= years.at(-1));
    set(this.branch, {
      title: some ? `Try other policies from ${year} on, in a new run` : "There is no year to branch from yet",
      "aria-disabled": !some,
    });
    this.#tell();
  }

  #tell() {
    const { text, failed, share } = statusOf(this.state);
    if (this.text.textContent !== text) this.text.textContent = text;
    set(this.text, { class: ["timeline-text", failed && "timeline-failed"], title: text });
    this.bar.hidden = !isNumber(share);
    if (isNumber(share)) this.bar.value = share;
    this.others.textContent = this.state.branches
      .map((branch) => `${branch.name}: ${branch.state?.error || branch.state?.text || "begins"}`)
      .join("; ");
    const phase = this.state.live?.phase ?? "";
    if (phase !== this.phase) this.spoken.textContent = this.phase === undefined ? "" : text;
    this.phase = phase;
  }
}

/** A button stays focusable when there is nothing for it to do, so that focus is not lost. */
const usable = (element) => element.getAttribute("aria-disabled") !== "true";

function button(icon, click, kind) {
  const act = (event) => usable(event.currentTarget) && click();
  return el(
    "button",
    { type: "button", class: ["timeline-button", kind], on: { click: act } },
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })),
    kind && el("span", {}),
  );
}

function dress(element, icon, help, waits, text) {
  set(element, { title: help, "aria-label": text ? `${text}: ${help}` : help, "aria-disabled": waits });
  set(element.querySelector("path"), { d: ICONS[icon] });
  if (text) element.querySelector("span").textContent = text;
}
