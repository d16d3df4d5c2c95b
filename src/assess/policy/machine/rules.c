#include "assess/engine/ask.h"
#include "assess/policy/machine/inner.h"

/* What the kernel would answer, as lines. */
static void answer(struct machine *machine, const char *question, const struct buf *lines)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, ASK_LINES);
	buf_text(&text, buf_view(lines));
	fixture_add_answer(machine->fixture, text_of(question), buf_view(&text));
}

/* Every host can filter packets, though it has no rule. */
bool machine_add_firewall(struct machine *machine, const struct doc *doc)
{
	scoped(buf_end) struct buf rules = {0}, none = {0};
	if (doc && doc->kind != DOC_SCALAR)
		return doc_err(doc, machine->err,
			       "firewall is a ruleset as text, as nft lists it: \"table inet "
			       "filter { … }\"");
	if (doc)
		buf_text(&rules, doc->text);
	answer(machine, "nftables chains", &rules);
	answer(machine, "nftables rules", &none);
	return true;
}

/* Every host can audit, though it has no rule. */
bool machine_add_audit(struct machine *machine, const struct doc *doc)
{
	scoped(buf_end) struct buf rules = {0}, none = {0};
	if (doc && (doc->kind != DOC_LIST || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err,
			       "audit_loaded is a list of lines: [ \"-w /etc/passwd -p wa\" ]");
	for (size_t i = 0; doc && i < doc->count; i++) {
		struct text line = doc->items[i]->text;
		if (doc->items[i]->kind != DOC_SCALAR || !text_starts(line, "-"))
			return doc_err(doc->items[i], machine->err,
				       "a rule is a line of auditctl: \"-w /etc/passwd -p wa\"");
		buf_text(&rules, line);
		buf_char(&rules, '\n');
	}
	answer(machine, "audit-rules", &rules);
	answer(machine, "audit-status", &none);
	return true;
}
