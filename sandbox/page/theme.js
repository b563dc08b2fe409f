/** Light or dark: as the system says, until a visitor says otherwise. */

import { byId, fill } from "./dom.js";
import { icon } from "./icons.js";

const KEY = "tokenbell.theme";

/** @param {Storage | null} storage */
export function startTheme(storage) {
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () =>
    (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const draw = () => {
    const next = isDark() ? "light" : "dark";
    fill(button, icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", `Use the ${next} theme`);
    button.title = `Use the ${next} theme`;
  };
  const kept = storage?.getItem(KEY);
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    storage?.setItem(KEY, next);
    draw();
  });
  system.addEventListener("change", draw);
  draw();
}
