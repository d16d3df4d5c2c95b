// browser.mjs: the dashboard in a real browser, against a running server. Prints TAP.
//
//   MUSTER_LINK   a login link that nobody has used yet
//   MUSTER_FLIP   a shell command that makes one check of the fleet's first host change its status
//   MUSTER_ACTOR  the program that MUSTER_FLIP makes its change with; empty where the agent can't tell
//   MUSTER_SHOTS  a folder for pictures of the pages; none are taken without it
//
// The server must hold at least one host with a check that fails.
import assert from "node:assert/strict";
import { exec } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const LINK = process.env.MUSTER_LINK ?? "";
const FLIP = process.env.MUSTER_FLIP ?? "";
const ACTOR = process.env.MUSTER_ACTOR ?? "";
const SHOTS = process.env.MUSTER_SHOTS ?? "";
const WAIT_MS = 15_000; // for anything to appear
const FLIP_MS = 45_000; // for a change on the host to reach the page
const ARGS = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

const faults = []; // errors that a browser's console showed
let count = 0;
let failed = 0;

async function test(name, run) {
	count++;
	try {
		await run();
		console.log(`ok ${count} - ${name}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${count} - ${name}`);
		for (const line of String(error.stack ?? error).split("\n"))
			console.log(`# ${line}`);
	}
}

function skip(name, why) {
	count++;
	console.log(`ok ${count} - ${name} # SKIP ${why}`);
}

// A refused sign-in is a 401, which Chromium also writes to the console: only that is expected.
function isFault(message) {
	if (message.type() !== "error") return false;
	const { url } = message.location();
	return !(message.text().includes("401") && /\/api\/v1\/(login|whoami)$/.test(url));
}

function listen(page) {
	page.setDefaultTimeout(WAIT_MS);
	page.on("console", (message) => {
		if (isFault(message))
			faults.push(`console: ${message.text()} (${message.location().url})`);
	});
	page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
	return page;
}

async function newContext(browser, options = {}) {
	const context = await browser.newContext({
		ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 800 },
		...options,
	});
	await context.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (event) =>
			console.error(
				`policy violated: ${event.violatedDirective} ${event.blockedURI}`,
			),
		);
	});
	return context;
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const isLive = (page) =>
	page
		.getByRole("status")
		.filter({ hasText: /^\s*Live\s*$/ })
		.waitFor();

const statuses = (page) =>
	page.evaluate(() =>
		Object.fromEntries(
			[...document.querySelectorAll('[id^="item-"]')].map((row) => [
				row.id,
				row.querySelector(".status").textContent.trim(),
			]),
		),
	);

const policyCounts = (page) =>
	page.evaluate(() => document.querySelector('[aria-labelledby="policies"]').innerText);

async function until(ms, what, check) {
	const end = Date.now() + ms;
	while (Date.now() < end) {
		const result = await check();
		if (result) return result;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	throw new Error(`not within ${ms} ms: ${what}`);
}

async function shoot(page, name) {
	if (SHOTS === "") return;
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme });
		await page.screenshot({
			path: join(SHOTS, `${name}-${colorScheme}.png`),
			fullPage: true,
		});
	}
}

async function signIn(browser) {
	const stranger = await newContext(browser);
	const page = listen(await stranger.newPage());
	await test("who has not signed in is told how to", async () => {
		await page.goto(new URL("/hosts", LINK).href);
		await heading(page, "Sign in to Muster");
		await page.getByText("muster open", { exact: true }).waitFor();
		await shoot(page, "signin");
	});

	const context = await newContext(browser);
	const mine = listen(await context.newPage());
	await test("a login link signs in, and leaves the address bar", async () => {
		await mine.goto(LINK);
		await heading(mine, "Overview");
		assert.ok(!mine.url().includes("login="), mine.url());
	});
	await test("a login link works once", async () => {
		// Only the fragment changes: the page is not loaded again.
		await page.goto(new URL("/", LINK).href);
		await heading(page, "Sign in to Muster");
		await page.goto(LINK);
		await heading(page, "Sign in to Muster");
		await page.getByRole("alert").filter({ hasText: "was used already" }).waitFor();
		await stranger.close();
	});
	return { context, page: mine };
}

async function overview(page) {
	let check = "";
	await test("the overview is live and shows hosts, levels and policies", async () => {
		await isLive(page);
		for (const name of [
			"By policy and level",
			"Achieved and required level",
			"What fails",
		])
			await page.getByRole("heading", { level: 2, name }).waitFor();
	});
	await test("the overview says how many checks go to and fro", async () => {
		const summary = await page.evaluate(async () =>
			(await fetch("/api/v1/summary")).json(),
		);
		const shown = await page.locator("[data-flapping]").allInnerTexts();
		assert.equal(shown.length, summary.flapping > 0 ? 1 : 0);
		if (summary.flapping > 0) assert.match(shown[0], new RegExp(`^${summary.flapping} check`));
	});
	await test("the overview names a check that fails, with its host", async () => {
		const failure = page.locator('[aria-labelledby="failures"] article').first();
		check = await failure.getByRole("heading", { level: 3 }).innerText();
		assert.notEqual(check.trim(), "");
		const href = await failure.getByRole("link").first().getAttribute("href");
		assert.match(href, /^\/hosts\/[0-9a-f]{32}#item-[0-9a-f]{32}$/);
		await shoot(page, "overview");
	});
	await test("its link opens that item on the host's page", async () => {
		await page.locator('[aria-labelledby="failures"] article a').first().click();
		const id = new URL(page.url()).hash.slice(1);
		const item = page.locator(`[id="${id}"]`);
		await item.getByRole("button", { name: check, expanded: true }).waitFor();
		for (const name of ["Reason", "What was found", "How to mend it", "Why it matters"])
			await item.getByRole("heading", { name }).waitFor();
		await until(WAIT_MS, "the item is in view and has the focus", () =>
			item.evaluate((row) => {
				const { top } = row.getBoundingClientRect();
				return (
					top >= 0 &&
					top < innerHeight &&
					row.contains(document.activeElement)
				);
			}),
		);
	});
	await test("an item's history is shown when asked for", async () => {
		const item = page.locator(`[id="${new URL(page.url()).hash.slice(1)}"]`);
		await item.getByRole("button", { name: "Show history" }).click();
		await item.getByRole("columnheader", { name: "When" }).waitFor();
		await shoot(page, "host");
	});
}

async function filters(page) {
	await test("items are filtered by status and text", async () => {
		const before = Object.keys(await statuses(page)).length;
		await page.getByRole("radio", { name: /^Needs attention/ }).check({ force: true });
		await until(WAIT_MS, "only failing items are shown", async () =>
			Object.values(await statuses(page)).every((word) =>
				/Fail|Error|Unknown/.test(word),
			),
		);
		await page.getByRole("searchbox").fill("there is surely no such text");
		await page.getByText("No check matches.").waitFor();
		await page.getByRole("button", { name: /^Show all/ }).click();
		await until(
			WAIT_MS,
			"all items are back",
			async () => Object.keys(await statuses(page)).length === before,
		);
	});
}

async function live(context, page) {
	await test("a change on the host reaches both pages without a reload", async () => {
		assert.notEqual(FLIP, "", "MUSTER_FLIP is not set");
		const other = listen(await context.newPage());
		await other.goto(new URL("/", LINK).href);
		await heading(other, "Overview");
		await isLive(other);
		await isLive(page);
		await page.evaluate(() => (window.kept = true));
		await other.evaluate(() => (window.kept = true));
		const items = await statuses(page);
		const counts = await policyCounts(other);
		await promisify(exec)(FLIP);
		await until(FLIP_MS, "an item of the host page changes", async () =>
			Object.entries(await statuses(page)).some(
				([id, word]) => items[id] !== word,
			),
		);
		await until(
			FLIP_MS,
			"the overview's counts change",
			async () => (await policyCounts(other)) !== counts,
		);
		assert.ok(await page.evaluate(() => window.kept), "the host page was reloaded");
		assert.ok(await other.evaluate(() => window.kept), "the overview was reloaded");
		await other.close();
	});
}

async function actor(page) {
	const name = "a change says who made it";
	if (ACTOR === "") return skip(name, "MUSTER_ACTOR is not set");
	await test(name, async () => {
		const by = { hasText: new RegExp(`^by uid \\d+.* with ${ACTOR}$`) };
		const row = page.locator("article").filter({
			has: page.locator("h4 .actor").filter(by),
		});
		await row.first().waitFor();
		const button = row.first().locator("h4").getByRole("button");
		if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
		const said = row.first().locator("section").filter({
			has: page.getByRole("heading", { name: "Who made the change" }),
		});
		assert.match(await said.innerText(), new RegExp(`changed by uid .*${ACTOR}.*process`));
		assert.match(await said.locator("code").innerText(), new RegExp(ACTOR));
		const history = row.first().getByRole("button", { name: "Show history" });
		if ((await history.count()) > 0) await history.click();
		await row.first().locator(".past .actor").filter(by).first().waitFor();
		await shoot(page, "host-changed");
	});
	await test("the overview's changes say who made them", async () => {
		const host = page.url();
		await page.goto(new URL("/", LINK).href);
		const changes = page.locator('[aria-labelledby="changes"]');
		const by = changes.locator("li").first().locator(".actor");
		assert.match(await by.innerText(), new RegExp(`^by uid \\d+.* with ${ACTOR}$`));
		assert.match(await by.getAttribute("title"), new RegExp(ACTOR));
		const summary = await page.evaluate(async () =>
			(await fetch("/api/v1/summary")).json(),
		);
		assert.equal(
			await changes.locator(".actor").count(),
			summary.changes.filter((change) => change.by).length,
		);
		await shoot(page, "overview-changed");
		await page.goto(host);
		await isLive(page);
	});
}

async function hosts(page) {
	await test("hosts are selected by a click and by name", async () => {
		await page.goto(new URL("/", LINK).href);
		const figure = page.getByRole("main").getByRole("link", { name: /^hosts?$/ });
		await figure.click();
		await heading(page, "Hosts");
		const search = page.getByRole("search");
		for (const name of [
			"Online",
			"Offline",
			"Below level",
			"Meeting level",
			"Not required",
			"All",
		]) {
			await search.getByRole("link", { name, exact: true }).click();
			await page.locator("main table, main .none").first().waitFor();
			assert.equal(await page.getByRole("alert").count(), 0, name);
		}
		const link = page.getByRole("table").getByRole("link");
		const name = await link.first().innerText();
		await page.getByRole("searchbox").fill(name.slice(1, 4));
		await page.waitForURL(/q=/);
		await link.filter({ hasText: name }).first().waitFor();
		await page.getByRole("searchbox").fill("surely-there-is-no-such-host");
		await page.getByText("No host matches.").waitFor();
	});
}

async function reconnect(context, page) {
	await test("a lost connection is shown, and made anew", async () => {
		const before = faults.length;
		await context.setOffline(true);
		await page.getByRole("status").filter({ hasText: "Reconnecting" }).waitFor();
		await context.setOffline(false);
		await isLive(page);
		faults.length = before; // the browser complains of what this test has broken
	});
}

async function narrow(context, hostUrl) {
	const page = listen(await context.newPage());
	await page.setViewportSize({ width: 360, height: 740 });
	for (const [name, path] of [
		["overview", "/"],
		["hosts", "/hosts"],
		["host", hostUrl],
	])
		await test(`the page ${name} fits a telephone`, async () => {
			await page.goto(new URL(path, LINK).href);
			await page.getByRole("heading", { level: 1 }).waitFor();
			await isLive(page);
			await page.waitForLoadState("load");
			await until(WAIT_MS, "content", () =>
				page.evaluate(() => document.body.innerText.length > 200),
			);
			const [width, room] = await page.evaluate(() => [
				document.documentElement.scrollWidth,
				document.documentElement.clientWidth,
			]);
			assert.ok(width <= room, `${width} px wide in ${room} px`);
			await shoot(page, `narrow-${name}`);
		});
	await page.close();
}

async function keyboard(page) {
	await test("the pages are reached by keyboard", async () => {
		await page.goto(new URL("/", LINK).href);
		await heading(page, "Overview");
		await page.keyboard.press("Tab");
		assert.equal(
			await page.evaluate(() => document.activeElement.textContent),
			"Skip to the content",
		);
		await page.getByRole("link", { name: "Hosts", exact: true }).focus();
		await page.keyboard.press("Enter");
		await heading(page, "Hosts");
		await page.getByRole("table").getByRole("link").first().waitFor();
		await shoot(page, "hosts");
		await page.getByRole("table").getByRole("link").first().focus();
		await page.keyboard.press("Enter");
		const item = page.getByRole("button", { expanded: false }).first();
		await item.focus();
		await page.keyboard.press("Enter");
		await page.goBack();
		await heading(page, "Hosts");
	});
	await test("an address that leads nowhere says so", async () => {
		await page.goto(new URL("/nowhere/at/all", LINK).href);
		await heading(page, "No such page");
	});
	await test("signing out ends the session", async () => {
		await page.getByRole("button", { name: "Sign out" }).click();
		await heading(page, "Sign in to Muster");
		await page.goto(new URL("/", LINK).href);
		await heading(page, "Sign in to Muster");
	});
}

async function main() {
	if (LINK === "") {
		console.log("1..0 # SKIP MUSTER_LINK is not set");
		return;
	}
	if (SHOTS !== "") mkdirSync(SHOTS, { recursive: true });
	const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
	try {
		const { context, page } = await signIn(browser);
		await overview(page);
		const hostUrl = new URL(page.url());
		await filters(page);
		await live(context, page);
		await actor(page);
		await hosts(page);
		await reconnect(context, page);
		await narrow(context, hostUrl.pathname);
		await keyboard(page);
		await test("no page had an error, and none broke the content security policy", () =>
			assert.deepEqual(faults, []));
	} finally {
		await browser.close();
	}
	console.log(`1..${count}`);
	process.exitCode = failed === 0 ? 0 : 1;
}

await main();
