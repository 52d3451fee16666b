/** Runs that are being computed: what they tell of themselves, and what they are told. */

import { ApiError, get, Latest, NO_ANSWER, post } from "./api.js";
import { complain } from "./notices.js";
import { listenToEvents } from "./stream.js";

export class Jobs {
  #states = new Map();
  #listeners = new Set();
  #asking = new Latest();
  #heard = new Set(); // runs that were told of since how all stands was asked
  #lost = false;

  constructor() {
    listenToEvents({
      news: (states) => this.#hear(states),
      opened: () => this.#ask(),
      lost: () => this.#lose(new ApiError({ what: NO_ANSWER })),
    });
  }

  /** State of the job that computes a run; null if there is none. */
  of(run) {
    return this.#states.get(run) ?? null;
  }

  /** All jobs, by the name of their run. */
  get all() {
    return [...this.#states];
  }

  /**
   * Hear of every change of a job.
   * @param {(run: string, state: object) => void} listener
   * @returns {() => void} ends it
   */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begin a job; gives the name of its run. */
  async begin(body) {
    return (await post("jobs", body)).name;
  }

  /** Tell a job to step, go, pause or close. */
  tell(run, command, body = {}) {
    return post(`jobs/${encodeURIComponent(run)}/${command}`, body);
  }

  /** Ask how all jobs stand; it may be another program by now, with none of those before. */
  async #ask() {
    this.#heard.clear();
    try {
      const states = await this.#asking.ask((signal) => get("jobs", {}, signal));
      if (!states) return; // asked once more meanwhile
      this.#lost = false;
      for (const run of this.#states.keys()) if (!(run in states) && !this.#heard.has(run)) this.#states.delete(run);
      this.#take(Object.entries(states).filter(([run]) => !this.#heard.has(run)));
    } catch (error) {
      this.#lose(error);
    }
  }

  #hear(states) {
    for (const run of Object.keys(states)) this.#heard.add(run);
    this.#take(Object.entries(states));
  }

  #take(states) {
    for (const [run, state] of states) {
      this.#states.set(run, state);
      for (const listener of [...this.#listeners]) listener(run, state);
    }
  }

  #lose(error) {
    if (!this.#lost) complain(error);
    this.#lost = true;
  }
}
