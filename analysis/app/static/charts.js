/** All charts: each is a function of an element and what to draw into it. */

export { shareBars, waterfall } from "./bars.js";
export { lineChart } from "./line_chart.js";
export { neighbours } from "./neighbours.js";
export { profile } from "./profile.js";
export { stackedBars } from "./stacked_bars.js";
