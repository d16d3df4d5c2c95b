// router.svelte.ts: which page is shown, kept in step with the address bar.
import { parseRoute } from "../model/route.ts";

class Router {
	#url = $state.raw(new URL(location.href));
	route = $derived(parseRoute(this.#url));
	path = $derived(this.#url.pathname);

	constructor() {
		const follow = () => (this.#url = new URL(location.href));
		window.addEventListener("popstate", follow);
		window.addEventListener("hashchange", follow);
		document.addEventListener("click", this.#click);
	}

	go(path: string, replace = false): void {
		history[replace ? "replaceState" : "pushState"](null, "", path);
		this.#url = new URL(location.href);
	}

	// Plain clicks on links of our own pages stay inside; all others are the browser's.
	#click = (event: MouseEvent): void => {
		if (event.defaultPrevented || event.button !== 0) return;
		if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		const link = (event.target as Element).closest?.("a[href]");
		if (
			!(link instanceof HTMLAnchorElement) ||
			link.target !== "" ||
			link.download !== ""
		)
			return;
		const to = new URL(link.href);
		if (to.origin !== location.origin || link.getAttribute("href")!.startsWith("#"))
			return;
		event.preventDefault();
		this.go(to.pathname + to.search + to.hash);
	};
}

export const router = new Router();
