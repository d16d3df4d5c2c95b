import assert from "node:assert/strict";
import { test } from "node:test";
import {
	countItems,
	failing,
	number,
	plural,
	present,
	segments,
	sentence,
	total,
} from "../../src/model/counts.ts";
import {
	isFailing,
	levelRank,
	shortSystem,
	statusRank,
	statusWord,
} from "../../src/model/words.ts";
import { item } from "./data.ts";

test("items are counted by status", () => {
	const items = [item("1", "pass"), item("2", "pass"), item("3", "error")];
	assert.deepEqual(countItems(items), { pass: 2, error: 1 });
});

test("what occurs is listed worst first, and nothing else", () => {
	const rows = present({ pass: 3, fail: 1, error: 0, pending: 2 });
	assert.deepEqual(
		rows.map((row) => [row.status, row.count]),
		[
			["fail", 1],
			["pending", 2],
			["pass", 3],
		],
	);
});

test("failing are fail, error and unknown", () => {
	const counts = {
		fail: 1,
		error: 2,
		unknown: 4,
		pending: 8,
		waived: 16,
		pass: 32,
		not_applicable: 64,
	};
	assert.equal(failing(counts), 7);
	assert.equal(total(counts), 127);
});

test("counts read as a sentence", () => {
	assert.equal(sentence({ pass: 31, fail: 2, not_applicable: 1 }), "2 fail, 31 pass, 1 n/a");
	assert.equal(sentence({}), "nothing checked yet");
});

test("the parts of a bar fill it without a gap", () => {
	const parts = segments({ pass: 9999, fail: 1, waived: 1 });
	assert.deepEqual(
		parts.map((part) => part.status),
		["fail", "waived", "pass"],
	);
	let end = 0;
	for (const part of parts) {
		assert.ok(Math.abs(part.from - end) < 1e-9);
		assert.ok(part.width > 3, `${part.status} is too thin to see`);
		end = part.from + part.width;
	}
	assert.ok(Math.abs(end - 100) < 1e-9);
});

test("a bar of nothing has no parts", () => {
	assert.deepEqual(segments({}), []);
});

test("numbers are grouped, and nouns follow them", () => {
	assert.equal(number(1234567), "1,234,567");
	assert.equal(plural(1, "host"), "1 host");
	assert.equal(plural(0, "host"), "0 hosts");
	assert.equal(plural(2000, "policy", "policies"), "2,000 policies");
});

test("a status that the page does not know reads as unknown", () => {
	assert.equal(statusWord("sideways"), "Unknown");
	assert.equal(statusRank("sideways"), statusRank("unknown"));
	assert.ok(isFailing("sideways"));
});

test("a system's short name leaves out what is in parentheses at its end", () => {
	assert.equal(shortSystem("Debian GNU/Linux 12 (bookworm)"), "Debian GNU/Linux 12");
	assert.equal(shortSystem("Fedora (Server) 41"), "Fedora (Server) 41");
	assert.equal(shortSystem(""), "");
});

test("levels are ordered", () => {
	const ranks = (["none", "low", "medium", "high", "maximum"] as const).map(levelRank);
	assert.deepEqual(ranks, [0, 1, 2, 3, 4]);
	assert.equal(levelRank(null), 0);
});
