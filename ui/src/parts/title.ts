// title.ts: moves the focus to a page's heading when one goes there, so that a keyboard starts at
// its top and a screen reader says where one is. The first page is left to the browser.

let first = true;

export function pageTitle(heading: HTMLElement): void {
	if (!first && location.hash === "") heading.focus();
	first = false;
}
