/** The view as a link, as a line of Python and as a command. */

import { el } from "./dom.js";

/** Dialog with ways to come back to what is shown, or to take it elsewhere. */
export function shareDialog(cursor, info) {
  const [metal, layer, year, depth] = ["metal", "layer", "year", "depth"].map((key) => cursor.get(key));
  const place = cursor.cell;
  const python = [
    "from analysis.maps import layer_map", "from analysis.runs import open_run",
    `layer_map(open_run(${JSON.stringify(info.path)}), ${JSON.stringify(layer)}, ${JSON.stringify(metal)}, ${year}, ${depth}).savefig("map.png")`,
  ].join("\n");
  const commands = [
    place ? `metalscape inspect ${quoted(info.path)} --cell ${place[0]},${place[1]} --metal ${metal}` : null,
    `metalscape export ${quoted(info.path)} --geotiff --metal ${metal}`,
  ].filter(Boolean).join("\n");
  return el("dialog", { class: "dialog", "aria-label": "Share" },
    el("h2", {}, "Share what is shown"),
    entry("Link", location.href, "The address of the page says all that is shown: bookmark it, or send it to somebody who has the same run."),
    entry("Python", python, "The map as a figure, for a notebook."),
    entry("Commands", commands, "Files for QGIS, and the cell as text."),
    el("form", { method: "dialog", class: "actions" }, el("button", { class: "primary" }, "Close")));
}

function entry(name, text, note) {
  const area = el("textarea", { readonly: true, rows: text.split("\n").length, "aria-label": name, on: { focus: (event) => event.target.select() } });
  area.value = text;
  const button = el("button", { type: "button", on: { click: () => copy(area, button) } }, "Copy");
  return el("section", { class: "entry" }, el("h3", {}, name), el("p", { class: "muted" }, note), area, button);
}

async function copy(area, button) {
  area.select();
  await navigator.clipboard.writeText(area.value);
  button.textContent = "Copied";
}

/** Text as a shell takes it. */
function quoted(text) {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
