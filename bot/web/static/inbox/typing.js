// Whether the reader writes to the learner at this moment, for colleagues to see.

const TYPES_FOR = 5_000; // milliseconds after the last key

let last = 0;

document.addEventListener("input", (event) => {
  if (event.target.closest("#reply")) last = Date.now();
});

export const isTyping = () => Date.now() - last < TYPES_FOR;

/** The reply has been sent: nobody types any more. */
export const stopTyping = () => (last = 0);
