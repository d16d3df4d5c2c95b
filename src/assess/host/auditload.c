#include "assess/host/auditload.h"

#include <linux/audit.h>
#include <string.h>

#include "assess/command/security/audit.h"
#include "assess/host/message.h"
#include "base/buf.h"

static bool add(struct auditloads *loads, struct arena *arena, const struct buf *line)
{
	if (loads->count == AUDITLOAD_RULES_MAX)
		return false;
	loads->at = arena_grow(arena, loads->at, &loads->room, loads->count + 1,
			       sizeof(*loads->at));
	struct auditload *load = &loads->at[loads->count++];
	*load = (struct auditload){.line = arena_text(arena, buf_view(line))};
	auditrule_parse(load->line, arena, &load->rule);
	return true;
}

bool auditload_parse(struct text bytes, struct arena *arena, struct auditloads *loads)
{
	struct message message;
	bool broken, shown;
	while (message_next(&bytes, &message, &broken)) {
		scoped(buf_end) struct buf line = {0};
		if (message.type != AUDIT_LIST_RULES ||
		    !audit_print_rule(message.body, (struct text){0}, &shown, &line) ||
		    !add(loads, arena, &line))
			return false;
	}
	return !broken;
}

bool auditload_parse_lines(struct text lines, struct arena *arena, struct auditloads *loads)
{
	struct text one;
	while (text_next(&lines, '\n', &one)) {
		scoped(buf_end) struct buf line = {0};
		buf_text(&line, text_trim(one));
		if (line.len > 0 && !add(loads, arena, &line))
			return false;
	}
	return true;
}

bool auditload_parse_status(struct text bytes, struct arena *arena, struct auditloads *loads)
{
	struct message message;
	struct audit_status status = {0};
	bool broken;
	if (!message_next(&bytes, &message, &broken) || message.type != AUDIT_GET ||
	    message.body.len < offsetof(struct audit_status, lost))
		return false;
	struct text body = message.body;
	memcpy(&status, body.at, body.len < sizeof(status) ? body.len : sizeof(status));
	const struct {
		char option;
		uint32_t value;
	} options[] = {{'b', status.backlog_limit},
		       {'f', status.failure},
		       {'r', status.rate_limit},
		       {'e', status.enabled}};
	for (size_t i = 0; i < array_len(options); i++) {
		scoped(buf_end) struct buf line = {0};
		buf_print(&line, "-%c %u", options[i].option, options[i].value);
		if (!add(loads, arena, &line))
			return false;
	}
	return true;
}
