import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level, Reached, Status } from "../../src/api/types.ts";
import { achievedLevel, inTheWay, ladder, standing } from "../../src/model/level.ts";
import { item } from "./data.ts";

const cases: [string, [Level, Status][], Reached][] = [
	["no items achieve nothing", [], "none"],
	["one pass achieves its level", [["low", "pass"]], "low"],
	["a waived check holds", [["low", "waived"]], "low"],
	["a failure achieves nothing", [["low", "fail"]], "none"],
	["an error does not hold", [["low", "error"]], "none"],
	["an unknown does not hold", [["low", "unknown"]], "none"],
	["what does not apply alone achieves nothing", [["low", "not_applicable"]], "none"],
	[
		"what does not apply is not counted",
		[
			["low", "pass"],
			["low", "not_applicable"],
		],
		"low",
	],
	[
		"a lower failure binds every higher level",
		[
			["low", "fail"],
			["high", "pass"],
		],
		"none",
	],
	[
		"a higher failure leaves the lower level",
		[
			["low", "pass"],
			["medium", "fail"],
		],
		"low",
	],
	[
		"a level without checks is passed through",
		[
			["low", "pass"],
			["high", "pass"],
		],
		"high",
	],
	["nothing is above the highest that a check has", [["medium", "pass"]], "medium"],
	[
		"all four",
		[
			["low", "pass"],
			["medium", "pass"],
			["high", "pass"],
			["maximum", "pass"],
		],
		"maximum",
	],
	[
		"the highest that a check has counts even where it does not apply",
		[
			["low", "pass"],
			["high", "not_applicable"],
		],
		"high",
	],
];

for (const [what, results, expected] of cases)
	test(`achieved level: ${what}`, () => {
		const items = results.map(([level, status], at) => item(String(at), status, level));
		assert.equal(achievedLevel(items), expected);
	});

test("the ladder counts what holds of what applies", () => {
	const [low, medium] = ladder([
		item("1", "pass"),
		item("2", "fail"),
		item("3", "not_applicable"),
		item("4", "waived", "medium"),
	]);
	assert.deepEqual(low, {
		level: "low",
		holding: 1,
		applicable: 2,
		checks: 3,
		reached: false,
	});
	assert.deepEqual(medium, {
		level: "medium",
		holding: 1,
		applicable: 1,
		checks: 1,
		reached: false,
	});
});

test("only failing checks up to the level are in its way", () => {
	const items = [
		item("1", "fail", "low"),
		item("2", "pass", "low"),
		item("3", "unknown", "medium"),
		item("4", "not_applicable", "medium"),
		item("5", "fail", "high"),
	];
	assert.deepEqual(
		inTheWay(items, "medium").map((row) => row.id),
		["1", "3"],
	);
});

test("a host meets a level that it has achieved or passed", () => {
	assert.equal(standing("medium", "medium"), "meets");
	assert.equal(standing("high", "medium"), "meets");
	assert.equal(standing("low", "medium"), "below");
	assert.equal(standing("none", "low"), "below");
	assert.equal(standing("none", null), "not required");
});
