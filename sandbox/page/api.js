/** The control API (docs/sandbox.md), the only thing that the page talks to. */

/** @typedef {import("./types.js").Ack} Ack */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Workspace} Workspace */

/** The control API refused: `status` is its own, `code` its `error`. */
export class ControlError extends Error {
  /**
   * @param {number} status 0 when it could not be reached
   * @param {string} code
   */
  constructor(status, code) {
    super(code);
    this.name = "ControlError";
    this.status = status;
    this.code = code;
  }
}

/**
 * @param {string} call
 * @param {object} [body] makes it a POST
 * @returns {Promise<any>} the answer, its `ok` being true
 */
async function request(call, body) {
  /** @type {RequestInit} */
  const init = body
    ? {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }
    : { cache: "no-store" };
  let response;
  let answer;
  try {
    response = await fetch(`/_control/${call}`, init);
    answer = await response.json();
  } catch {
    throw new ControlError(response?.status ?? 0, "unreachable");
  }
  if (!answer.ok) throw new ControlError(response.status, String(answer.error ?? response.status));
  return answer;
}

/** @param {Record<string, string>} params */
const query = (params) => `?${new URLSearchParams(params)}`;

/** @type {(user: string) => Promise<Workspace>} */
export const state = (user) => request(`state${user ? query({ user }) : ""}`);

/** @type {(channel: string, user: string) => Promise<Message[]>} */
export const messages = async (channel, user) =>
  (await request(`messages/${encodeURIComponent(channel)}${query({ user })}`)).messages;

/**
 * @type {(body: {user: string, channel: string, command: string, text: string,
 *   client: "desktop" | "phone"}) => Promise<Ack>}
 */
export const command = async (body) => (await request("command", body)).ack;

/** @type {(body: object) => Promise<Ack>} */
export const interact = async (body) => (await request("interact", body)).ack;

/**
 * @type {(body: {user: string, view_id: string, values: Record<string, any>})
 *   => Promise<{ack: Ack | null, errors?: Record<string, string>}>}
 */
export const submit = (body) => request("submit", body);

/** @type {(body: {user: string, view_id: string, clear: boolean}) => Promise<{ack: Ack | null}>} */
export const close = (body) => request("close", body);

/**
 * @type {(user: string, tab: "home" | "messages")
 *   => Promise<{view: import("./types.js").View | null}>}
 */
export const openHome = (user, tab) => request("open-home", { user, tab });

/** @type {(body: {user: string, channel: string, text: string}) => Promise<Message>} */
export const say = async (body) => (await request("message", body)).message;

/**
 * @type {(seconds: number, mode: "step" | "jump")
 *   => Promise<{now: number, offset_ms: number, steps: number}>}
 */
export const advance = (seconds, mode) => request("clock", { advance_seconds: seconds, mode });

/** @type {(body: object) => Promise<import("./types.js").Fault[]>} */
export const faults = async (body) => (await request("faults", body)).faults;

/** @type {(scale: number | null) => Promise<unknown>} null switches Slack's rate limits off */
export const rates = (scale) => request("rates", { scale });

/** @type {(filter: Record<string, string>) => Promise<Record<string, any>[]>} */
export const log = async (filter) => (await request(`log${query(filter)}`)).calls;

/** @type {(body: object) => Promise<unknown>} */
export const lifecycle = (body) => request("lifecycle", body);

/** @type {() => Promise<any>} */
export const credentials = async () => (await request("credentials")).people;
