// A clock. Browsers slow down the timers of a page that is not seen; those of a worker they do not.
setInterval(() => postMessage("tick"), 1000);
