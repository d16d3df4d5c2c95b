import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item, Status } from "../../src/api/types.ts";
import { mergeItems } from "../../src/model/merge.ts";
import { item } from "./data.ts";

const at = (id: string, status: Status, second: number) =>
	item(id, status, "low", { utctimestamp: `2026-11-24T08:14:0${second}.000000Z` });
const map = (...items: Item[]) => new Map(items.map((one) => [one.id, one]));
const ids = (items: Iterable<Item>) => [...items].map((one) => one.id);

test("what was not known has appeared, and what has another status has changed", () => {
	const known = map(at("a", "fail", 1), at("b", "pass", 1));
	const merged = mergeItems(
		known,
		[at("a", "pass", 2), at("b", "pass", 2), at("c", "fail", 2)],
		false,
	);
	assert.deepEqual(ids(merged.appeared), ["c"]);
	assert.deepEqual(ids(merged.changed), ["a"]);
	assert.deepEqual(ids(merged.items.values()), ["a", "b", "c"]);
	assert.equal(merged.items.get("b")?.utctimestamp, "2026-11-24T08:14:02.000000Z");
});

test("an older version never replaces a newer one", () => {
	const merged = mergeItems(map(at("a", "pass", 5)), [at("a", "fail", 3)], true);
	assert.equal(merged.items.get("a")?.status, "pass");
	assert.deepEqual(merged.changed, []);
});

test("what a part lacks stays, what the whole lacks goes", () => {
	const known = map(at("a", "pass", 1), at("b", "pass", 1));
	assert.deepEqual(ids(mergeItems(known, [at("a", "pass", 2)], false).items.values()), [
		"a",
		"b",
	]);
	assert.deepEqual(ids(mergeItems(known, [at("a", "pass", 2)], true).items.values()), ["a"]);
});

test("what is newer than the whole stays", () => {
	const known = map(at("a", "pass", 1), at("new", "fail", 9));
	assert.deepEqual(ids(mergeItems(known, [at("a", "pass", 2)], true).items.values()), [
		"a",
		"new",
	]);
});

test("what was known is not altered", () => {
	const known = map(at("a", "fail", 1));
	mergeItems(known, [at("a", "pass", 2), at("b", "pass", 2)], false);
	assert.equal(known.get("a")?.status, "fail");
	assert.equal(known.size, 1);
});
