/**
 * Elements made from data, and numbers as a page writes them.
 *
 * Nothing here parses markup: text is always text. Styles are set through the object model, since
 * the page's security policy refuses style attributes.
 */

const SVG = "http://www.w3.org/2000/svg";
const MINUS = "\u2212";
const THIN = "\u202f";
const SPACE = "\u00a0";
/** What is written where there is no number. */
export const NO_VALUE = "\u2013";
/** Numbers of so many digits before the point are grouped; years are not. */
const GROUPED = 5;

/**
 * An HTML element.
 *
 * @param {string} tag name of the element
 * @param {Object} [attributes] by name; true is an attribute without a value, null, undefined and
 *   false leave it out, but of aria-* both are written. `on` holds listeners by event, `style` properties by CSS name (custom ones
 *   too), `data` the data-* attributes, `class` may be a list in which what is falsy is left out.
 * @param {...(Node|string|number|null|false|Array)} children nodes or text; lists are flattened,
 *   null, undefined and false are left out
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/**
 * An SVG element; arguments as those of {@link el}.
 *
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * Put other children into an element, in place of those that it has. Nodes that stay are not taken
 * out and put back: what is focused, held or open in them stays so.
 *
 * @param {Element} element
 * @param {...(Node|string|number|null|false|Array)} children as of {@link el}
 * @returns {Element} the element
 */
export function fill(element, ...children) {
  const wanted = nodes(children);
  const stay = new Set(wanted);
  for (const node of [...element.childNodes]) if (!stay.has(node)) node.remove();
  let next = element.firstChild;
  for (const node of wanted) {
    if (node === next) next = next.nextSibling;
    else element.insertBefore(node, next);
  }
  return element;
}

/**
 * The child of an element that goes by a name, or a new one: what is drawn into it can stay when
 * the rest of the element is filled anew.
 *
 * @param {Element} element
 * @param {string} name
 * @returns {HTMLElement} to be among what the element is filled with
 */
export function slot(element, name) {
  const held = [...element.children].find((child) => child.dataset.slot === name);
  return held ?? el("div", { data: { slot: name } });
}

/**
 * Set attributes of an element; arguments as those of {@link el}. What is false or null is removed.
 *
 * @returns {Element} the element
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) {
        element.addEventListener(event, listener);
      }
    } else if (name === "style") {
      for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name.startsWith("aria-") && typeof value === "boolean") {
      element.setAttribute(name, String(value));
    } else if (value === null || value === undefined || value === false) {
      element.removeAttribute(name);
    } else {
      const text = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
      element.setAttribute(name, text === true ? "" : String(text));
    }
  }
  return element;
}

function dress(element, attributes, children) {
  set(element, attributes);
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/**
 * Whether a value is a number that can be drawn; the server writes null where there is none.
 *
 * @param {*} value
 * @returns {boolean}
 */
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/**
 * Number with a few significant digits and no exponent; a dash where there is none. Digits before
 * the decimal point are never dropped; five or more of them are grouped.
 *
 * @param {number|null|undefined} value
 * @param {number} [digits] significant digits
 * @returns {string}
 */
export function number(value, digits = 3) {
  if (!isNumber(value)) return NO_VALUE;
  return withDecimals(value, decimalsOf(value, digits));
}

/**
 * As {@link number}, without zeros at the end of decimals: for ticks.
 *
 * @returns {string}
 */
export function short(value, digits = 3) {
  const text = number(value, digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/**
 * Number with as many decimals as it is told; a dash where there is none.
 *
 * @param {number|null|undefined} value
 * @param {number} decimals
 * @returns {string}
 */
export function withDecimals(value, decimals) {
  if (!isNumber(value)) return NO_VALUE;
  const text = Math.abs(value).toFixed(Math.min(decimals, 100));
  const [whole, rest] = text.split(".");
  const grouped = whole.length >= GROUPED ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const minus = value < 0 && Number(text) !== 0 ? MINUS : "";
  return minus + grouped + (rest === undefined ? "" : `.${rest}`);
}

/**
 * Change with its sign: with as many decimals as it is told, or else with three digits.
 *
 * @param {number|null|undefined} value
 * @param {number} [decimals]
 * @returns {string}
 */
export function signed(value, decimals) {
  const text = decimals === undefined ? number(value) : withDecimals(value, decimals);
  return isNumber(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/**
 * Share as a percentage; a dash where there is none.
 *
 * @param {number|null|undefined} share [1]
 * @param {number} [decimals]
 * @returns {string}
 */
export function percent(share, decimals = 1) {
  return isNumber(share) ? `${withDecimals(100 * share, decimals)}${SPACE}%` : NO_VALUE;
}

/**
 * Decimals that show a value with so many significant digits.
 *
 * @param {number} value
 * @param {number} digits
 * @returns {number}
 */
export function decimalsOf(value, digits) {
  if (value === 0) return 0;
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  return Math.max(0, digits - 1 - exponent);
}
