/** Sources and parcels one after the other, for those who walk through them with a key. */

import { get, ofRun } from "./api.js";

/**
 * The source after or before the selected one, of those that emit the metal: the nearest to the selected
 * cell first, or else the one that emits most.
 * @param {import("./store.js").Cursor} cursor
 * @param {string} run
 * @param {1|-1} by
 * @returns {Promise<{changes?: object, at?: {x: number, y: number}, text: string}>} for the cursor, where that is [cells], and what
 *   was found; only the text if there is none
 */
export async function nextStack(cursor, run, by) {
  const [metal, year, cell] = [cursor.get("metal"), cursor.get("year"), cursor.cell];
  const all = (await get(ofRun(run, "stacks"), { metal, year })).filter((stack) => stack.on);
  if (!all.length) return { text: `No source of the map emits ${metal} in ${year}.` };
  const far = ({ x, y }) => Math.hypot(x - cell[1] - 0.5, y - cell[0] - 0.5);
  const stacks = all.sort(cell ? (a, b) => far(a) - far(b) : (a, b) => b.kg - a.kg);
  const at = after(stacks.map((stack) => stack.id), cursor.get("stack"), by);
  const order = cell ? "the nearest first" : "the one that emits most first";
  return {
    changes: { stack: stacks[at].id, parcel: "" }, at: stacks[at],
    text: `Source ${at + 1} of ${stacks.length} that emit ${metal}, ${order}: ${stacks[at].name}`,
  };
}

/** The parcel after or before the selected one, of those in the selected cell: the one that covers most first. */
export async function nextParcel(cursor, run, by) {
  if (!cursor.cell) return { text: "Choose a cell first: P walks through its parcels." };
  const [row, col] = cursor.cell;
  const { parcels } = await get(ofRun(run, "cell", "land"), { row, col, metal: cursor.get("metal"), year: cursor.get("year") });
  if (!parcels.length) return { text: "No parcel lies in this cell." };
  const at = after(parcels.map((parcel) => String(parcel.id)), cursor.get("parcel"), by);
  return {
    changes: { parcel: parcels[at].id, stack: "" },
    text: `Parcel ${at + 1} of ${parcels.length} of the cell, the largest part first: ${parcels[at].class}`,
  };
}

/** Place after or before that of an id, round and round; the first or the last where it is not there. */
function after(ids, id, by) {
  const at = ids.indexOf(id);
  if (at < 0) return by > 0 ? 0 : ids.length - 1;
  return (at + by + ids.length) % ids.length;
}
