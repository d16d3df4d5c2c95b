// client.ts: one function a request. Whatever goes wrong is a Problem whose text is for people.
import type { Caller, Document, Host, Item, Page, Summary } from "./types.ts";

const BASE = "/api/v1";
const WAIT_MS = 30_000; // a request that takes longer is given up
const PAGES_MAX = 20; // of a list that is fetched whole
export const PAGE_LIMIT = 500; // rows asked for at once in such a list

const LATE = `The server took longer than ${WAIT_MS / 1000} seconds to answer.`;
const UNREACHED = "The server can't be reached. Check your network, and that musterd runs.";

export class Problem extends Error {
	// status is HTTP's; 0 when no answer came.
	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

type Lost = () => void;
let sessionLost: Lost = () => {};

// Calls lost() whenever the server says that the caller is not signed in.
export function onSessionLost(lost: Lost): void {
	sessionLost = lost;
}

async function detailOf(answer: Response): Promise<string> {
	try {
		const body = (await answer.json()) as { detail?: unknown; title?: unknown };
		if (typeof body.detail === "string" && body.detail !== "") return body.detail;
		if (typeof body.title === "string") return body.title;
	} catch {
		// Not JSON: a proxy's page, or cut short. The status has to do.
	}
	return `The server answered ${answer.status}.`;
}

async function call(method: string, path: string, body?: unknown): Promise<Response> {
	const request: RequestInit = {
		method,
		credentials: "same-origin",
		signal: AbortSignal.timeout(WAIT_MS),
		headers: { Accept: "application/json" },
	};
	if (method !== "GET") {
		request.headers = { ...request.headers, "Content-Type": "application/json" };
		request.body = JSON.stringify(body ?? {});
	}
	let answer: Response;
	try {
		answer = await fetch(BASE + path, request);
	} catch (reason) {
		if (reason instanceof DOMException && reason.name === "TimeoutError")
			throw new Problem(0, LATE);
		throw new Problem(0, UNREACHED);
	}
	if (answer.ok) return answer;
	if (answer.status === 401 && path !== "/login") sessionLost();
	throw new Problem(answer.status, await detailOf(answer));
}

async function get<T>(path: string): Promise<T> {
	const answer = await call("GET", path);
	try {
		return (await answer.json()) as T;
	} catch {
		throw new Problem(0, "The server's answer was cut short. Try again.");
	}
}

function list(path: string, q: string, limit: number, cursor: string): string {
	const query = new URLSearchParams({ limit: String(limit) });
	if (q !== "") query.set("q", q);
	if (cursor !== "") query.set("cursor", cursor);
	return `${path}?${query}`;
}

// All of a list, page by page; `whole` is false when it goes on after PAGES_MAX pages.
async function all<T>(path: string, q: string): Promise<{ data: T[]; whole: boolean }> {
	const data: T[] = [];
	let cursor = "";
	for (let pages = 0; pages < PAGES_MAX; pages++) {
		const page = await get<Page<T>>(list(path, q, PAGE_LIMIT, cursor));
		data.push(...page.data);
		if (page.next === null || page.next === "") return { data, whole: true };
		cursor = page.next;
	}
	return { data, whole: false };
}

const id = encodeURIComponent;

export async function login(secret: string): Promise<Caller> {
	return (await call("POST", "/login", { secret })).json() as Promise<Caller>;
}

export async function logout(): Promise<void> {
	await call("POST", "/logout");
}

export const whoami = () => get<Caller>("/whoami");
export const summary = () => get<Summary>("/summary");
export const hosts = (q: string, limit: number, cursor: string) =>
	get<Page<Host>>(list("/hosts", q, limit, cursor));
export const host = (host: string) => get<Host>(`/hosts/${id(host)}`);
export const items = (q: string, limit: number, cursor: string) =>
	get<Page<Item>>(list("/items", q, limit, cursor));
export const itemsOf = (host: string) => all<Item>("/items", `agent:${host}`);
export const history = (item: string, limit: number, cursor: string) =>
	get<Page<Item>>(list(`/items/${id(item)}/history`, "", limit, cursor));
export const policies = async () => (await all<Document>("/policies", "")).data;
export const streamUrl = (q: string) =>
	`${BASE}/stream${q === "" ? "" : `?${new URLSearchParams({ q })}`}`;
