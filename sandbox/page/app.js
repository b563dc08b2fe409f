/** Puts the page together. */

import { Clock } from "./clock.js";
import { Composer } from "./composer.js";
import { byId } from "./dom.js";
import { Head } from "./head.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { Inspector } from "./inspector/index.js";
import { Modal } from "./modal.js";
import { Rail } from "./rail.js";
import { Reads } from "./reads.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { startTheme } from "./theme.js";
import { Timeline } from "./timeline.js";

/** @returns {Storage | null} null where the browser keeps nothing */
function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** On a narrow window the sidebar is a drawer. @param {boolean} open */
function setDrawer(open) {
  const button = byId("drawer-button");
  document.body.classList.toggle("is-drawer-open", open);
  button.setAttribute("aria-expanded", String(open));
}

const kept = storage();
const store = new Store();
const session = new Session(store, new Reads(kept));

startTheme(kept);
new Rail(store, session);
new Sidebar(store, session, () => setDrawer(false));
new Head(store, session);
const timeline = new Timeline(store, session);
const composer = new Composer(store, () => timeline.toEnd());
new Home(store);
new Modal(store);
new Clock(store);
new Inspector(store);

for (const button of document.querySelectorAll("[data-icon]")) {
  button.prepend(icon(button.getAttribute("data-icon") ?? ""));
}
byId("drawer-button").addEventListener("click", () => {
  setDrawer(!document.body.classList.contains("is-drawer-open"));
});
byId("scrim").addEventListener("click", () => setDrawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") setDrawer(false);
});
store.on("place", () => {
  if (!document.querySelector("dialog[open]") && matchMedia("(hover: hover)").matches)
    composer.focus();
});

await session.start();
