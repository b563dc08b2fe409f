/** How far each person has read, kept in the browser between visits. */

const KEY = "tokenbell.reads";
const START = "0000000000.000000";
// A mark may be a little ahead of the clock; one further ahead was made in another sandbox.
const AHEAD_MS = 60_000;

/** Marks by person and channel. A first visit has read every channel, and no message of the app. */
export class Reads {
  /** @param {Storage | null} storage */
  constructor(storage) {
    this.storage = storage;
    /** @type {Record<string, string>} */
    this.marks = {};
    try {
      this.marks = JSON.parse(storage?.getItem(KEY) ?? "{}");
    } catch {
      // Not ours, or of another version: as if nothing had been read.
    }
  }

  /** @param {number} now simulated milliseconds */
  visit(now) {
    const latest = timestamp(now + AHEAD_MS);
    if (Object.values(this.marks).some((ts) => ts > latest)) this.marks = {};
    if (this.marks.first === undefined) this.#keep("first", timestamp(now));
  }

  /**
   * Return the `ts` up to which somebody has read.
   *
   * @param {string} person
   * @param {string} channel
   * @param {boolean} isDm
   * @returns {string}
   */
  upTo(person, channel, isDm) {
    return this.marks[`${person} ${channel}`] ?? (isDm ? START : (this.marks.first ?? START));
  }

  /**
   * @param {string} person
   * @param {string} channel
   * @param {string} ts of the latest message seen
   */
  mark(person, channel, ts) {
    const key = `${person} ${channel}`;
    if ((this.marks[key] ?? START) < ts) this.#keep(key, ts);
  }

  /**
   * @param {string} key
   * @param {string} ts
   */
  #keep(key, ts) {
    this.marks[key] = ts;
    this.storage?.setItem(KEY, JSON.stringify(this.marks));
  }
}

/**
 * @param {number} ms
 * @returns {string} the `ts` of that moment
 */
function timestamp(ms) {
  const seconds = String(Math.floor(ms / 1000)).padStart(10, "0");
  // To the end of that millisecond: what was said a moment before is not new.
  return `${seconds}.${String(Math.floor(ms) % 1000).padStart(3, "0")}999`;
}
