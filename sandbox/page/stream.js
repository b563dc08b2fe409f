/** The sandbox's events as one person sees them, reconnected for as long as somebody listens. */

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/**
 * Listen. After every (re)connection the first event is `hello`: what happened before it is not
 * repeated, so whoever listens loads the state anew then.
 *
 * @param {string} user
 * @param {{event: (event: any) => void, down: () => void}} listener
 * @returns {() => void} ends it
 */
export function listen(user, { event, down }) {
  let retry = FIRST_RETRY_MS;
  let ended = false;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {number | undefined} */
  let timer;

  const connect = () => {
    source = new EventSource(`/_control/stream?${new URLSearchParams({ user })}`);
    source.onmessage = ({ data }) => {
      retry = FIRST_RETRY_MS;
      event(JSON.parse(data));
    };
    // EventSource retries on its own, but at a fixed pace, and not at all after an HTTP error.
    source.onerror = () => {
      source?.close();
      if (ended) return;
      down();
      timer = setTimeout(connect, retry * (0.5 + Math.random() / 2));
      retry = Math.min(retry * 2, LONGEST_RETRY_MS);
    };
  };
  connect();

  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}
