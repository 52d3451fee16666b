(() => {
  "use strict";
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Sliders: one frame at a time, by hand or played.
  for (const figure of document.querySelectorAll("[data-slider]")) {
    const frames = [...figure.querySelectorAll(".frame")];
    const controls = figure.querySelector(".controls");
    const range = controls.querySelector("input");
    const label = controls.querySelector("output");
    const play = controls.querySelector("button");
    let timer = 0;
    const show = (index) => {
      frames.forEach((frame, k) => frame.classList.toggle("shown", k === index));
      label.textContent = frames[index].dataset.label;
      range.value = String(index);
      range.setAttribute("aria-valuetext", frames[index].dataset.label);
    };
    const stop = () => {
      window.clearInterval(timer);
      timer = 0;
      play.classList.remove("playing");
      play.setAttribute("aria-label", play.dataset.play);
    };
    const step = () => {
      const next = Number(range.value) + 1;
      show(next);
      if (next >= frames.length - 1) stop();
    };
    play.addEventListener("click", () => {
      if (timer) {
        stop();
        return;
      }
      if (Number(range.value) >= frames.length - 1) show(0);
      timer = window.setInterval(step, 700);
      play.classList.add("playing");
      play.setAttribute("aria-label", play.dataset.pause);
    });
    range.addEventListener("input", () => {
      stop();
      show(Number(range.value));
    });
    if (frames.length < 2) continue;
    play.hidden = calm;
    controls.hidden = false;
    figure.classList.add("live");
    show(Number(figure.dataset.start));
  }

  // Numbers: the row behind one, opened beside it; without this the link goes to the row.
  const note = document.getElementById("note");
  if (note && typeof note.showPopover === "function") {
    const body = note.querySelector(".note-body");
    const away = note.querySelector("a");
    const put = (link) => {
      const box = link.getBoundingClientRect();
      const width = note.offsetWidth;
      const left = Math.min(Math.max(box.left, 8), document.documentElement.clientWidth - width - 8);
      const below = box.bottom + 6;
      const fits = below + note.offsetHeight < window.innerHeight;
      note.style.left = `${Math.max(left, 8)}px`;
      note.style.top = `${fits ? below : Math.max(box.top - note.offsetHeight - 6, 8)}px`;
    };
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-note]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const row = document.getElementById(link.hash.slice(1));
      event.preventDefault();
      body.replaceChildren();
      for (const cell of row.querySelectorAll("[data-name]")) {
        const name = document.createElement("dt");
        const value = document.createElement("dd");
        name.textContent = cell.dataset.name;
        value.textContent = cell.textContent;
        body.append(name, value);
      }
      away.href = link.hash;
      note.showPopover();
      put(link);
      away.focus({ preventScroll: true });
    });
    away.addEventListener("click", () => note.hidePopover());
    window.addEventListener("scroll", () => {
      if (note.matches(":popover-open")) note.hidePopover();
    }, { passive: true });
  }

  // Contents: where the reader is.
  const links = [...document.querySelectorAll(".contents a")];
  const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (links.length && "IntersectionObserver" in window) {
    const mark = () => {
      let here = 0;
      parts.forEach((part, k) => {
        if (part && part.getBoundingClientRect().top < window.innerHeight * 0.4) here = k;
      });
      links.forEach((link, k) => {
        if (k === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    const watch = new IntersectionObserver(mark, { rootMargin: "-40% 0px -60% 0px" });
    parts.forEach((part) => part && watch.observe(part));
    mark();
  }
})();
