// batch.ts: thousands of changes a second become a few updates of the page.
//
// Time is handed in as a clock, so that tests need not wait.

export interface Clock {
	now(): number; // ms
	after(ms: number, run: () => void): () => void; // returns what cancels it
}

export const realClock: Clock = {
	now: () => performance.now(),
	after: (ms, run) => {
		const timer = setTimeout(run, ms);
		return () => clearTimeout(timer);
	},
};

// Keeps the latest value of each key and hands them on together, `wait` ms after the first. Past
// `limit` keys it keeps none and says instead, once, that everything should be read anew.
export class Batch<T> {
	#latest = new Map<string, T>();
	#full = false;
	#cancel: (() => void) | null = null;

	constructor(
		readonly clock: Clock,
		readonly wait: number,
		readonly limit: number,
		readonly flush: (values: T[]) => void,
		readonly overflow: () => void,
	) {}

	add(key: string, value: T): void {
		if (!this.#full) this.#latest.set(key, value);
		if (this.#latest.size > this.limit) {
			this.#latest.clear();
			this.#full = true;
		}
		this.#cancel ??= this.clock.after(this.wait, () => this.#run());
	}

	#run(): void {
		const values = [...this.#latest.values()];
		const full = this.#full;
		this.#latest.clear();
		this.#full = false;
		this.#cancel = null;
		if (full) this.overflow();
		else this.flush(values);
	}

	close(): void {
		this.#cancel?.();
		this.#cancel = null;
		this.#latest.clear();
	}
}

// Runs `load` when asked, never twice at once, never before `gap` ms have passed since the last one
// ended, and longer when it takes long: at most a fifth of the time is spent loading. However often
// it is asked meanwhile, one run follows.
export class Refresher {
	#running = false;
	#asked = false;
	#closed = false;
	#free = 0; // when the next run may begin
	#cancel: (() => void) | null = null;

	constructor(
		readonly clock: Clock,
		readonly gap: number,
		readonly load: () => Promise<void>,
	) {}

	ask(): void {
		if (this.#running) this.#asked = true;
		else
			this.#cancel ??= this.clock.after(
				Math.max(0, this.#free - this.clock.now()),
				() => void this.#run(),
			);
	}

	async #run(): Promise<void> {
		this.#cancel = null;
		this.#running = true;
		const began = this.clock.now();
		try {
			await this.load();
		} finally {
			const took = this.clock.now() - began;
			this.#free = this.clock.now() + Math.max(this.gap, 4 * took);
			this.#running = false;
			if (this.#asked && !this.#closed) {
				this.#asked = false;
				this.ask();
			}
		}
	}

	close(): void {
		this.#closed = true;
		this.#cancel?.();
		this.#cancel = null;
	}
}

const RETRY_MS = 1000;
const RETRY_MAX_MS = 30_000;

// The wait before attempt n (from 0): doubling, spread by chance (0..1) over its upper half.
export function retryDelay(attempt: number, chance: number): number {
	const span = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(attempt, 10));
	return Math.round(span / 2 + (span / 2) * chance);
}
