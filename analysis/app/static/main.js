/** Begins the page: the list of runs and scenarios, or the run that the URL names. */

import { fill } from "./dom.js";
import { Home } from "./home.js";
import { Jobs } from "./jobs.js";
import { attempt } from "./notices.js";
import { Cursor } from "./store.js";
import { followTheme } from "./theme.js";
import { Viewer } from "./viewer.js";

followTheme();
const page = document.getElementById("page");
const cursor = new Cursor();
const jobs = new Jobs();
let shown = null;

/** Show what the cursor names, in place of what was shown. */
async function show() {
  shown?.close();
  shown = null;
  fill(page);
  const run = cursor.get("run");
  if (!run) {
    shown = new Home(page, cursor, jobs);
    return;
  }
  const viewer = new Viewer(page, cursor, jobs, run);
  shown = viewer;
  await attempt(viewer.open());
}

cursor.listen(["run"], show);
show();
