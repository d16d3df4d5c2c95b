// stream.ts: the server's live stream, kept open.
//
// The browser reconnects by itself when the connection breaks, but not when the server refuses it
// (a restart behind a proxy, an ended session); then we do, ever more slowly. A stream counts as
// one of the few connections that a browser opens to a server, so a tab that nobody looks at gives
// it up.
import { streamUrl } from "./client.ts";
import { retryDelay } from "../model/batch.ts";

const HIDDEN_MS = 60_000; // a tab hidden for longer lets go of its stream
const CHANGES = ["item", "host"] as const;

export type StreamState = "connecting" | "live" | "reconnecting";
export type ChangeKind = (typeof CHANGES)[number];

export interface Listener {
	state(state: StreamState): void;
	// One changed thing, as JSON that nobody has parsed yet: who only counts need not parse it.
	change(kind: ChangeKind, json: string): void;
	// The stream has begun, or is back: what was read before may be stale already.
	gap(): void;
	// The server refused the stream: perhaps the session has ended.
	refused(): void;
}

export class Stream {
	#source: EventSource | null = null;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#hide: ReturnType<typeof setTimeout> | undefined;
	#attempts = 0;

	constructor(
		readonly q: string,
		readonly listener: Listener,
	) {
		document.addEventListener("visibilitychange", this.#visibility);
		window.addEventListener("online", this.#online);
		window.addEventListener("offline", this.#offline);
		listener.state("connecting");
		this.#open();
	}

	close(): void {
		document.removeEventListener("visibilitychange", this.#visibility);
		window.removeEventListener("online", this.#online);
		window.removeEventListener("offline", this.#offline);
		clearTimeout(this.#hide);
		this.#drop();
	}

	#drop(): void {
		clearTimeout(this.#retry);
		this.#source?.close();
		this.#source = null;
	}

	#open(): void {
		this.#drop();
		const source = new EventSource(streamUrl(this.q));
		this.#source = source;
		source.onopen = () => {
			this.#attempts = 0;
			this.listener.state("live");
			this.listener.gap();
		};
		source.onerror = () => {
			this.listener.state("reconnecting");
			if (source.readyState !== EventSource.CLOSED) return;
			this.listener.refused();
			const delay = retryDelay(this.#attempts++, Math.random());
			this.#retry = setTimeout(() => this.#open(), delay);
		};
		for (const kind of CHANGES)
			source.addEventListener(kind, (event) => {
				this.listener.change(kind, (event as MessageEvent<string>).data);
			});
	}

	#visibility = (): void => {
		clearTimeout(this.#hide);
		if (document.visibilityState === "hidden")
			this.#hide = setTimeout(() => this.#drop(), HIDDEN_MS);
		else if (this.#source === null) this.#online();
	};

	#online = (): void => {
		this.listener.state("reconnecting");
		this.#open();
	};

	#offline = (): void => {
		this.#drop();
		this.listener.state("reconnecting");
	};
}
