import assert from "node:assert/strict";
import { test } from "node:test";
import { filterItems } from "../../src/model/filter.ts";
import { checkOf, groupItems, indexChecks, rankItems } from "../../src/model/group.ts";
import { check, document, item } from "./data.ts";

const documents = [
	document(
		"system",
		[check("a", "root"), check("b", "root"), check("c", "files"), check("d")],
		{
			root: "Root must not log in.",
			files: "Files must be private.",
		},
	),
	document("network", [check("a", null, { remediation: "Close the port." })]),
];
const index = indexChecks(documents);

function names(groups: ReturnType<typeof groupItems>): unknown[] {
	return groups.map((group) => [
		group.policy,
		group.statements.map((part) => [part.statement, part.items.map((row) => row.id)]),
	]);
}

test("a check is found by policy and ref together", () => {
	const here = item("a", "pass");
	const there = item("a", "pass", "low", {
		policy: { name: "network", level: "low", url: "" },
	});
	assert.equal(checkOf(index, here)?.statement, "Root must not log in.");
	assert.equal(checkOf(index, there)?.check.remediation, "Close the port.");
	assert.equal(checkOf(index, item("z", "pass")), undefined);
});

test("a check of a document with several policies belongs to its own", () => {
	const both = indexChecks([document("system", [check("x", null, { policy: "service" })])]);
	const service = item("x", "pass", "low", {
		policy: { name: "service", level: "low", url: "" },
	});
	assert.ok(checkOf(both, service));
	assert.equal(checkOf(both, item("x", "pass")), undefined);
});

test("a statement that the document lacks leaves the check without one", () => {
	const odd = indexChecks([document("system", [check("x", "nowhere")])]);
	assert.equal(checkOf(odd, item("x", "pass"))?.statement, "");
});

test("what needs somebody comes first, then the lower level, then the policy's order", () => {
	const items = [
		item("d", "pass"),
		item("b", "pass"),
		item("c", "error"),
		item("a", "fail", "high"),
		item("z", "fail", "low"),
	];
	assert.deepEqual([...rankItems(items, index).keys()], ["z", "a", "c", "b", "d"]);
});

test("items stand under policy and statement", () => {
	const items = [item("a", "pass"), item("b", "fail"), item("c", "pass"), item("d", "pass")];
	assert.deepEqual(names(groupItems(items, index, rankItems(items, index))), [
		[
			"system",
			[
				["Root must not log in.", ["b", "a"]],
				["Files must be private.", ["c"]],
				["", ["d"]],
			],
		],
	]);
});

test("an item that changes stays where it is, and a new one follows", () => {
	const items = [item("a", "fail"), item("b", "pass")];
	const rank = rankItems(items, index);
	const later = [item("b", "fail"), item("new", "fail"), item("a", "pass")];
	assert.deepEqual(
		groupItems(later, index, rank)[0]?.items.map((row) => row.id),
		["a", "b", "new"],
	);
});

const some = [
	item("a", "fail", "low", { reason: "line 12 says YES" }),
	item("b", "pass", "low", { evidence: [{ path: "/etc/motd", line: 3, text: "Welcome" }] }),
	item("c", "unknown"),
];
const shown = (
	...by: Parameters<typeof filterItems> extends [unknown, unknown, ...infer R] ? R : never
) => filterItems(some, index, ...by).map((row) => row.id);

test("items are filtered by status", () => {
	assert.deepEqual(shown("all", ""), ["a", "b", "c"]);
	assert.deepEqual(shown("failing", ""), ["a", "c"]);
	assert.deepEqual(shown("pass", ""), ["b"]);
});

test("items are found by every word, in any case, wherever it stands", () => {
	assert.deepEqual(shown("all", "yes LINE"), ["a"]);
	assert.deepEqual(shown("all", "/etc/motd"), ["b"]);
	assert.deepEqual(shown("all", "welcome"), ["b"]);
	assert.deepEqual(shown("all", "private"), ["c"]);
	assert.deepEqual(shown("all", "yes welcome"), []);
	assert.deepEqual(shown("pass", "yes"), []);
});
