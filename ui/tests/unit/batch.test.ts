import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch, type Clock, Refresher, retryDelay } from "../../src/model/batch.ts";

// A clock that stands still until it is moved.
class StillClock implements Clock {
	#time = 0;
	#waiting = new Set<{ at: number; run: () => void }>();

	now(): number {
		return this.#time;
	}

	after(ms: number, run: () => void): () => void {
		const entry = { at: this.#time + ms, run };
		this.#waiting.add(entry);
		return () => this.#waiting.delete(entry);
	}

	async move(ms: number): Promise<void> {
		this.#time += ms;
		for (const entry of [...this.#waiting])
			if (entry.at <= this.#time && this.#waiting.delete(entry)) entry.run();
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function batch(limit = 10) {
	const clock = new StillClock();
	const flushed: number[][] = [];
	let overflows = 0;
	const made = new Batch<number>(
		clock,
		100,
		limit,
		(values) => flushed.push(values),
		() => overflows++,
	);
	return { clock, flushed, made, overflows: () => overflows };
}

test("a batch hands on the latest of each key, together", async () => {
	const { clock, flushed, made } = batch();
	made.add("a", 1);
	made.add("b", 2);
	made.add("a", 3);
	await clock.move(99);
	assert.deepEqual(flushed, []);
	await clock.move(1);
	assert.deepEqual(flushed, [[3, 2]]);
	await clock.move(1000);
	assert.equal(flushed.length, 1);
});

test("a batch waits from its first value, however many follow", async () => {
	const { clock, flushed, made } = batch();
	for (let n = 0; n < 10; n++) {
		made.add("a", n);
		await clock.move(20);
	}
	assert.deepEqual(flushed, [[4], [9]]);
});

test("a batch that is full asks to read everything anew, and begins again", async () => {
	const { clock, flushed, made, overflows } = batch(2);
	for (const key of ["a", "b", "c", "d"]) made.add(key, 1);
	await clock.move(100);
	assert.equal(overflows(), 1);
	assert.deepEqual(flushed, []);
	made.add("a", 7);
	await clock.move(100);
	assert.deepEqual(flushed, [[7]]);
});

test("a closed batch hands on nothing", async () => {
	const { clock, flushed, made } = batch();
	made.add("a", 1);
	made.close();
	await clock.move(1000);
	assert.deepEqual(flushed, []);
});

function refresher(takes: number) {
	const clock = new StillClock();
	let runs = 0;
	let open = 0;
	const made = new Refresher(
		clock,
		1000,
		() =>
			new Promise<void>((resolve) => {
				runs++;
				assert.equal(++open, 1, "two at once");
				clock.after(takes, () => {
					open--;
					resolve();
				});
			}),
	);
	return { clock, made, runs: () => runs };
}

test("a refresher runs at once, then keeps its distance", async () => {
	const { clock, made, runs } = refresher(10);
	made.ask();
	await clock.move(0);
	assert.equal(runs(), 1);
	await clock.move(10);
	made.ask();
	made.ask();
	await clock.move(999);
	assert.equal(runs(), 1);
	await clock.move(1);
	assert.equal(runs(), 2);
});

test("however often it is asked meanwhile, one run follows", async () => {
	const { clock, made, runs } = refresher(10);
	made.ask();
	await clock.move(0);
	for (let n = 0; n < 1000; n++) made.ask();
	await clock.move(10);
	await clock.move(1000);
	await clock.move(10);
	await clock.move(5000);
	assert.equal(runs(), 2);
});

test("a slow load is repeated more rarely", async () => {
	const { clock, made, runs } = refresher(2000);
	made.ask();
	await clock.move(0);
	made.ask();
	await clock.move(2000);
	await clock.move(7999);
	assert.equal(runs(), 1);
	await clock.move(1);
	assert.equal(runs(), 2);
});

test("a closed refresher runs no more", async () => {
	const { clock, made, runs } = refresher(10);
	made.ask();
	await clock.move(0);
	made.ask();
	made.close();
	await clock.move(10);
	await clock.move(5000);
	assert.equal(runs(), 1);
});

test("retries wait longer and longer, to a limit", () => {
	assert.equal(retryDelay(0, 1), 1000);
	assert.equal(retryDelay(0, 0), 500);
	assert.equal(retryDelay(3, 1), 8000);
	assert.equal(retryDelay(5, 1), 30_000);
	assert.equal(retryDelay(1000, 0.5), 22_500);
});
