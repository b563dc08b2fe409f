/** Where a person writes: Enter sends, Shift and Enter break the line, a first `/` makes a command. */

import * as api from "./api.js";
import { byId, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { suggest } from "./suggest.js";
import { attempt, explain, toast } from "./toast.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./suggest.js").Suggestion} Suggestion */

const TALLEST_PX = 240;

/** @type {[string, string, string][]} icon, label, the mark that it puts around the selection */
const STYLES = [
  ["bold", "Bold", "*"],
  ["italic", "Italic", "_"],
  ["strike", "Strikethrough", "~"],
  ["code", "Code", "`"],
];

export class Composer {
  /** @type {Map<string, string>} what was written and not sent, by place */
  #drafts = new Map();
  /** @type {string[]} what was sent, latest last */
  #sent = [];
  #recalled = 0;
  /** @type {Suggestion[]} */
  #items = [];
  #start = 0;
  #active = -1;
  #place = "";

  /**
   * @param {Store} store
   * @param {() => void} onSend
   */
  constructor(store, onSend) {
    this.store = store;
    this.onSend = onSend;
    this.root = byId("composer");
    this.list = h("div", {
      id: "suggestions",
      class: "suggestions",
      role: "listbox",
      "aria-label": "Suggestions",
      hidden: true,
    });
    this.input = h("textarea", {
      class: "composer__input",
      rows: "1",
      role: "combobox",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-controls": "suggestions",
      "aria-expanded": "false",
    });
    this.sendButton = h(
      "button",
      { type: "button", class: "composer__send", "aria-label": "Send" },
      icon("send"),
    );
    this.notice = h("div", { class: "composer__notice", hidden: true });
    const tool = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {() => void} */ run,
    ) =>
      h(
        "button",
        { type: "button", class: "tool", "aria-label": label, title: label, on: { click: run } },
        icon(name),
      );
    this.box = h(
      "div",
      { class: "composer__box" },
      h(
        "div",
        { class: "composer__tools", role: "toolbar", "aria-label": "Formatting" },
        STYLES.map(([name, label, mark]) => tool(name, label, () => this.#wrap(mark))),
      ),
      this.input,
      h(
        "div",
        { class: "composer__foot" },
        tool("slash", "Run a command", () => this.#begin("/")),
        tool("at", "Mention someone", () => this.#begin("@")),
        h(
          "span",
          { class: "composer__keys" },
          h("b", {}, "Enter"),
          " to send, ",
          h("b", {}, "Shift Enter"),
          " for a new line",
        ),
        this.sendButton,
      ),
    );
    this.root.append(this.list, this.box, this.notice);

    this.sendButton.addEventListener("click", () => void this.#send());
    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#offer([]));
    store.on("place", () => this.#open());
    store.on("workspace", () => this.#open());
  }

  focus() {
    this.input.focus();
  }

  #open() {
    const { place, workspace, person } = this.store;
    if (!place || !workspace || !person) return;
    const channel = workspace.channels.find(({ id }) => id === place.id);
    const closed = person.deleted
      ? `${person.real_name}’s account is deactivated.`
      : channel?.archived
        ? "This channel has been archived."
        : "";
    this.root.hidden = place.kind === "app" && place.tab === "home";
    this.box.hidden = closed !== "";
    this.notice.hidden = closed === "";
    this.notice.textContent = closed;
    const name = channel ? `#${channel.name}` : workspace.app.name;
    this.input.placeholder = `Message ${name}`;
    this.input.setAttribute("aria-label", `Message to ${name}`);
    const key = `${person.id} ${place.id}`;
    if (key === this.#place) return;
    this.#drafts.set(this.#place, this.input.value);
    this.#place = key;
    this.#write(this.#drafts.get(key) ?? "");
    this.#offer([]);
  }

  /** @param {string} text */
  #write(text) {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.#fit();
  }

  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_PX)}px`;
    this.sendButton.disabled = this.input.value.trim() === "";
  }

  #changed() {
    this.#fit();
    const { workspace } = this.store;
    if (!workspace) return;
    const { kind, start, items } = suggest(this.input.value, this.input.selectionStart, workspace);
    this.#start = start;
    // A bare command is complete without a verb: Enter must send it, not choose one.
    const typed = this.input.value.slice(start, this.input.selectionStart);
    const done = kind === "verb" || items.some(({ insert }) => insert.trim() === typed);
    this.#offer(items, done ? -1 : 0);
  }

  /**
   * @param {Suggestion[]} items
   * @param {number} [active]
   */
  #offer(items, active = -1) {
    this.#items = items;
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    fill(
      this.list,
      items.map((item, index) =>
        h(
          "div",
          {
            id: `suggestion-${index}`,
            class: "suggestion",
            role: "option",
            // Not click: the input would lose the focus before it.
            on: {
              pointerdown: (/** @type {Event} */ event) => {
                event.preventDefault();
                this.#take(item);
              },
            },
          },
          h("span", { class: "suggestion__label" }, item.label),
          item.hint && h("span", { class: "suggestion__hint" }, item.hint),
          h("span", { class: "suggestion__detail" }, item.detail),
        ),
      ),
    );
    this.#activate(active);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    [...this.list.children].forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === index));
      if (at === index) row.scrollIntoView({ block: "nearest" });
    });
    if (index >= 0 && this.#items.length > 0) {
      this.input.setAttribute("aria-activedescendant", `suggestion-${index}`);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  /** @param {Suggestion} item */
  #take({ insert }) {
    this.input.setRangeText(insert, this.#start, this.input.selectionStart, "end");
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, shiftKey, isComposing } = event;
    if (isComposing) return;
    const count = this.#items.length;
    if (count > 0 && (key === "ArrowDown" || key === "ArrowUp")) {
      const step = key === "ArrowDown" ? 1 : -1;
      this.#activate(
        this.#active < 0 && step < 0 ? count - 1 : (this.#active + step + count) % count,
      );
    } else if (count > 0 && key === "Escape") {
      this.#offer([]);
    } else if (count > 0 && key === "Tab" && !shiftKey) {
      this.#take(this.#items[Math.max(this.#active, 0)]);
    } else if (count > 0 && key === "Enter" && !shiftKey && this.#active >= 0) {
      this.#take(this.#items[this.#active]);
    } else if (key === "Enter" && !shiftKey) {
      void this.#send();
    } else if (key === "ArrowUp" && this.#mayRecall()) {
      this.#recall(-1);
    } else if (key === "ArrowDown" && this.#recalled < this.#sent.length && this.#mayRecall()) {
      this.#recall(1);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Arrows recall what was sent as long as nothing else was typed. */
  #mayRecall() {
    const { value } = this.input;
    return this.#sent.length > 0 && (value === "" || value === this.#sent[this.#recalled]);
  }

  /** @param {number} step */
  #recall(step) {
    this.#recalled = Math.max(0, Math.min(this.#recalled + step, this.#sent.length));
    this.#write(this.#sent[this.#recalled] ?? "");
  }

  /** @param {string} mark */
  #wrap(mark) {
    const { selectionStart: start, selectionEnd: end, value } = this.input;
    this.input.setRangeText(`${mark}${value.slice(start, end)}${mark}`, start, end, "end");
    if (start === end) this.input.setSelectionRange(start + 1, start + 1);
    this.focus();
    this.#changed();
  }

  /** @param {string} sign */
  #begin(sign) {
    if (sign === "/") this.#write("/");
    else this.input.setRangeText(sign, this.input.selectionStart, this.input.selectionEnd, "end");
    this.focus();
    this.#changed();
  }

  async #send() {
    const text = this.input.value.trim();
    const { person, place, workspace } = this.store;
    if (text === "" || !person || !place || !workspace) return;
    this.#sent.push(text);
    this.#recalled = this.#sent.length;
    this.#write("");
    this.#offer([]);
    this.onSend();
    const slash = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
    const where = { user: person.id, channel: place.id };
    if (!slash) {
      await attempt("Slack", () => api.say({ ...where, text }));
      return;
    }
    const [, command, rest] = slash;
    if (!workspace.app.commands.some((known) => known.command === command)) {
      const help = "In Slack, all messages that start with “/” are taken as commands.";
      toast(`${command} is not a valid command. ${help}`);
      return;
    }
    const { app } = workspace;
    const client = this.store.onPhone ? "phone" : "desktop";
    const ack = await attempt(app.name, () =>
      api.command({ ...where, command, text: rest, client }),
    );
    if (ack?.error) toast(explain(app.name, ack.error));
  }
}
