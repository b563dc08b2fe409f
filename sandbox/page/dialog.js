/** Modal windows: the browser's own dialog keeps the focus in and everything else inert. */

import { h } from "./dom.js";
import { drawText, spoken } from "./inline.js";

/** @typedef {import("./types.js").Confirm} Confirm */

/**
 * Show a dialog until `onDismiss` decides otherwise: Esc only asks.
 *
 * @param {HTMLDialogElement} dialog
 * @param {() => void} onDismiss
 */
export function showDialog(dialog, onDismiss) {
  document.body.append(dialog);
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    // The browser would close it, the second time without asking.
    event.preventDefault();
    onDismiss();
  });
  // There are other ways to ask, such as a phone's gesture.
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return;
    event.preventDefault();
    onDismiss();
  });
  dialog.showModal();
}

/**
 * Ask before a dangerous step, in the app's own words.
 *
 * @param {Confirm} confirm
 * @param {import("./inline.js").Reader} reader
 * @returns {Promise<boolean>}
 */
export function askConfirm({ title, text, confirm, deny, style }, reader) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ yes) => {
      dialog.close();
      dialog.remove();
      resolve(yes);
    };
    const danger = style === "danger";
    const dialog = h(
      "dialog",
      {
        class: "dialog dialog--confirm",
        role: "alertdialog",
        "aria-labelledby": "confirm-title",
        "aria-describedby": "confirm-text",
      },
      h("h2", { id: "confirm-title", class: "dialog__title" }, spoken(title)),
      h("div", { id: "confirm-text", class: "dialog__text" }, drawText(text, reader)),
      h(
        "div",
        { class: "dialog__buttons" },
        h(
          "button",
          { type: "button", class: "button", on: { click: () => answer(false) } },
          spoken(deny) || "Cancel",
        ),
        h(
          "button",
          {
            type: "button",
            autofocus: true,
            class: `button button--${danger ? "danger" : "primary"}`,
            on: { click: () => answer(true) },
          },
          spoken(confirm) || "Yes",
        ),
      ),
    );
    showDialog(dialog, () => answer(false));
  });
}
