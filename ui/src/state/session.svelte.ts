// session.svelte.ts: who is signed in.
import * as api from "../api/client.ts";
import type { Caller } from "../api/types.ts";
import { loginSecret } from "../model/route.ts";

type Phase = "asking" | "in" | "out" | "unreachable";

class Session {
	phase = $state<Phase>("asking");
	caller = $state.raw<Caller | null>(null);
	problem = $state("");

	#in(caller: Caller): void {
		this.caller = caller;
		this.problem = "";
		this.phase = "in";
	}

	#out(problem: string): void {
		this.caller = null;
		this.problem = problem;
		this.phase = "out";
	}

	lost = (): void => {
		if (this.phase === "in") this.#out("Your session has ended.");
	};

	// Somebody may also paste a login link into a tab that is open already.
	constructor() {
		window.addEventListener("hashchange", () => {
			if (loginSecret(location.hash) !== "") void this.begin();
		});
	}

	// Spends the secret of a login link, if the address holds one, and takes it out of the
	// address first, so that it stays in no history and nobody reads it over a shoulder.
	async begin(): Promise<void> {
		const secret = loginSecret(location.hash);
		if (secret !== "") {
			history.replaceState(null, "", location.pathname + location.search);
			await this.#login(secret);
		} else {
			await this.#ask();
		}
	}

	async #login(secret: string): Promise<void> {
		try {
			this.#in(await api.login(secret));
		} catch (error) {
			if (!(error instanceof api.Problem)) throw error;
			if (error.status === 401)
				this.#out("That link was used already, or is older than a minute.");
			else this.#out(error.message);
		}
	}

	async #ask(): Promise<void> {
		try {
			this.#in(await api.whoami());
		} catch (error) {
			if (!(error instanceof api.Problem)) throw error;
			if (error.status === 401) {
				this.#out("");
			} else {
				this.problem = error.message;
				this.phase = "unreachable";
			}
		}
	}

	async retry(): Promise<void> {
		this.phase = "asking";
		await this.#ask();
	}

	async end(): Promise<void> {
		try {
			await api.logout();
			this.#out("You have signed out.");
		} catch (error) {
			if (!(error instanceof api.Problem)) throw error;
			if (error.status === 401) this.#out("You have signed out.");
			else this.problem = `You are still signed in. ${error.message}`;
		}
	}
}

export const session = new Session();
api.onSessionLost(session.lost);
