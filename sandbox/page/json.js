/** A window on the JSON behind what is shown: messages, views and calls. */

import { iconButton, PLAIN } from "./buttons.js";
import { showDialog } from "./dialog.js";
import { h } from "./dom.js";

/**
 * @param {string} title
 * @param {unknown} value
 */
export function showJson(title, value) {
  const text = JSON.stringify(value, null, 2);
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const dialog = h(
    "dialog",
    { class: "dialog dialog--json", "aria-labelledby": "json-title" },
    h(
      "header",
      { class: "dialog__head" },
      h("h2", { id: "json-title", class: "dialog__title" }, title),
      iconButton("close", "Close", close, PLAIN),
    ),
    h("pre", { class: "json", tabindex: "0", autofocus: true }, text),
  );
  showDialog(dialog, close);
}
