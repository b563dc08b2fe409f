/** What the page knows, and who wants to hear when it changes. */

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").OpenView} OpenView */
/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Workspace} Workspace */

/**
 * @typedef {"workspace" | "place" | "messages" | "arrived" | "views" | "home" | "clock" | "tick"
 *   | "unread" | "connection" | "pointed"} Topic `tick` when shown times may be wrong, `clock` when it was moved
 */

/** Messages of one channel by `ts`; a `ts` is ordered as text, all being of one length. */
export class Channel {
  constructor() {
    /** @type {Map<string, Message>} */
    this.byTs = new Map();
  }

  /** @returns {Message[]} oldest first */
  sorted() {
    return [...this.byTs.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }
}

/** One person's sight of the workspace. */
export class Store {
  /** @type {Map<Topic, Set<(detail: any) => void>>} */
  #listeners = new Map();

  constructor() {
    /** @type {Workspace | null} */
    this.workspace = null;
    /** @type {Person | null} */
    this.person = null;
    /** @type {Place | null} */
    this.place = null;
    /** @type {Map<string, Channel>} */
    this.channels = new Map();
    /** @type {OpenView[]} */
    this.views = [];
    /** @type {View | null} */
    this.home = null;
    /** @type {Set<string>} messages that this person dismissed */
    this.dismissed = new Set();
    this.connected = false;
    /** Whether commands are typed on a phone, which changes quotes and dashes. */
    this.onPhone = false;
    // The sandbox's clock runs beside the browser's, and the two machines' need not agree.
    this.skew = 0;
    this.offset = 0;
  }

  /** @returns {number} simulated epoch milliseconds */
  now() {
    return Date.now() + this.skew;
  }

  /**
   * Hear of changes to a topic.
   *
   * @param {Topic} topic
   * @param {(detail: any) => void} listener
   */
  on(topic, listener) {
    const all = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, all.add(listener));
  }

  /**
   * @param {Topic} topic
   * @param {any} [detail]
   */
  emit(topic, detail) {
    for (const listener of this.#listeners.get(topic) ?? []) listener(detail);
  }

  /**
   * @param {string} id
   * @returns {Channel}
   */
  channel(id) {
    const known = this.channels.get(id) ?? new Channel();
    this.channels.set(id, known);
    return known;
  }

  /** @returns {Message[]} what the person has before their eyes, oldest first */
  shown() {
    const id = this.place?.id;
    if (id === undefined) return [];
    return this.channel(id)
      .sorted()
      .filter((message) => !this.dismissed.has(message.ts));
  }

  /**
   * Take in all that a person sees, who may be another one than before.
   *
   * @param {Workspace} workspace as `GET state` answers
   * @param {string} user
   * @param {Map<string, Message[]>} messages by channel
   */
  load(workspace, user, messages) {
    if (this.person?.id !== user) {
      this.place = null;
      this.dismissed.clear();
    }
    this.workspace = workspace;
    this.person = workspace.people.find(({ id }) => id === user) ?? null;
    this.views = workspace.views.filter((open) => open.user === user);
    this.home = workspace.homes[user] ?? null;
    this.channels.clear();
    for (const [id, list] of messages) {
      for (const message of list) this.channel(id).byTs.set(message.ts, message);
    }
    this.setClock(workspace.now, workspace.offset_ms);
    for (const topic of /** @type {Topic[]} */ (["workspace", "views", "home"])) this.emit(topic);
  }

  /**
   * @param {number} now
   * @param {number} offset how far the visitor has moved the clock, in milliseconds
   */
  setClock(now, offset) {
    this.skew = now - Date.now();
    this.offset = offset;
    this.emit("clock");
    this.emit("tick");
  }

  /**
   * Take in an event of the stream. Each may be applied again without harm.
   *
   * @param {any} event
   */
  apply(event) {
    switch (event.type) {
      case "message":
      case "message_changed":
        return this.#keep(event.channel, event.message);
      case "message_deleted":
        this.channel(event.channel).byTs.delete(event.ts);
        return this.emit("messages", event.channel);
      case "view":
        this.views = [...this.views.filter((open) => open.id !== event.view.id), event.view];
        return this.emit("views");
      case "view_closed":
        this.views = this.#without(event.view_id, Boolean(event.clear));
        return this.emit("views");
      case "home":
        this.home = event.view;
        return this.emit("home");
      case "clock":
        return this.setClock(event.now, event.offset_ms);
    }
  }

  /**
   * @param {string} channel
   * @param {Message} message
   */
  #keep(channel, message) {
    const isNew = !this.channel(channel).byTs.has(message.ts);
    this.channel(channel).byTs.set(message.ts, message);
    this.emit("messages", channel);
    if (isNew) this.emit("arrived", message);
  }

  /**
   * @param {string} id
   * @param {boolean} clear
   * @returns {OpenView[]}
   */
  #without(id, clear) {
    const root = this.views.find((open) => open.id === id)?.root_view_id;
    return this.views.filter((open) => open.id !== id && !(clear && open.root_view_id === root));
  }
}
