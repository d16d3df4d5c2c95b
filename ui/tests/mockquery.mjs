// mockquery.mjs: as much of the query language as the page itself writes: field:value with
// wildcards, quoted values, field:*, levels compared, and, or, not, parentheses.

const RANK = ["none", "low", "medium", "high", "maximum"];
const TOKEN = /\s*(?:([()])|("(?:\\.|[^"\\])*"|[^\s()":<>=]+)|([:<>]=?))/y;

function tokens(text) {
	const list = [];
	TOKEN.lastIndex = 0;
	while (text.slice(TOKEN.lastIndex).trim() !== "") {
		const found = TOKEN.exec(text);
		if (found === null) throw new Error("this character is not expected");
		list.push(found[1] ?? found[2] ?? found[3]);
	}
	return list;
}

function valuesOf(record, field) {
	const aliases = record.agent === undefined ? { agent: "id" } : { policy: "policy.name" };
	const path = (aliases[field] ?? field).split(".");
	const value = path.reduce((part, name) => part?.[name], record);
	return value === undefined || value === null ? [] : [value].flat().map(String);
}

function term(field, operator, written) {
	const value = written.startsWith('"') ? JSON.parse(written) : written;
	if (operator !== ":") {
		const holds = {
			"<": (a, b) => a < b,
			"<=": (a, b) => a <= b,
			">": (a, b) => a > b,
			">=": (a, b) => a >= b,
		}[operator];
		const rank = (level) => RANK.indexOf(level);
		return (record) =>
			valuesOf(record, field).some((one) => holds(rank(one), rank(value)));
	}
	const source = value.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
	const pattern = new RegExp(`^${source}$`, "i");
	return (record) => valuesOf(record, field).some((one) => pattern.test(one));
}

// A function that tells whether a record matches; throws an error that is for people.
export function parseQuery(text) {
	const list = tokens(text);

	function primary() {
		const token = list.shift();
		if (token === "not") {
			const inner = primary();
			return (record) => !inner(record);
		}
		if (token === "(") {
			const inner = either();
			if (list.shift() !== ")") throw new Error("this parenthesis is not closed");
			return inner;
		}
		if (list.length < 2) throw new Error(`expected a value after "${token ?? ""}"`);
		return term(token, list.shift(), list.shift());
	}

	function both() {
		let left = primary();
		while (list[0] === "and") {
			list.shift();
			const [before, right] = [left, primary()];
			left = (record) => before(record) && right(record);
		}
		return left;
	}

	function either() {
		let left = both();
		while (list[0] === "or") {
			list.shift();
			const [before, right] = [left, both()];
			left = (record) => before(record) || right(record);
		}
		return left;
	}

	if (list.length === 0) return () => true;
	const query = either();
	if (list.length > 0) throw new Error(`"${list[0]}" is not expected here`);
	return query;
}
