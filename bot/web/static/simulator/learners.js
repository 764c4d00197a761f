// The made-up learners of this browser. Kept in localStorage, so that a reload keeps the chats.

const KEY = "simulator.learners";
const NAMES = ["Asha", "Kabir", "Meera", "Ravi", "Zoya", "Arjun", "Nisha", "Dev"];
const HUES = 6; // colours of a learner's picture, see the style sheet

/** Return the learners kept in this browser; an unreadable or empty store gives none. */
export function load() {
  try {
    const learners = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(learners) ? learners.filter((learner) => /^999\d{9}$/.test(learner?.number)) : [];
  } catch {
    return [];
  }
}

export function save(learners) {
  try {
    localStorage.setItem(KEY, JSON.stringify(learners));
  } catch {
    // A browser that keeps nothing still chats; only a reload begins anew.
  }
}

/** Make a learner. The number begins with 999, a country code that belongs to no country. */
export function newLearner(others) {
  const taken = new Set(others.map((learner) => learner.name));
  const name = NAMES.find((candidate) => !taken.has(candidate)) ?? `Learner ${others.length + 1}`;
  return { number: newNumber(), name, hue: others.length % HUES, outbox: [], seen: 0 };
}

export function newNumber() {
  const digits = crypto.getRandomValues(new Uint8Array(9));
  return `999${Array.from(digits, (digit) => digit % 10).join("")}`;
}

/** Return the number as people read it. */
export function readable(number) {
  return `+${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6, 9)} ${number.slice(9)}`;
}
