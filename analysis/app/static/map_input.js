/** What the reader does with pointer, wheel and keys over a map, told as what it means. */

/** How far a pointer may stray in a click, CSS pixels. */
const STRAY = { mouse: 4, pen: 6, touch: 10 };
/** Two clicks so close in time [ms] are a double click. */
const DOUBLE = 350;
/** Zoom of one pixel of the wheel, as an exponent; trackpads send pinches as small steps. */
const WHEEL = 0.0015;
const PINCH = 0.01;
/** Pixels in one line that a wheel counts, and the most that one event may count for. */
const LINE = 16;
const MOST = 300;
/** Zoom of a double click and of a key. */
export const STEP = 2;
/** Pan of a key, CSS pixels. */
const PAN = 80;

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Listen to the pointer over an element. Points are from its left and top, CSS pixels.
 *
 * @param {HTMLElement} element
 * @param {object} actions
 * @param {(point: [number, number], touch: boolean) => void} actions.tap a click that was no drag
 * @param {(right: number, down: number) => void} actions.drag CSS pixels
 * @param {(point: [number, number], factor: number) => void} actions.zoom about a point
 * @param {(point: [number, number]|null) => void} actions.hover null when the pointer has left
 * @param {AbortSignal} signal ends it
 */
export function listenToPointer(element, actions, signal) {
  const down = new Map(); // point of each finger or button that is down, by id
  let dragged = false;
  let start = null;
  let last = { time: -Infinity, point: [0, 0] };
  const listen = (kind, listener, options) =>
    element.addEventListener(kind, listener, { signal, ...options });

  listen("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, pointOf(event));
    if (down.size === 1) [dragged, start] = [false, pointOf(event)];
    else dragged = true; // two fingers never click
  });

  listen("pointermove", (event) => {
    const point = pointOf(event);
    if (!down.has(event.pointerId)) {
      if (event.pointerType !== "touch") actions.hover(point);
      return;
    }
    if (!dragged && distance(start, point) <= stray(event)) return;
    if (!dragged) {
      dragged = true;
      element.classList.add("dragging");
      actions.hover(null);
    }
    const before = [...down.values()];
    down.set(event.pointerId, point);
    const after = [...down.values()];
    const [from, to] = [middle(before), middle(after)];
    actions.drag(to[0] - from[0], to[1] - from[1]);
    if (after.length === 2 && distance(...before) > 0) {
      actions.zoom(to, distance(...after) / distance(...before));
    }
  });

  const up = (event) => {
    if (!down.delete(event.pointerId) || down.size > 0) return;
    element.classList.remove("dragging");
    const point = pointOf(event);
    if (event.type === "pointercancel" || dragged) return;
    const twice = event.timeStamp - last.time < DOUBLE && distance(last.point, point) <= 2 * stray(event);
    last = { time: twice ? -Infinity : event.timeStamp, point };
    if (twice) actions.zoom(point, STEP);
    else actions.tap(point, event.pointerType === "touch");
  };
  listen("pointerup", up);
  listen("pointercancel", up);
  listen("pointerleave", () => actions.hover(null));
  listen("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1);
    const limited = Math.min(Math.max(pixels, -MOST), MOST);
    actions.zoom(pointOf(event), Math.exp(-limited * (event.ctrlKey ? PINCH : WHEEL)));
  }, { passive: false });
}

/**
 * Listen to keys while an element has the focus; those that it takes go no further.
 *
 * @param {HTMLElement} element
 * @param {object} actions
 * @param {(rows: number, cols: number) => void} actions.step move the selected cell
 * @param {(right: number, down: number) => void} actions.drag CSS pixels
 * @param {(factor: number) => void} actions.zoom about the middle
 * @param {() => void} actions.fit
 * @param {() => void} actions.open
 * @param {AbortSignal} signal ends it
 */
export function listenToMapKeys(element, actions, signal) {
  const act = (event) => {
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) actions.drag(-PAN * arrow[1], -PAN * arrow[0]);
    else if (arrow) actions.step(...arrow);
    else if (event.key === "+" || event.key === "=") actions.zoom(STEP);
    else if (event.key === "-") actions.zoom(1 / STEP);
    else if (event.key === "0") actions.fit();
    else if (event.key === "Enter") actions.open();
    else return false;
    return true;
  };
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !act(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
}

function pointOf(event) {
  return [event.offsetX, event.offsetY];
}

function stray(event) {
  return STRAY[event.pointerType] ?? STRAY.mouse;
}

function distance([x, y], [otherX, otherY]) {
  return Math.hypot(x - otherX, y - otherY);
}

function middle(points) {
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  return [mean(0), mean(1)];
}
