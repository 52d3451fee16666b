/** Questions to the server, and its answers or its errors in words. */

/** Said when nothing comes back. */
export const NO_ANSWER = "The program does not answer. Is it still running in the terminal?";

/** An answer that says in words what is wrong. */
export class ApiError extends Error {
  /** @param {{what: string, problems?: {where: string, what: string, rule: string, fix: string}[]}} error */
  constructor(error) {
    super(error.what);
    this.problems = error.problems ?? [];
  }
}

/** Address of a question; parameters that are null or empty are left out. */
export function address(path, parameters = {}) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(kept).toString();
  return `/api/${path}${text ? `?${text}` : ""}`;
}

/** Path of a run, or of a part of it. */
export function ofRun(run, ...parts) {
  return ["runs", run, ...parts].map(encodeURIComponent).join("/");
}

/** Ask for JSON. */
export async function get(path, parameters, signal) {
  return read(await ask(address(path, parameters), { signal }));
}

/** Tell the server to do something. */
export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-Metalscape": "1" };
  return read(await ask(address(path), { method: "POST", headers, body: JSON.stringify(body) }));
}

async function ask(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ what: NO_ANSWER });
  }
}

async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new ApiError(answer.error ?? { what: `The program answered ${response.status}.` });
}

/** Asks again and again, and gives the last answer only: earlier ones are called off. */
export class Latest {
  #controller = new AbortController();

  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} question
   * @returns {Promise<T | undefined>} undefined if there was a later one
   */
  async ask(question) {
    this.#controller.abort();
    const own = (this.#controller = new AbortController());
    try {
      const answer = await question(own.signal);
      return own.signal.aborted ? undefined : answer;
    } catch (error) {
      if (own.signal.aborted) return undefined;
      throw error;
    }
  }
}
