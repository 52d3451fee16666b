/** What a reader sees of a page, in numbers. */

const all = (selector) => [...document.querySelectorAll(selector)];

/**
 * Pieces of text that cover one another or leave the page. A piece is a line of a text node; what is
 * hidden from the eye is left out.
 */
export function overlaps() {
  const pieces = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest(".unseen, title, [hidden]")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width > 1 && box.height > 1) pieces.push({ node, text: node.data, box });
    }
  }
  const over = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  const found = [];
  pieces.forEach((a, k) => {
    if (a.box.left < -1 || a.box.right > innerWidth + 1) found.push(`outside: ${a.text}`);
    for (const b of pieces.slice(k + 1)) {
      if (a.node !== b.node && over(a.box, b.box)) found.push(`${a.text} | ${b.text}`);
    }
  });
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  return found;
}

/** Contrast of text and ground of elements: WCAG 2.2, "contrast ratio" and "relative luminance". */
export function contrasts(selector) {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return all(selector).map((element) => {
    const { color, backgroundColor } = getComputedStyle(element);
    const [one, other] = [light(color), light(backgroundColor)].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  });
}

/** Rows of a chart of bars: kind, text and where the bar is. [px] */
export function rows(chart) {
  return all(`#${chart} .bar-row`).map((row) => {
    const { left, right } = row.querySelector(".bar-fill").getBoundingClientRect();
    return { kind: row.className, left, right, text: row.querySelector(".bar-text").textContent };
  });
}

/** Lower edges of what is tinted above a limit, and places of the numbers of the axis. [px] */
export function limits(chart) {
  const edge = (area) => Number(area.getAttribute("y")) + Number(area.getAttribute("height"));
  const ticks = all(`#${chart} .chart-tick`).map((t) => [t.textContent, Number(t.getAttribute("y"))]);
  return { edges: all(`#${chart} .chart-over`).map(edge), ticks: Object.fromEntries(ticks) };
}

/** Width of what matches a selector. [px] */
export const wide = (selector) => document.querySelector(selector).getBoundingClientRect().width;

/** How many nodes are taken out when an element is filled anew, some of whose nodes stay. */
export async function refilled({ el, fill, slot }) {
  const box = el("div", {}, el("p", {}, "old"));
  const first = slot(box, "chart");
  fill(box, "words", first);
  let removed = 0;
  const count = (changes) => changes.forEach((change) => (removed += change.removedNodes.length));
  new MutationObserver(count).observe(box, { childList: true });
  const again = slot(box, "chart");
  fill(box, el("p", {}, "new"), again, "more");
  await new Promise((done) => setTimeout(done, 0));
  return [again === first, removed, box.textContent];
}
