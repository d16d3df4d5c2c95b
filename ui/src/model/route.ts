// route.ts: addresses of the pages.

export type Route =
	| { page: "overview" }
	| { page: "hosts"; q: string; show: string; cursor: string }
	| { page: "host"; id: string; item: string }
	| { page: "missing" };

const ITEM = "#item-";

export function parseRoute(url: URL): Route {
	const path = url.pathname.replace(/\/+$/, "");
	if (path === "") return { page: "overview" };
	if (path === "/hosts") {
		const text = (name: string) => url.searchParams.get(name) ?? "";
		return { page: "hosts", q: text("q"), show: text("show"), cursor: text("cursor") };
	}
	const id = /^\/hosts\/([0-9a-f]{32})$/.exec(path)?.[1];
	if (id === undefined) return { page: "missing" };
	return {
		page: "host",
		id,
		item: url.hash.startsWith(ITEM) ? url.hash.slice(ITEM.length) : "",
	};
}

export function hostPath(host: string): string {
	return `/hosts/${encodeURIComponent(host)}`;
}

export function itemPath(host: string, item: string): string {
	return `${hostPath(host)}${ITEM}${encodeURIComponent(item)}`;
}

export function hostsPath(q = "", show = "", cursor = ""): string {
	const query = new URLSearchParams();
	if (q !== "") query.set("q", q);
	if (show !== "") query.set("show", show);
	if (cursor !== "") query.set("cursor", cursor);
	const text = query.toString();
	return text === "" ? "/hosts" : `/hosts?${text}`;
}

// The secret of a login link, "" when the address is none.
export function loginSecret(hash: string): string {
	return new URLSearchParams(hash.replace(/^#/, "")).get("login") ?? "";
}

// Addresses inside policies and items come from outside: only the web's are made into links.
export function webUrl(text: string | undefined): string {
	if (text === undefined || !/^https?:\/\//i.test(text)) return "";
	try {
		return new URL(text).href;
	} catch {
		return "";
	}
}
