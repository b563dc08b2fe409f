/** The bot's latest calls of Slack and of Alibaba, newest first. */

import * as api from "../api.js";
import { fill, h } from "../dom.js";

const SHOWN = 200;
const POLL_MS = 1_500;

const SERVICES = [
  ["", "All services"],
  ["slack", "Slack"],
  ["kyuubi", "Kyuubi"],
  ["idaas", "IDaaS"],
  ["idaas_token", "IDaaS sign-in"],
];

export class Calls {
  /** @type {number | undefined} */
  #timer;
  #shown = "";

  constructor() {
    this.list = h("div", { class: "calls" });
    this.service = h(
      "select",
      { class: "plain-select", "aria-label": "Service" },
      SERVICES.map(([value, label]) => h("option", { value }, label)),
    );
    this.service.addEventListener("change", () => void this.#load());
    this.node = h("div", {}, h("div", { class: "inspector__row" }, this.service), this.list);
  }

  show() {
    this.#timer = setInterval(() => void this.#load(), POLL_MS);
    void this.#load();
  }

  hide() {
    clearInterval(this.#timer);
  }

  async #load() {
    const service = this.service.value;
    try {
      const calls = await api.log(service ? { service } : {});
      this.#draw(calls.slice(-SHOWN).reverse());
    } catch (error) {
      // The banner tells when the sandbox is gone.
      if (!(error instanceof api.ControlError)) throw error;
    }
  }

  /** @param {Record<string, any>[]} calls */
  #draw(calls) {
    // Nothing new: what somebody opened stays open.
    const newest = `${this.service.value} ${calls.length} ${calls[0]?.at} ${calls[0]?.path}`;
    if (newest === this.#shown) return;
    this.#shown = newest;
    const empty = h("p", { class: "inspector__note" }, "No calls yet.");
    fill(this.list, calls.length === 0 ? empty : calls.map(drawCall));
  }
}

/**
 * @param {Record<string, any>} call
 * @returns {HTMLElement}
 */
function drawCall({ at, service, method, path, status, error, user, body }) {
  const failed = error || status >= 400;
  const details = h(
    "details",
    { class: "call" },
    h(
      "summary",
      {},
      h("span", { class: `call__status${failed ? " is-failed" : ""}` }, String(status)),
      h("span", { class: "call__method" }, service === "slack" ? method || path : `${method} ${path}`),
      h("span", { class: "call__service" }, service),
      h("time", { class: "call__time" }, new Date(at).toLocaleTimeString("en-GB")),
      error && h("span", { class: "call__error" }, error),
    ),
  );
  // Bodies can be long, and most are never looked at.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(h("pre", { class: "json" }, JSON.stringify({ path, user, body }, null, 2)));
    }
  });
  return details;
}
