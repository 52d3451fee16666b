"""What is measured inside the page, in its own language: when an event came, and what is seen."""

from __future__ import annotations

from typing import Final

#: Runs before the page: notes the time of the last event, and of the last picture on a canvas.
BEGIN: Final = """
const everything = { subtree: true, childList: true, characterData: true };
window.speed = {
  event: 0, picture: 0, newest: 0, told: 0, shown: 0, said: [], pending: null,
  /** Time from the last event to the frame after something is seen. [ms] */
  until(seen) {
    const begin = performance.now();
    return new Promise((done) => {
      const look = () => {
        if (this.event < begin || !seen()) return false;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => {
          this.shown = performance.now() - this.event;
          done(this.shown);
        }));
        return true;
      };
      const watch = new MutationObserver(look);
      watch.observe(document, { ...everything, attributes: true });
    });
  },
  label: () => document.querySelector(".sheet-map canvas")?.ariaLabel ?? "",
  side: (selector) => document.querySelector(`.side ${selector}`),
  watch() {
    const note = () => {
      const text = document.querySelector(".map-note")?.textContent;
      if (text && !this.said.includes(text)) this.said.push(text);
    };
    new MutationObserver(note).observe(document, everything);
  },
  frames() {
    this.times = [];
    const frame = (now) => {
      this.times?.push(now);
      if (this.times) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  },
  gaps() {
    const times = this.times;
    this.times = null;
    return times.slice(1).map((time, k) => time - times[k]);
  },
};
for (const kind of ["pointerup", "keydown", "pointermove", "change"]) {
  addEventListener(kind, (event) => { window.speed.event = event.timeStamp; }, { capture: true });
}
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
  window.speed.picture = performance.now();
  return draw.call(this, image, ...rest);
};
const Stream = window.EventSource;
window.EventSource = class extends Stream {
  constructor(...rest) {
    super(...rest);
    this.addEventListener("message", ({ data }) => {
      const year = Math.max(...Object.values(JSON.parse(data)).map((state) => state.year ?? 0));
      if (year <= window.speed.newest) return;
      Object.assign(window.speed, { newest: year, told: performance.now() - window.speed.event });
    });
  }
};
"""

#: What is waited for: functions of the page that are called before the event.
MEASURES: Final = {
    # from the beginning of the page to the first picture of the map, and all words around it
    "opened": """() => new Promise((done) => {
        const { speed } = window;
        const look = () => (speed.picture && document.querySelector(".legend .scale-title")
          ? setTimeout(() => done(speed.picture)) : requestAnimationFrame(look));
        look();
    })""",
    # the label of the canvas changes when the picture is drawn, in the same task
    "year": "(year) => window.speed.until(() => window.speed.label().includes(`, ${year}`))",
    "metal": "(metal) => window.speed.until(() => window.speed.label().includes(`, ${metal},`))",
    # of one click: how the cell stands with the chart of the open tab; why it stands so
    "cell": """([chart]) => {
        const { speed } = window;
        const title = () => speed.side("h2")?.firstChild.data;
        const [old, sentence] = [title(), speed.side("#why p")];
        let drawn = false;
        const inside = ({ target }) => target.closest?.(`[data-slot=${chart}]`);
        new MutationObserver((all, self) => {
          if (title() === old || !all.some(inside)) return;
          drawn = true;
          self.disconnect();
        }).observe(document, { subtree: true, childList: true, attributes: true });
        const shown = () => title() !== old && speed.side(".standing");
        const [one, other] = [speed.until(() => shown() && drawn),
          speed.until(() => shown() && speed.side("#why p") && speed.side("#why p") !== sentence)];
        return Promise.all([one, other]).then(([chart, why]) => ({ chart, why }));
    }""",
    # words are put there anew, even if they are the same
    "words": """() => {
        const words = document.querySelector(".map-words");
        let put = false;
        new MutationObserver((all, self) => {
          put = window.speed.event > begin && !words.hidden && words.textContent !== "";
          if (put) self.disconnect();
        }).observe(words, { childList: true });
        const begin = performance.now();
        return window.speed.until(() => put);
    }""",
}
