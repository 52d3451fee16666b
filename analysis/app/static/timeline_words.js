/** What the buttons of the timeline do and say, and how far the simulation is, in words. */

import { NO_VALUE, isNumber, percent } from "./dom.js";

/**
 * What Go does now.
 *
 * @param {Object} state as {@link Timeline#set} takes it
 * @returns {{text: string, icon: string, help: string, stops: boolean, waits: boolean}} `stops`:
 *   it ends what it began; `waits`: nothing can be done now
 */
export function actionOf({ live, playing, finished, years, until, end, year }) {
  const phase = live?.phase;
  const go = (text, help, waits = false) => ({ text, icon: "go", help, stops: false, waits });
  const stop = (text, help, waits = false) => ({ text, icon: "pause", help, stops: true, waits });
  if (phase === "running") return stop("Pause", "stop after the year in hand");
  if (phase === "pausing") return stop("Pausing", "the year in hand is finished first", true);
  if (playing) return stop("Pause", "stay at this year");
  if (phase === "preparing" || phase === "queued") return go("Go", "the simulation is being prepared", true);
  if (finished || phase === "finished") return go("Play", "show one year after the other", years.length < 2);
  if (phase === "ready") return go("Go", `${year < until ? "show the years, then simulate" : "simulate"} on to ${end}`);
  return go("Resume", `simulate on from ${until ?? "the start"} to ${end}`);
}

/**
 * What the button of the next year does now.
 *
 * @param {Object} state as {@link Timeline#set} takes it
 * @returns {{help: string, waits: boolean}}
 */
export function stepOf({ live, years, until, end, year }) {
  if (years.some((t) => t > year)) return { help: "A year on", waits: false };
  if (live?.phase === "ready" && until < end) return { help: `Simulate ${until + 1}`, waits: false };
  return { help: "There is no later year", waits: true };
}

/**
 * How far the simulation is, or why it is not going on.
 *
 * @param {Object} state as {@link Timeline#set} takes it
 * @returns {{text: string, failed: boolean, share: number|null}} share of what is being done [1]
 */
export function statusOf({ live, finished, years, until, end }) {
  const shown = (text, share = null, failed = false) => ({ text, share, failed });
  if (!live || live.phase === "closed") {
    if (finished) return shown(`Finished: ${years[0] ?? NO_VALUE}\u2013${until ?? end}`);
    return shown(years.length ? `Stopped at ${until} of ${end}; Resume goes on` : "No year is there yet");
  }
  const left = isNumber(live.seconds_left) ? `, ${duration(live.seconds_left)} left` : "";
  const said = live.text || live.phase;
  if (live.phase === "failed") return shown(live.error || said, null, true);
  if (live.phase === "finished") return shown(said);
  const share = isNumber(live.share) ? live.share : null;
  const far = live.phase === "preparing" && share !== null ? ` ${percent(share, 0)}` : "";
  return shown(said + far + left, live.phase === "ready" ? null : share);
}

/**
 * A time in the largest unit that tells it.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
