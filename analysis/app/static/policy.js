/** Trying a policy: what is chosen, what that means in words, and from which year. */

import { get, Latest, post } from "./api.js";
import { el, fill, number } from "./dom.js";
import { attempt } from "./notices.js";

const NOTHING = "Choose at least one policy, move a lever, or close a source.";
const WAIT = 250; // ms after the last change before the plan is looked at

/**
 * Dialog in which policies and levers are set.
 * @param {object} info the run that is branched from
 * @param {number} at first year under the plan
 * @param {string} stack id of the source that is selected, to be closed if so wished; or ""
 * @param {(body: {at: number, plan: object}) => Promise<string|undefined>} begin
 */
export function policyDialog(info, at, stack, begin) {
  const chosen = { choices: new Map(), levers: new Map(), close: new Set() };
  const asking = new Latest();
  let timer = null;
  const sentence = el("p", { class: "sentence", role: "status" }, NOTHING);
  const problems = el("ul", { class: "problems" });
  const remark = el("p", { class: "muted small" });
  const submit = el("button", { type: "submit", class: "primary", disabled: true }, `Run from ${at}`);
  const list = el("div", { class: "library" }, "Reading the library \u2026");
  const dialog = el("dialog", { class: "dialog wide", "aria-label": "Try a policy" },
    el("h2", {}, `Try a policy from ${at}`),
    el("p", { class: "muted" }, `What you choose begins in ${at}; the years before stay those of ${info.name}. The branch is computed beside this page; when it is finished both are shown side by side.`),
    list, remark, sentence, problems,
    el("form", { class: "actions", on: { submit: (event) => start(event) } },
      submit, el("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel")));

  const plan = () => ({
    choices: [...chosen.choices].map(([policy, values]) => ({ policy, ...values })),
    levers: Object.fromEntries(chosen.levers),
    close: [...chosen.close],
  });

  const changed = () => {
    submit.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(() => attempt(look()), WAIT);
  };

  const look = async () => {
    if (!chosen.choices.size && !chosen.levers.size && !chosen.close.size) {
      sentence.textContent = NOTHING;
      fill(problems);
      return;
    }
    const found = await asking.ask(() => post("plan", { run: info.name, at, plan: plan() }));
    if (!found) return;
    sentence.textContent = found.sentence;
    fill(problems, found.problems.map((p) => el("li", {}, typeof p === "string" ? p : `${p.where}: ${p.what}. ${p.rule}. ${p.fix}`)));
    submit.disabled = found.problems.length > 0;
  };

  const start = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    if (await begin({ at, plan: plan() })) dialog.close();
    else submit.disabled = false;
  };

  attempt(get("library", { run: info.name, at })).then((library) => {
    if (!library) return;
    fill(list,
      el("section", {}, el("h3", {}, "Policies"), library.policies.map((policy) => policyRow(policy, chosen.choices, changed))),
      el("section", {},
        library.levers.length ? [el("h3", {}, "Levers"), library.levers.map((lever) => leverRow(lever, chosen.levers, changed))] : null,
        library.sources.length ? closing(library.sources, stack, chosen.close, changed) : null));
    fill(remark, library.cost_remark, " No cost is stated for levers and for sources that are closed here.");
  });
  return dialog;
}

function policyRow(policy, choices, changed) {
  const values = { strength: 1, compliance: 1 };
  const sliders = el("div", { class: "sliders", hidden: true },
    slider("Strength, 1 = as described", 0, 1, 0.05, 1, (value) => { values.strength = value; changed(); }),
    slider("Compliance, share who follow", 0, 1, 0.05, 1, (value) => { values.compliance = value; changed(); }));
  const box = el("input", {
    type: "checkbox", id: `policy-${policy.name}`, on: {
      change: () => {
        if (box.checked) choices.set(policy.name, values);
        else choices.delete(policy.name);
        sliders.hidden = !box.checked;
        changed();
      },
    },
  });
  return el("article", { class: "policy" },
    el("label", {}, box, el("strong", {}, policy.title)), el("p", { class: "muted" }, policy.description),
    el("p", {}, policy.cost ? `Stated cost at full reach: ${policy.cost}.` : "No cost is stated."),
    policy.acts.length ? el("details", {}, el("summary", {}, `${policy.acts.length} interventions`),
      el("ul", {}, policy.acts.map(([name, kind, cost]) => el("li", {}, name, el("span", { class: "muted" }, ` ${kind}; ${cost || "no cost stated"}`))))) : null,
    sliders);
}

function leverRow(lever, levers, changed) {
  const put = (value) => {
    if (value === lever.default) levers.delete(lever.key);
    else levers.set(lever.key, value);
    changed();
  };
  const input = lever.options
    ? el("label", { class: "inline" }, lever.title, " ", el("select", { id: `lever-${lever.key}`, on: { change: (event) => put(event.target.value) } },
      lever.options.map(([value, text]) => el("option", { value, selected: value === lever.default }, text))))
    : slider(`${lever.title}${lever.unit ? `, ${lever.unit}` : ""}`, lever.low, lever.high, lever.step ?? (lever.high - lever.low) / 20, lever.default, put);
  return el("article", { class: "lever" }, input, el("p", { class: "muted" }, lever.help));
}

/** Sources that can be closed; the selected one comes first. */
function closing(sources, stack, close, changed) {
  const order = [...sources].sort((a, b) => (b.id === stack) - (a.id === stack));
  return el("details", { open: sources.some((source) => source.id === stack) }, el("summary", {}, "Close sources"),
    el("ul", { class: "plain" }, order.map((source) => {
      const box = el("input", { type: "checkbox", on: { change: () => { close[box.checked ? "add" : "delete"](source.id); changed(); } } });
      return el("li", {}, el("label", { class: "toggle" }, box, source.name, el("span", { class: "muted" }, source.sector)));
    })));
}

function slider(name, low, high, step, value, put) {
  const shown = el("output", {}, number(value));
  const input = el("input", {
    type: "range", min: low, max: high, step, "aria-label": name,
    on: { input: () => { shown.textContent = number(Number(input.value)); put(Number(input.value)); } },
  });
  input.value = value;
  return el("label", { class: "slider" }, el("span", {}, name), input, shown);
}
