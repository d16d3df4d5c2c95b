import assert from "node:assert/strict";
import { test } from "node:test";
import { failuresOf, hostQuery, hostsQuery, quote, streamOf } from "../../src/model/query.ts";
import {
	hostPath,
	hostsPath,
	itemPath,
	loginSecret,
	parseRoute,
	webUrl,
} from "../../src/model/route.ts";
import { ago, local, took, utc } from "../../src/model/time.ts";

const ID = "0123456789abcdef0123456789abcdef";
const route = (path: string) => parseRoute(new URL(path, "https://muster.example.net"));

test("addresses lead to pages", () => {
	assert.deepEqual(route("/"), { page: "overview" });
	assert.deepEqual(route("/hosts"), { page: "hosts", q: "", show: "", cursor: "" });
	assert.deepEqual(route("/hosts/?q=os:debian&show=below&cursor=x"), {
		page: "hosts",
		q: "os:debian",
		show: "below",
		cursor: "x",
	});
	assert.deepEqual(route(`/hosts/${ID}`), { page: "host", id: ID, item: "" });
	assert.deepEqual(route(`/hosts/${ID}#item-${ID}`), { page: "host", id: ID, item: ID });
});

test("other addresses lead nowhere", () => {
	for (const path of ["/x", "/hosts/1", `/hosts/${ID}/x`, `/hosts/${ID.toUpperCase()}`])
		assert.deepEqual(route(path), { page: "missing" }, path);
});

test("paths are made so that they are read back", () => {
	assert.equal(hostPath(ID), `/hosts/${ID}`);
	assert.deepEqual(route(itemPath(ID, ID)), { page: "host", id: ID, item: ID });
	assert.equal(hostsPath(), "/hosts");
	const q = 'name:"a & b" or os:debian';
	assert.deepEqual(route(hostsPath(q, "online", "c/d+e=")), {
		page: "hosts",
		q,
		show: "online",
		cursor: "c/d+e=",
	});
});

test("a login link's secret is found, and nothing else is one", () => {
	assert.equal(loginSecret("#login=s3cret"), "s3cret");
	assert.equal(loginSecret("#login="), "");
	assert.equal(loginSecret("#item-1"), "");
	assert.equal(loginSecret(""), "");
	assert.equal(loginSecret("#login=%zz"), "%zz");
});

test("only addresses of the web become links", () => {
	assert.equal(webUrl("https://example.org/policy"), "https://example.org/policy");
	for (const text of [
		"javascript:alert(1)",
		"data:text/html,x",
		"//x",
		"",
		"https://",
		undefined,
	])
		assert.equal(webUrl(text), "", String(text));
});

test("a plain word finds hosts by a part of their name", () => {
	assert.equal(hostQuery(" web1 "), "name:*web1*");
	assert.equal(hostQuery("web north"), "name:*web* and name:*north*");
	assert.equal(hostQuery(""), "");
});

test("a query stays as it was typed", () => {
	for (const text of ["os:debian", "not x", "a or b", '"web1"', "web*", "(x)"])
		assert.equal(hostQuery(text), text);
});

test("a selection and what was typed hold together", () => {
	assert.equal(hostsQuery("", ""), "");
	assert.equal(hostsQuery("web1", ""), "name:*web1*");
	assert.equal(hostsQuery("", "offline"), "status:offline");
	assert.equal(
		hostsQuery("os:debian or os:fedora", "not-required"),
		"(not required:*) and (os:debian or os:fedora)",
	);
	assert.equal(hostsQuery("", "sideways"), "");
});

test("hosts below their level are those that achieved less than each level requires", () => {
	const below = hostsQuery("", "below").split(" or ");
	assert.equal(below.length, 4);
	assert.equal(below[1], "(required:medium and achieved < medium)");
	assert.equal(hostsQuery("", "meeting").split(" or ")[3], below[3]?.replace("<", ">="));
});

test("values are quoted where they must be", () => {
	assert.equal(quote("sysmediumssh1"), "sysmediumssh1");
	assert.equal(quote("a b"), '"a b"');
	assert.equal(quote('say "x" \\'), '"say \\"x\\" \\\\"');
	assert.equal(quote("or"), '"or"');
	assert.equal(quote(""), '""');
});

test("the failures of a check are its items that are not met", () => {
	assert.equal(
		failuresOf("system", "a b"),
		'policy.name:system and check.ref:"a b" and not status:pass and not status:waived' +
			" and not status:not_applicable",
	);
	assert.equal(streamOf("x"), "agent:x");
});

const NOW = Date.parse("2026-11-24T12:00:00Z");

test("times are told from now", () => {
	assert.equal(ago("2026-11-24T11:59:55Z", NOW), "just now");
	assert.equal(ago("2026-11-24T12:00:03Z", NOW), "just now");
	assert.equal(ago("2026-11-24T11:59:14.876544Z", NOW), "45 sec. ago");
	assert.equal(ago("2026-11-24T11:57:10Z", NOW), "2 min. ago");
	assert.equal(ago("2026-11-24T06:00:00Z", NOW), "6 hr. ago");
	assert.equal(ago("2026-11-21T11:00:00Z", NOW), "3 days ago");
	assert.equal(ago("soon", NOW), "soon");
});

test("times are shown where the reader is, and in UTC", () => {
	const time = "2026-11-24T08:14:04.239651Z";
	const at = new Date(time);
	const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
		.map((n) => String(n).padStart(2, "0"))
		.join(":");
	assert.equal(local(time, at.getTime()), clock);
	assert.match(local(time, at.getTime() + 3 * 86_400_000), /^2026-11-2[345] \d\d:\d\d:\d\d$/);
	assert.equal(utc(time), "2026-11-24 08:14:04 UTC");
	assert.equal(utc("never"), "never");
	assert.equal(local("never", NOW), "never");
});

test("durations have the unit that fits", () => {
	assert.equal(took(210), "210 µs");
	assert.equal(took(1300), "1.3 ms");
	assert.equal(took(45_678), "46 ms");
	assert.equal(took(2_000_000), "2 s");
});
