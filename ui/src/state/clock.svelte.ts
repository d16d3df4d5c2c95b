// clock.svelte.ts: now, for "2 min. ago", good to a few seconds.

const TICK_MS = 10_000;

class Clock {
	now = $state(Date.now());

	constructor() {
		setInterval(() => {
			if (document.visibilityState === "visible") this.now = Date.now();
		}, TICK_MS);
		document.addEventListener("visibilitychange", () => (this.now = Date.now()));
	}
}

export const clock = new Clock();
