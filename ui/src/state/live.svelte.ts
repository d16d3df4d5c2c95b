// live.svelte.ts: the stream of the page that is open, and how it is doing.
import * as api from "../api/client.ts";
import { type ChangeKind, Stream, type StreamState } from "../api/stream.ts";

class Live {
	state = $state<StreamState | null>(null); // null: this page has no stream
}

export const live = new Live();

// Watches what q selects until the returned function is called. load() is called whenever the
// stream begins or is back, since changes may have been missed until then.
export function watch(
	q: string,
	change: (kind: ChangeKind, json: string) => void,
	load: () => void,
): () => void {
	const stream = new Stream(q, {
		state: (state) => (live.state = state),
		change,
		gap: load,
		// A request says why the stream was refused: an ended session signs out.
		refused: () => void api.whoami().catch(() => {}),
	});
	return () => {
		stream.close();
		live.state = null;
	};
}
