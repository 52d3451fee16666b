/** What the timeline shows, from the run, the cursor and the job. */

/**
 * @param {object} info the run
 * @param {import("./store.js").Cursor} cursor
 * @param {object|null} live state of the job that computes it
 * @param {boolean} playing whether the page walks through the years
 * @param {{name: string, years: number[], over_share: number[]}[]} overviews
 * @param {[string, object|null][]} branches jobs of branches that are being computed
 */
export function timelineData(info, cursor, live, playing, overviews, branches) {
  return {
    years: info.years,
    until: info.years.at(-1),
    end: info.end,
    year: cursor.number("year"),
    live,
    playing,
    finished: info.finished,
    spark: overviews.map((one) => ({ name: one.name, years: one.years, values: one.over_share.map((v) => (v === null ? null : 100 * v)) })),
    unit: `% of the land with a limit of ${cursor.get("metal")} is at or above it`,
    marks: info.events,
    branches: branches.map(([run, state]) => ({ name: run, state })),
  };
}
