/** Runs that are being computed: what they tell of themselves, and what they are told. */

import { ApiError, NO_ANSWER, post } from "./api.js";
import { complain } from "./notices.js";

export class Jobs {
  #states = new Map();
  #listeners = new Set();

  constructor() {
    const stream = new EventSource("/api/events");
    let lost = false;
    stream.addEventListener("message", (message) => this.#take(JSON.parse(message.data)));
    stream.addEventListener("open", () => {
      lost = false;
      this.#states.clear(); // it may be another program by now; it tells of its own
    });
    stream.addEventListener("error", () => {
      if (!lost) complain(new ApiError({ what: NO_ANSWER }));
      lost = true;
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

  #take(states) {
    for (const [run, state] of Object.entries(states)) {
      this.#states.set(run, state);
      for (const listener of [...this.#listeners]) listener(run, state);
    }
  }
}
