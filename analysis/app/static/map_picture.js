/** Pictures of a map as they come: in order, and none of them waited for in vain. */

/** So long the next picture waits for the one that is on its way [ms]. */
const PATIENCE = 400;

export class Pictures {
  #asked = 0; // number of the newest that was asked for
  #given = 0; // and of the newest that has come
  #loading = Promise.resolve();
  #since = -Infinity;

  /**
   * Ask for a picture. One is loaded at a time, unless it takes long; of those that are asked for
   * meanwhile only the last is loaded. So the map follows a slider as fast as pictures come.
   *
   * @param {string} url
   * @returns {Promise<{picture: ImageBitmap|null, last: boolean}|null>} null if it is not to be
   *   shown, since a later one was asked for or has come; the picture is null if there is none;
   *   last: no other is on its way
   */
  async load(url) {
    const asked = ++this.#asked;
    await Promise.race([this.#loading, pause(this.#since + PATIENCE - performance.now())]);
    if (asked !== this.#asked) return null;
    const loading = decode(url).catch(() => null);
    [this.#loading, this.#since] = [loading, performance.now()];
    const picture = await loading;
    if (asked < this.#given) {
      picture?.close();
      return null;
    }
    this.#given = asked;
    return { picture, last: asked === this.#asked };
  }

  /** What still comes is not to be shown. */
  stop() {
    this.#given = Infinity;
  }
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

async function decode(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return createImageBitmap(image);
}
