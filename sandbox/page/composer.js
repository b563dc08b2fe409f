/** Where a person writes: Enter sends, Shift and Enter break the line, a first `/` makes a command. */

import * as api from "./api.js";
import { iconButton } from "./buttons.js";
import { byId, h } from "./dom.js";
import { suggest } from "./suggest.js";
import { Suggestions } from "./suggestions.js";
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
  #start = 0;
  #place = "";

  /**
   * @param {Store} store
   * @param {() => void} onSend
   */
  constructor(store, onSend) {
    this.store = store;
    this.onSend = onSend;
    this.root = byId("composer");
    this.input = h("textarea", {
      class: "composer__input",
      rows: "1",
      role: "combobox",
      spellcheck: "false",
    });
    this.suggestions = new Suggestions(this.input, (item) => this.#take(item));
    this.sendButton = iconButton("send", "Send", () => void this.#send(), "composer__send");
    this.notice = h("div", { class: "composer__notice", hidden: true });
    this.box = this.#drawBox();
    this.root.append(this.suggestions.node, this.box, this.notice);

    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => {
      if (!event.isComposing && this.#key(event)) event.preventDefault();
    });
    this.input.addEventListener("blur", () => this.suggestions.offer([]));
    store.on("place", () => this.#open());
    store.on("workspace", () => this.#open());
  }

  focus() {
    this.input.focus();
  }

  #drawBox() {
    return h(
      "div",
      { class: "composer__box" },
      h(
        "div",
        { class: "composer__tools", role: "toolbar", "aria-label": "Formatting" },
        STYLES.map(([name, label, mark]) => iconButton(name, label, () => this.#wrap(mark))),
      ),
      this.input,
      h(
        "div",
        { class: "composer__foot" },
        iconButton("slash", "Run a command", () => this.#begin("/")),
        iconButton("at", "Mention someone", () => this.#begin("@")),
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
    this.suggestions.offer([]);
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
    this.suggestions.offer(items, done ? -1 : 0);
  }

  /** @param {Suggestion} item */
  #take({ insert }) {
    this.input.setRangeText(insert, this.#start, this.input.selectionStart, "end");
    this.#changed();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was meant for us
   */
  #key({ key, shiftKey }) {
    const { suggestions } = this;
    const { active, nearest } = suggestions;
    const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    if (suggestions.isOpen && step) suggestions.move(step);
    else if (suggestions.isOpen && key === "Escape") suggestions.offer([]);
    else if (nearest && key === "Tab" && !shiftKey) this.#take(nearest);
    else if (active && key === "Enter" && !shiftKey) this.#take(active);
    else if (key === "Enter" && !shiftKey) void this.#send();
    else if (step && this.#mayRecall(step)) this.#recall(step);
    else return false;
    return true;
  }

  /**
   * Arrows recall what was sent as long as nothing else was typed.
   *
   * @param {number} step
   */
  #mayRecall(step) {
    const { value } = this.input;
    const isThere = step < 0 ? this.#sent.length > 0 : this.#recalled < this.#sent.length;
    return isThere && (value === "" || value === this.#sent[this.#recalled]);
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
    const { place } = this.store;
    if (text === "" || !place) return;
    this.#sent.push(text);
    this.#recalled = this.#sent.length;
    this.#write("");
    this.suggestions.offer([]);
    this.onSend();
    const went = await this.#post(place.id, text);
    // What did not go out is there to be sent again.
    if (!went && this.input.value === "" && this.store.place === place) this.#write(text);
  }

  /**
   * @param {string} channel
   * @param {string} text
   * @returns {Promise<boolean>} whether it went out
   */
  async #post(channel, text) {
    const { person, workspace, onPhone } = this.store;
    if (!person || !workspace) return false;
    const { app } = workspace;
    const where = { user: person.id, channel };
    const slash = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
    if (!slash) return (await attempt("Slack", () => api.say({ ...where, text }))) !== null;
    const [, command, rest] = slash;
    if (!app.commands.some((known) => known.command === command)) {
      const help = "In Slack, all messages that start with “/” are taken as commands.";
      toast(`${command} is not a valid command. ${help}`);
      return false;
    }
    const client = onPhone ? "phone" : "desktop";
    const send = () => api.command({ ...where, command, text: rest, client });
    const ack = await attempt(app.name, send);
    if (ack?.error) toast(explain(app.name, ack.error));
    return ack !== null;
  }
}
