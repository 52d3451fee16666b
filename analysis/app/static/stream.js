/**
 * The stream of events, once for all tabs of a browser. A browser opens six connections to a server, so
 * that a stream for each tab would leave none for the seventh. The tab that holds a lock has the stream
 * and passes on what it hears; when it closes, the browser gives the lock to the next.
 */

const NAME = "metalscape events"; // of the lock and of the channel, both of this server only

/**
 * Hear the stream, in this tab or through another.
 * @param {object} hears
 * @param {(states: Record<string, object>) => void} hears.news states of jobs that changed, by their run
 * @param {() => void} hears.opened something may have been missed: how all stands has to be asked
 * @param {() => void} hears.lost the server is gone; it is tried again
 */
export function listenToEvents(hears) {
  const channel = new BroadcastChannel(NAME);
  const hear = ({ kind, states }) => hears[kind](states);
  channel.addEventListener("message", (message) => hear(message.data));
  const tellAll = (news) => {
    channel.postMessage(news);
    hear(news);
  };
  navigator.locks.request(NAME, () => {
    const stream = new EventSource("/api/events");
    stream.addEventListener("message", (message) => tellAll({ kind: "news", states: JSON.parse(message.data) }));
    stream.addEventListener("open", () => tellAll({ kind: "opened" }));
    stream.addEventListener("error", () => tellAll({ kind: "lost" }));
    return new Promise(() => {}); // the lock is held as long as the tab is open
  });
  hears.opened(); // the one that has the stream may have told it all before
}
