/**
 * Where a map looks: `{x, y, zoom}`, the place in the middle of the view in cells (x to the right,
 * y down, cell (0, 0) from 0 to 1) and CSS pixels a cell. Maps of one grid that have the same
 * camera show the same places at the same size.
 *
 * A view is `{width, height}` in CSS pixels; a grid is `{rows, cols}`.
 *
 * @typedef {{x: number, y: number, zoom: number}} Camera
 * @typedef {{width: number, height: number}} ViewSize
 * @typedef {{rows: number, cols: number}} GridSize
 */

/** CSS pixels a cell at the closest, unless the whole grid is shown larger than that. */
const CLOSEST = 96;
/** What a view of the whole grid leaves free on each side, CSS pixels. */
const MARGIN = 8;

/**
 * Camera that shows the whole grid.
 *
 * @param {GridSize} grid
 * @param {ViewSize} view
 * @returns {Camera}
 */
export function fitCamera(grid, view) {
  const zoom = Math.min(room(view.width) / grid.cols, room(view.height) / grid.rows);
  return { x: grid.cols / 2, y: grid.rows / 2, zoom };
}

/**
 * The nearest camera that a map may have: its middle is in the grid, it is not too close nor so far
 * that the grid is lost in the view.
 *
 * @param {Camera} camera
 * @param {GridSize} grid
 * @param {ViewSize} view
 * @returns {Camera}
 */
export function clampCamera(camera, grid, view) {
  const fit = fitCamera(grid, view).zoom;
  return {
    x: clamp(camera.x, 0, grid.cols),
    y: clamp(camera.y, 0, grid.rows),
    zoom: clamp(camera.zoom, Math.min(fit, 1) / 2, Math.max(CLOSEST, 4 * fit)),
  };
}

/**
 * Camera after zooming about a point of the view, where the same place stays.
 *
 * @param {Camera} camera
 * @param {ViewSize} view
 * @param {[number, number]} point from the left and top of the view, CSS pixels
 * @param {number} zoom wanted, CSS pixels a cell
 * @returns {Camera}
 */
export function zoomAbout(camera, view, point, zoom) {
  const [x, y] = toCell(camera, view, point);
  const [right, down] = [point[0] - view.width / 2, point[1] - view.height / 2];
  return { x: x - right / zoom, y: y - down / zoom, zoom };
}

/**
 * Camera after what is shown was moved.
 *
 * @param {Camera} camera
 * @param {number} right CSS pixels
 * @param {number} down CSS pixels
 * @returns {Camera}
 */
export function moved(camera, right, down) {
  return { ...camera, x: camera.x - right / camera.zoom, y: camera.y - down / camera.zoom };
}

/**
 * Camera with a place in view, moved no more than needed.
 *
 * @param {Camera} camera
 * @param {ViewSize} view
 * @param {[number, number]} place x and y, cells
 * @param {number} [border] CSS pixels between the place and the sides of the view
 * @returns {Camera}
 */
export function withInView(camera, view, place, border = 32) {
  const [right, down] = toPoint(camera, view, place);
  const into = (at, size) => clamp(at, Math.min(border, size / 2), Math.max(size - border, size / 2)) - at;
  return moved(camera, into(right, view.width), into(down, view.height));
}

/** Place, x and y in cells, at a point of the view, CSS pixels. */
export function toCell(camera, view, [right, down]) {
  return [
    camera.x + (right - view.width / 2) / camera.zoom,
    camera.y + (down - view.height / 2) / camera.zoom,
  ];
}

/** Point of the view, CSS pixels, of a place, x and y in cells. */
export function toPoint(camera, view, [x, y]) {
  return [
    view.width / 2 + (x - camera.x) * camera.zoom,
    view.height / 2 + (y - camera.y) * camera.zoom,
  ];
}

/**
 * Let maps of one grid move together: they look where the first of them looks, and what the reader
 * does in one, the others follow.
 *
 * @param {import("./map.js").MapView[]} maps
 * @returns {() => void} ends it
 */
export function linkCameras(maps) {
  const camera = maps[0]?.camera;
  if (camera) for (const other of maps.slice(1)) other.camera = camera;
  const ends = maps.map((map) =>
    map.onMove((next) => {
      for (const other of maps) if (other !== map) other.camera = next;
    }));
  return () => ends.forEach((end) => end());
}

function room(size) {
  return Math.max(size - 2 * MARGIN, 1);
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
