/** The messages of the place shown: only what changed is drawn again. */

import { authorOf } from "./avatar.js";
import { dayDivider, fields } from "./dates.js";
import { byId, h, keepFocus, rove, soon } from "./dom.js";
import { Form } from "./form.js";
import { refreshDates } from "./inline.js";
import { drawMessage, summary } from "./message.js";
import { drawIntro } from "./intro.js";
import { closeOrphan } from "./popover.js";
import { surfaceOf } from "./surface.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Message} Message */

const SAME_BREATH_S = 300;
const NEAR_END_PX = 48;

/**
 * @typedef {{message: Message, compact: boolean, node: HTMLElement, form: Form, isStale: boolean}}
 *   Drawn
 */

export class Timeline {
  /** @type {Map<string, Drawn>} */
  #drawn = new Map();
  /** @type {Map<string, HTMLElement>} dividers by what they say */
  #dividers = new Map();
  #pinned = true;
  /** The `ts` of what is new, until it was shown from its beginning. */
  #fresh = "";
  #place = "";
  /** @type {HTMLElement} */
  #intro = h("div");

  /**
   * @param {Store} store
   * @param {Session} session
   */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.scroller = byId("timeline");
    this.list = byId("messages");
    this.pill = byId("newer");
    rove(this.list, ".message");
    store.on("place", () => this.#open());
    store.on("workspace", () => this.#forget());
    const sync = soon(() => this.#sync());
    store.on("messages", (channel) => channel === store.place?.id && sync());
    store.on("pointed", (ts) => this.#point(ts));
    store.on("arrived", (message) => this.#arrived(message));
    store.on("tick", () => this.#refreshDates());
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.pill.addEventListener("click", () => this.toEnd());
    // Whatever makes the list grow, its end stays in sight of somebody who was reading there.
    new ResizeObserver(() => this.#pinned && this.#keepUp()).observe(this.list);
    new ResizeObserver(() => this.#pinned && this.#keepUp()).observe(this.scroller);
  }

  /** Show the latest messages. */
  toEnd() {
    this.#fresh = "";
    this.#pinned = true;
    this.pill.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Show the end; if what is new does not fit, its beginning, which says what it is about. */
  #keepUp() {
    const fresh = this.#drawn.get(this.#fresh)?.node;
    if (!fresh) return this.toEnd();
    const ts = this.#fresh;
    this.toEnd();
    const above = fresh.previousElementSibling;
    const start = above?.matches(".divider-line") ? above : fresh;
    const height = this.list.getBoundingClientRect().bottom - start.getBoundingClientRect().top;
    // It may not have its height yet.
    if (height <= this.scroller.clientHeight) this.#fresh = ts;
    else {
      this.#pinned = false;
      this.pill.hidden = [...this.#drawn.keys()].at(-1) === ts;
      start.scrollIntoView({ block: "start" });
    }
  }

  /** People, names or zones may have changed: nothing drawn before is right for sure. */
  #forget() {
    for (const drawn of this.#drawn.values()) drawn.isStale = true;
    this.#dividers.clear();
    this.#place = "";
  }

  #open() {
    const { place } = this.store;
    const shown = place && !(place.kind === "app" && place.tab === "home");
    this.scroller.hidden = !shown;
    if (!shown) return;
    this.#forget();
    this.#pinned = true;
    this.#fresh = this.session.newFrom;
    this.pill.hidden = true;
    this.#sync();
  }

  #sync() {
    const { store, list } = this;
    const { person, place, workspace } = store;
    if (!person || !place || !workspace) return;
    if (this.#place !== place.id) {
      this.#place = place.id;
      this.#intro = drawIntro(store);
    }
    /** @type {HTMLElement[]} */
    const nodes = [this.#intro];
    /** @type {Map<string, Drawn>} */
    const kept = new Map();
    let day = "";
    let isNewMarked = false;
    /** @type {Message | null} */
    let above = null;
    for (const message of store.shown()) {
      const ms = Number(message.ts) * 1000;
      const date = fields(ms, person.tz);
      const thisDay = `${date.year}-${date.month}-${date.day}`;
      if (thisDay !== day) {
        nodes.push(this.#divider(thisDay, "", ms));
        above = null;
      }
      day = thisDay;
      const { newFrom } = this.session;
      const isNew = newFrom !== "" && message.ts >= newFrom;
      if (isNew && !isNewMarked && above) nodes.push(this.#divider("new", "New", ms));
      isNewMarked ||= isNew;
      const drawn = this.#draw(message, above !== null && continues(above, message));
      kept.set(message.ts, drawn);
      nodes.push(drawn.node);
      above = message;
    }
    const held = [...this.#drawn].find(([, { node }]) => node.contains(document.activeElement));
    this.#drawn = kept;
    if (!held) arrange(list, nodes);
    else
      keepFocus(
        held[1].node,
        () => arrange(list, nodes),
        () => kept.get(held[0])?.node ?? null,
      );
    closeOrphan();
    const messages = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".message")]);
    messages.forEach((node, index) => (node.tabIndex = index === messages.length - 1 ? 0 : -1));
    if (this.#pinned) this.#keepUp();
  }

  /**
   * @param {Message} message
   * @param {boolean} compact
   * @returns {Drawn}
   */
  #draw(message, compact) {
    const { store } = this;
    const before = this.#drawn.get(message.ts);
    const isSame = before?.message === message && before.compact === compact;
    if (isSame && !before.isStale) return before;
    const form = before?.form ?? new Form();
    form.keepOnly(message.blocks ?? []);
    const surface = surfaceOf(store, {
      kind: "message",
      key: `m${message.ts}`,
      form,
      blocks: message.blocks ?? [],
      target: { channel: message.channel, ts: message.ts },
    });
    const onDismiss = () => {
      store.dismissed.add(message.ts);
      this.#sync();
    };
    const node = drawMessage(message, surface, { compact, onDismiss });
    return { message, compact, node, form, isStale: false };
  }

  /**
   * @param {string} key
   * @param {string} text empty for a day's own name
   * @param {number} ms
   * @returns {HTMLElement}
   */
  #divider(key, text, ms) {
    const known = this.#dividers.get(key);
    if (known) return known;
    const isNew = key === "new";
    const label = h("span", {
      class: "divider-line__label",
      data: isNew ? {} : { ms: String(ms) },
    });
    const node = h(
      "div",
      { class: `divider-line${isNew ? " divider-line--new" : ""}`, role: "separator" },
      label,
    );
    label.textContent = text || this.#dayName(ms);
    this.#dividers.set(key, node);
    return node;
  }

  /** @param {number} ms */
  #dayName(ms) {
    return dayDivider(ms, this.store.now(), this.store.person?.tz ?? "UTC");
  }

  #refreshDates() {
    const { person, workspace } = this.store;
    if (!person || !workspace) return;
    refreshDates(this.list, { person, workspace, now: () => this.store.now() });
    for (const label of /** @type {NodeListOf<HTMLElement>} */ (
      this.list.querySelectorAll("[data-ms]")
    )) {
      label.textContent = this.#dayName(Number(label.dataset.ms));
    }
  }

  /** @param {string} ts of the message that a link names */
  #point(ts) {
    const node = this.#drawn.get(ts)?.node;
    if (!node) return;
    this.#pinned = false;
    node.classList.add("is-pointed");
    node.scrollIntoView({ block: "center" });
    node.focus();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#pinned = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#pinned) this.pill.hidden = true;
  }

  /** @param {Message} message */
  #arrived(message) {
    const { person, place, workspace } = this.store;
    if (!person || !workspace || message.user === person.id) return;
    const here = message.channel === place?.id;
    if (here && this.#pinned) this.#fresh = message.ts;
    else if (here) this.pill.hidden = false;
    const channel = workspace.channels.find(({ id }) => id === message.channel);
    const where = here ? "" : ` in ${channel ? channel.name : "direct messages"}`;
    const { name } = authorOf(workspace, message);
    byId("announcer").textContent = `${name}${where}: ${summary(message)}`;
  }
}

/**
 * @param {Message} above
 * @param {Message} message
 * @returns {boolean} whether the author need not be named again
 */
function continues(above, message) {
  return (
    above.user === message.user &&
    above.bot_id === message.bot_id &&
    !above.ephemeral &&
    !message.ephemeral &&
    Number(message.ts) - Number(above.ts) < SAME_BREATH_S
  );
}

/**
 * Make `nodes` the children of a list, moving none that is in its place.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} nodes
 */
function arrange(list, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...list.children]) {
    if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove();
  }
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
}
