// mock.mjs: an API in memory, for developing and testing the page without a server of its own. It
// is no part of the product. Plain HTTP on loopback; prints a login link when it is ready.
//
// With arguments it runs them as a command, against itself, and ends with that command's status:
// node tests/mock.mjs node tests/browser.mjs
//
//   PORT=5180            where to listen; 0 picks a port
//   MOCK=full|hosts|none what it holds: all, hosts without a policy, nothing
//   MOCK_MANY=N          so many hosts more, without items of their own
//
// POST /mock/flip changes one item between pass and fail, /mock/drop breaks every stream,
// /mock/burst?n=N sends N changes at once, /mock/link answers a new login link.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseQuery } from "./mockquery.mjs";
import { actors, checks, documents, hex, host, item, outcome } from "./mockdata.mjs";

const COMMAND = process.argv.slice(2);
const PORT = Number(process.env.PORT ?? (COMMAND.length > 0 ? 0 : 5180));
const KIND = process.env.MOCK ?? "full";
const MANY = Number(process.env.MOCK_MANY ?? 0);
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const CSP = "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
const COOKIE = "HttpOnly; SameSite=Strict; Path=/";
const LEVELS = ["low", "medium", "high", "maximum"];
const TYPES = {
	".html": "text/html",
	".js": "text/javascript",
	".css": "text/css",
	".svg": "image/svg+xml",
};

const hosts = new Map();
const items = new Map();
const history = new Map();
const changes = [];
const streams = new Set();
const secrets = new Set();
const sessions = new Set();
let serial = 0;

const before = (ms) => new Date(Date.now() - ms).toISOString().replace("Z", "123Z");

function fill() {
	if (KIND === "none") return;
	for (const [name, more] of [
		["web1.example.net", {}],
		[
			"db1.example.net",
			{
				tags: { role: "db" },
				addresses: ["192.0.2.8"],
				status: "offline",
				last_seen: before(27 * 3_600_000),
			},
		],
	]) {
		const one = host(name, more);
		hosts.set(one.id, one);
		if (KIND === "full")
			checks.forEach((check, at) =>
				put(
					item(
						one,
						check,
						outcome[name][at] ?? "pass",
						before(3_600_000 + at),
					),
				),
			);
	}
	const web1 = [...hosts.values()][0];
	if (KIND === "full")
		for (const [at, from, to] of [
			[5, "pass", "fail"],
			[31, "fail", "pass"],
			[20, "pass", "error"],
		])
			changes.push(changed(item(web1, checks[at], to, before(1_200_000)), from));
	if (KIND === "full") changes[0].by = actors[1];
	for (let n = 1; n <= MANY; n++) {
		const level = ["none", "low", "medium", "high"][n % 4];
		const one = host(`node${String(n).padStart(5, "0")}.example.net`, {
			achieved: level,
		});
		one.counts = { pass: 40 - (n % 5), fail: n % 5 };
		hosts.set(one.id, one);
	}
}

function changed(one, from) {
	const { id, agent, target, policy, check, status, utctimestamp, by } = one;
	return {
		id,
		agent,
		target,
		policy: policy.name,
		ref: check.ref,
		name: check.name,
		level: policy.level,
		from,
		to: status,
		utctimestamp,
		...(by && { by }),
	};
}

function tally(list) {
	const counts = {
		pass: 0,
		fail: 0,
		error: 0,
		not_applicable: 0,
		waived: 0,
		unknown: 0,
		pending: 0,
	};
	for (const one of list) counts[one.status]++;
	return counts;
}

const itemsOf = (id) => [...items.values()].filter((one) => one.agent === id);

function achieved(list) {
	let level = "none";
	for (const at of LEVELS.keys()) {
		const upTo = list.filter(
			(one) =>
				LEVELS.indexOf(one.policy.level) <= at &&
				one.status !== "not_applicable",
		);
		if (upTo.length === 0 || upTo.some((one) => !one.compliance)) return level;
		level = LEVELS[at];
	}
	return level;
}

function put(one) {
	items.set(one.id, one);
	history.set(one.id, [one, ...(history.get(one.id) ?? [])].slice(0, 100));
	const owner = hosts.get(one.agent);
	const list = itemsOf(one.agent);
	owner.counts = tally(list);
	owner.achieved = achieved(list);
}

function send(event, data) {
	const text = `id: ${++serial}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
	for (const { answer, matches } of streams) if (matches(data)) answer.write(text);
}

function flip() {
	const web1 = [...hosts.values()][0];
	const old = items.get(hex(`${web1.id} ${checks[0].policy} ${checks[0].ref}`));
	const next = item(web1, checks[0], old.status === "fail" ? "pass" : "fail", before(0));
	next.by = actors[0];
	put(next);
	changes.unshift(changed(next, old.status));
	changes.length = Math.min(changes.length, 20);
	send("item", next);
	send("host", hosts.get(web1.id));
}

function burst(count) {
	const all = [...items.values()];
	for (let n = 0; n < count; n++)
		send("item", { ...all[n % all.length], utctimestamp: before(0) });
}

function summary() {
	const all = [...items.values()];
	const fleet = [...hosts.values()];
	const rank = (level) => LEVELS.indexOf(level);
	const meets = (one) => one.required !== null && rank(one.achieved) >= rank(one.required);
	const by = (key) =>
		Object.fromEntries(
			["none", ...LEVELS].map((level) => [
				level,
				fleet.filter((one) => (one[key] ?? "none") === level).length,
			]),
		);
	const failures = checks
		.map((check) => {
			const list = all.filter(
				(one) =>
					one.check.ref === check.ref &&
					["fail", "error", "unknown"].includes(one.status),
			);
			const { policy, ref, name, level } = check;
			return {
				policy,
				ref,
				name,
				level,
				count: list.length,
				items: list
					.slice(0, 20)
					.map(
						({
							id,
							agent,
							target,
							status,
							reason,
							utctimestamp,
						}) => ({
							id,
							agent,
							target,
							status,
							reason,
							utctimestamp,
						}),
					),
			};
		})
		.filter((one) => one.count > 0);
	failures.sort((a, b) => rank(a.level) - rank(b.level) || b.count - a.count);
	const policies =
		KIND !== "full"
			? []
			: ["system", "network"].map((policy) => {
					const list = all.filter(
						(one) => one.policy.name === policy,
					);
					const levels = Object.fromEntries(
						LEVELS.map((level) => [
							level,
							tally(
								list.filter(
									(one) =>
										one.policy.level ===
										level,
								),
							),
						]),
					);
					return { policy, hosts: 2, counts: tally(list), levels };
				});
	const online = fleet.filter((one) => one.status === "online").length;
	const meeting = fleet.filter(meets).length;
	const free = fleet.filter((one) => one.required === null).length;
	return {
		generated: before(0),
		hosts: {
			total: fleet.length,
			online,
			offline: fleet.length - online,
			meeting,
			below: fleet.length - meeting - free,
			not_required: free,
		},
		achieved: by("achieved"),
		required: by("required"),
		counts: tally(all),
		policies,
		failures,
		changes,
		flapping: 2,
	};
}

class Refusal {
	constructor(status, detail) {
		this.status = status;
		this.detail = detail;
	}
}

function page(list, url) {
	const limit = Number(url.searchParams.get("limit") ?? 100);
	const from = Number(url.searchParams.get("cursor") ?? 0);
	return {
		data: list.slice(from, from + limit),
		next: from + limit < list.length ? String(from + limit) : null,
	};
}

function matcher(q) {
	try {
		return parseQuery(q);
	} catch (error) {
		throw new Refusal(400, `query: ${error.message}`);
	}
}

const selected = (map, q) => [...map.values()].filter(matcher(q));

function stream(request, answer, url) {
	const one = { answer, matches: matcher(url.searchParams.get("q") ?? "") };
	answer.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
	answer.write("retry: 500\n: here\n\n");
	streams.add(one);
	request.on("close", () => streams.delete(one));
}

function read(url) {
	const [, , , collection, id, more] = url.pathname.split("/");
	const q = url.searchParams.get("q") ?? "";
	const found = (map) =>
		map.get(id) ??
		(() => {
			throw new Refusal(404, "there is no such thing");
		})();
	if (collection === "whoami") return { name: "admin", role: "admin" };
	if (collection === "summary") return summary();
	if (collection === "policies")
		return { data: KIND === "full" ? documents() : [], next: null };
	if (collection === "hosts") return id ? found(hosts) : page(selected(hosts, q), url);
	if (collection === "items" && more === "history") return page(found(history), url);
	if (collection === "items") return id ? found(items) : page(selected(items, q), url);
	throw new Refusal(404, "there is no such page");
}

async function bodyOf(request) {
	let text = "";
	for await (const part of request) text += part;
	return text === "" ? {} : JSON.parse(text);
}

const origin = () => `http://127.0.0.1:${server.address().port}`;

function link() {
	const secret = randomBytes(16).toString("hex");
	secrets.add(secret);
	return `${origin()}/#login=${secret}`;
}

function json(answer, status, value, headers = {}) {
	answer.writeHead(status, {
		"Content-Type": "application/json",
		"Cache-Control": "no-store",
		...headers,
	});
	answer.end(JSON.stringify(value));
}

async function api(request, answer, url) {
	const cookie = /muster_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
	const where = `${request.method} ${url.pathname}`;
	if (where === "POST /api/v1/login") {
		if (!secrets.delete((await bodyOf(request)).secret))
			throw new Refusal(
				401,
				"this link was used already, or is too old; run: muster open",
			);
		const session = randomBytes(16).toString("hex");
		sessions.add(session);
		return json(
			answer,
			200,
			{ name: "admin", role: "admin", expires: before(-3_600_000) },
			{
				"Set-Cookie": `muster_session=${session}; ${COOKIE}`,
			},
		);
	}
	if (!sessions.has(cookie)) throw new Refusal(401, "not signed in; run: muster open");
	if (where === "POST /api/v1/logout") {
		sessions.delete(cookie);
		return answer.writeHead(204).end();
	}
	if (url.pathname === "/api/v1/stream") return stream(request, answer, url);
	return json(answer, 200, read(url));
}

function control(answer, url) {
	if (url.pathname === "/mock/flip") flip();
	else if (url.pathname === "/mock/burst") burst(Number(url.searchParams.get("n") ?? 1000));
	else if (url.pathname === "/mock/drop") for (const one of streams) one.answer.destroy();
	else if (url.pathname === "/mock/link") return json(answer, 200, { url: link() });
	return json(answer, 200, {});
}

async function file(answer, url) {
	const path = extname(url.pathname) === "" ? "index.html" : normalize(url.pathname);
	try {
		const bytes = await readFile(join(DIST, path));
		answer.writeHead(200, {
			"Content-Type": TYPES[extname(path)],
			"Content-Security-Policy": CSP,
		});
		answer.end(bytes);
	} catch {
		answer.writeHead(404).end();
	}
}

const server = createServer(async (request, answer) => {
	const url = new URL(request.url, "http://mock");
	try {
		if (url.pathname.startsWith("/mock/")) control(answer, url);
		else if (url.pathname.startsWith("/api/")) await api(request, answer, url);
		else await file(answer, url);
	} catch (error) {
		const { status = 500, detail = String(error) } = error;
		json(answer, status, { type: "about:blank", title: "Refused", status, detail });
	}
});

function run() {
	const flip = `node -e 'fetch("${origin()}/mock/flip", { method: "POST" })'`;
	const env = {
		...process.env,
		MUSTER_LINK: link(),
		MUSTER_FLIP: flip,
		MUSTER_ACTOR: actors[0].process,
	};
	spawn(COMMAND[0], COMMAND.slice(1), { env, stdio: "inherit" }).on("exit", (code) =>
		process.exit(code ?? 1),
	);
}

server.listen(PORT, "127.0.0.1", () => {
	fill();
	if (COMMAND.length > 0) run();
	else console.log(`ready ${link()}`);
});
