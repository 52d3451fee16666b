/** Light and dark: as the system says, or as the reader chose. */

const KEY = "metalscape-theme";
const SYSTEM = matchMedia("(prefers-color-scheme: dark)");

/** Apply what the reader chose last time, or follow the system. */
export function followTheme() {
  const apply = () => use(localStorage.getItem(KEY) ?? (SYSTEM.matches ? "dark" : "light"));
  apply();
  SYSTEM.addEventListener("change", apply);
}

/** Whether the page is dark now. */
export function isDark() {
  return document.documentElement.dataset.theme === "dark";
}

/** Change to the other one, and remember it. */
export function changeTheme() {
  const next = isDark() ? "light" : "dark";
  localStorage.setItem(KEY, next);
  use(next);
}

function use(theme) {
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event("themechange"));
}
