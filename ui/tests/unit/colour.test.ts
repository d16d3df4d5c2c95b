// Every text colour must be readable on every ground that it stands on: WCAG 2, AA, 4.5 to 1; and
// what is told apart by its edge alone, 3 to 1.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync("src/app.css", "utf8");
const dark = css.indexOf("prefers-color-scheme: dark");

function colours(text: string): Map<string, string> {
	const found = text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g);
	return new Map([...found].map(([, name, value]) => [name!, value!]));
}

const schemes = new Map([
	["light", colours(css.slice(0, dark))],
	["dark", new Map([...colours(css.slice(0, dark)), ...colours(css.slice(dark))])],
]);

function luminance(colour: string): number {
	const [r, g, b] = [1, 3, 5].map((at) => {
		const part = parseInt(colour.slice(at, at + 2), 16) / 255;
		return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (high! + 0.05) / (low! + 0.05);
}

const words = ["text", "muted", "accent", "pass", "fail", "error", "unknown", "waived", "idle"];
const pairs: [string, string, number][] = [
	...words.flatMap((word): [string, string, number][] =>
		["ground", "surface", "sunken"].map((ground) => [word, ground, 4.5]),
	),
	["on-accent", "accent", 4.5],
	["text", "mark", 4.5],
	["edge", "surface", 3],
	["edge", "ground", 3],
];

for (const [scheme, values] of schemes)
	test(`every colour can be read where it stands, in the ${scheme} scheme`, () => {
		for (const [word, ground, least] of pairs) {
			const ratio = contrast(values.get(word)!, values.get(ground)!);
			assert.ok(
				ratio >= least,
				`${word} on ${ground}: ${ratio.toFixed(2)}, not ${least}`,
			);
		}
	});

test("both schemes have every colour", () => {
	const names = [...colours(css.slice(0, dark)).keys()].sort();
	assert.deepEqual([...colours(css.slice(dark)).keys()].sort(), names);
});
