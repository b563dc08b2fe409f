/** Failures on demand: what the services do to the bot until they are switched off. */

import * as api from "../api.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { attempt, toast } from "../toast.js";

/** @typedef {import("../store.js").Store} Store */
/** @typedef {import("../types.js").Fault} Fault */

/** @type {[string, Partial<Fault>][]} */
const PRESETS = [
  ["Kyuubi answers slowly (6 s)", { service: "kyuubi", kind: "slow", seconds: 6 }],
  ["Kyuubi hangs", { service: "kyuubi", kind: "hang" }],
  ["Kyuubi fails with 500", { service: "kyuubi", kind: "500" }],
  ["Kyuubi throttles (429)", { service: "kyuubi", kind: "429", seconds: 5 }],
  ["IDaaS answers slowly (6 s)", { service: "idaas", kind: "slow", seconds: 6 }],
  ["IDaaS fails with 500", { service: "idaas", kind: "500" }],
  ["IDaaS throttles (429)", { service: "idaas", kind: "429", seconds: 5 }],
  ["IDaaS sign-in fails with 500", { service: "idaas_token", kind: "500" }],
  [
    "Slack throttles the next post (429)",
    { service: "slack", kind: "429", seconds: 3, match: "chat.postMessage", times: 1 },
  ],
  [
    "Slack posts, but its answer is lost",
    { service: "slack", kind: "reset", match: "chat.postMessage", times: 1, accepted: true },
  ],
  ["Slack fails with 500", { service: "slack", kind: "500" }],
];

/** @type {[string, number | null][]} */
const RATES = [
  ["As usual", 1],
  ["Ten times tighter", 0.1],
  ["None", null],
];

const SERVICES = ["kyuubi", "idaas", "idaas_token", "slack"];
const KINDS = ["slow", "hang", "429", "500", "reset", "broken"];

export class Faults {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.active = h("div", { class: "faults" });
    this.node = h(
      "div",
      {},
      this.active,
      h("h3", {}, "Make something fail"),
      h(
        "div",
        { class: "inspector__buttons" },
        PRESETS.map(([label, fault]) =>
          h(
            "button",
            {
              type: "button",
              class: "button button--row",
              on: { click: () => void this.#send(fault) },
            },
            label,
          ),
        ),
      ),
      h("h3", {}, "Slack’s rate limits"),
      h(
        "div",
        { class: "inspector__buttons" },
        RATES.map(([label, scale]) =>
          h(
            "button",
            {
              type: "button",
              class: "button button--row",
              on: { click: () => void this.#limit(label, scale) },
            },
            label,
          ),
        ),
      ),
      h("h3", {}, "In detail"),
      this.#drawForm(),
    );
    store.on("workspace", () => this.#draw(store.workspace?.faults ?? []));
  }

  show() {
    this.#draw(this.store.workspace?.faults ?? []);
  }

  /** @param {object} body */
  async #send(body) {
    const faults = await attempt("The sandbox", () => api.faults(body));
    if (faults) this.#draw(faults);
  }

  /**
   * @param {string} label
   * @param {number | null} scale
   */
  async #limit(label, scale) {
    const done = await attempt("The sandbox", () => api.rates(scale));
    if (done) toast(`Slack’s rate limits: ${label.toLowerCase()}.`, "info");
  }

  /** @param {Fault[]} faults */
  #draw(faults) {
    if (faults.length === 0) {
      fill(this.active, h("p", { class: "inspector__note" }, icon("check"), "Everything works."));
      return;
    }
    fill(
      this.active,
      h("h3", {}, "Failing now"),
      faults.map((fault) => h("p", { class: "fault" }, icon("warning"), describe(fault))),
      h(
        "button",
        {
          type: "button",
          class: "button button--primary",
          on: { click: () => void this.#send({ clear: true }) },
        },
        "Let everything work again",
      ),
    );
  }

  #drawForm() {
    const select = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {string[]} */ values,
    ) =>
      field(
        label,
        h(
          "select",
          { name, class: "plain-select" },
          values.map((value) => h("option", { value }, value)),
        ),
      );
    const input = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {object} */ attributes,
    ) => field(label, h("input", { name, class: "text-input", ...attributes }));
    const form = h(
      "form",
      { class: "inspector__form" },
      select("service", "Service", SERVICES),
      select("kind", "What it does", KINDS),
      input("seconds", "Seconds", { type: "number", value: "1", min: "0", step: "any" }),
      input("match", "Only calls that contain", { type: "text" }),
      input("times", "Times (empty: until cleared)", { type: "number", min: "1" }),
      h(
        "label",
        { class: "choice" },
        h("input", { type: "checkbox", name: "accepted", class: "choice__box" }),
        h("span", { class: "choice__text" }, "Do the work first, then fail"),
      ),
      h("button", { type: "submit", class: "button" }, "Add"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const data = new FormData(form);
      void this.#send({
        service: data.get("service"),
        kind: data.get("kind"),
        seconds: Number(data.get("seconds")),
        match: data.get("match"),
        times: data.get("times") ? Number(data.get("times")) : null,
        accepted: data.get("accepted") !== null,
      });
    });
    return form;
  }
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 * @returns {HTMLElement}
 */
const field = (label, control) =>
  h("label", { class: "inspector__field" }, h("span", {}, label), control);

/**
 * @param {Fault} fault
 * @returns {string}
 */
function describe({ service, kind, seconds, match, times, accepted }) {
  return [
    `${service}: ${kind}`,
    kind === "slow" || kind === "429" ? `${seconds} s` : "",
    match && `calls with “${match}”`,
    times === null ? "" : `${times} more`,
    accepted ? "after doing the work" : "",
  ]
    .filter(Boolean)
    .join(", ");
}
