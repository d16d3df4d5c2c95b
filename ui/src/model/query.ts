// query.ts: text of the one query language, made from what somebody typed or clicked.

// Quotes a value unless it is a plain word: "a b" → "\"a b\"".
export function quote(value: string): string {
	if (/^[\w.-]+$/.test(value) && !/^(and|or|not)$/i.test(value)) return value;
	return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

// What the search field over hosts means. A query is passed on as it is; plain words are parts of a
// host's name.
export function hostQuery(typed: string): string {
	const text = typed.trim();
	if (text === "" || /[:<>=()"|*]/.test(text) || /\b(and|or|not)\b/i.test(text)) return text;
	return text
		.split(/\s+/)
		.map((word) => `name:*${word}*`)
		.join(" and ");
}

// The items of one check, on every host, that are not met.
export function failuresOf(policy: string, ref: string): string {
	const met = ["pass", "waived", "not_applicable"].map((status) => `not status:${status}`);
	return [`policy.name:${quote(policy)}`, `check.ref:${quote(ref)}`, ...met].join(" and ");
}

// The stream of one host: its items carry it as agent, the host itself as id.
export function streamOf(host: string): string {
	return `agent:${host} or id:${host}`;
}
