// time.ts: times for people; now is always handed in.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relativeTime = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });

// "just now", "3 min. ago", "2 days ago"; a time that can't be read stays as it is.
export function ago(time: string, now: number): string {
	const at = Date.parse(time);
	if (Number.isNaN(at)) return time;
	const span = now - at;
	if (Math.abs(span) < 10 * SECOND) return "just now";
	const size = Math.abs(span);
	const [unit, length]: [Intl.RelativeTimeFormatUnit, number] =
		size < MINUTE
			? ["second", SECOND]
			: size < HOUR
				? ["minute", MINUTE]
				: size < DAY
					? ["hour", HOUR]
					: ["day", DAY];
	return relativeTime.format(-Math.trunc(span / length), unit);
}

function digits(value: number): string {
	return String(value).padStart(2, "0");
}

function dayOf(at: Date): string {
	return [at.getFullYear(), digits(at.getMonth() + 1), digits(at.getDate())].join("-");
}

// "09:14:04" where the reader is, with the day in front unless that is today's.
export function local(time: string, now: number): string {
	const at = new Date(time);
	if (Number.isNaN(at.getTime())) return time;
	const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(digits).join(":");
	return dayOf(at) === dayOf(new Date(now)) ? clock : `${dayOf(at)} ${clock}`;
}

// "2026-11-24 08:14:04 UTC"
export function utc(time: string): string {
	const at = new Date(time);
	if (Number.isNaN(at.getTime())) return time;
	return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

// How long a check took: "210 µs", "1.3 ms", "2 s".
export function took(us: number): string {
	if (us < 1000) return `${us} µs`;
	if (us < 1_000_000) return `${Number((us / 1000).toPrecision(2))} ms`;
	return `${Number((us / 1_000_000).toPrecision(2))} s`;
}
