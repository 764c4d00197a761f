// Times in the reader's zone. The server writes them in the school's, for readers without script.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dateOfOtherYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Write every time below `root` as the reader's clock has it. */
export function localise(root) {
  const now = new Date();
  for (const node of root.querySelectorAll("time[data-show]")) {
    const words = SHOWN[node.dataset.show](new Date(node.dateTime), now);
    if (node.textContent !== words) node.textContent = words;
    const title = full.format(new Date(node.dateTime));
    if (node.title !== title) node.title = title;
  }
}

/** Return the time of day by the reader's clock. */
export const timeOfDay = (at) => clock.format(at);

const SHOWN = {
  clock: (at) => clock.format(at),
  full: (at) => full.format(at),
  date: day,
  day,
  when: (at, now) => (day(at, now) === "Today" ? clock.format(at) : `${day(at, now)}, ${clock.format(at)}`),
  ago: (at, now) => span(now - at),
  span: (at, now) => span(now - at),
  left: (at, now) => (at <= now ? "closed" : span(Math.max(at - now, MINUTE))),
};

function day(at, now) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const days = Math.round((midnight(now) - midnight(at)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days === -1) return "Tomorrow";
  return (at.getFullYear() === now.getFullYear() ? date : dateOfOtherYear).format(at);
}

function span(length) {
  const minutes = Math.floor(length / MINUTE);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / (24 * 60))} d`;
}
