#include "net/events.h"

/* An empty line: the event is whole. */
static bool give(struct events *events)
{
	bool go_on = true;
	struct text kind = events->kind.len > 0 ? buf_view(&events->kind) : TEXT("message");
	if (events->event.len > 0)
		go_on = events->each(events->data, kind, buf_view(&events->event));
	buf_clear(&events->kind);
	buf_clear(&events->event);
	return go_on;
}

static bool take_line(struct events *events, struct text line)
{
	struct text field;
	if (text_ends(line, "\r"))
		line.len--;
	if (line.len == 0)
		return give(events);
	if (!text_next(&line, ':', &field))
		return true;
	if (text_starts(line, " "))
		line = (struct text){line.at + 1, line.len - 1};
	if (text_is(field, "event")) {
		buf_clear(&events->kind);
		buf_text(&events->kind, line);
	} else if (text_is(field, "data")) {
		if (events->event.len > 0)
			buf_char(&events->event, '\n');
		buf_text(&events->event, line);
	}
	return true;
}

bool events_take(struct events *events, struct text piece)
{
	bool go_on = true;
	for (size_t i = 0; i < piece.len && go_on; i++) {
		if (piece.at[i] != '\n') {
			buf_char(&events->line, piece.at[i]);
			events->too_long = events->line.len + events->event.len > EVENTS_LINE_MAX;
			go_on = !events->too_long;
			continue;
		}
		struct text line = buf_view(&events->line);
		go_on = take_line(events, line);
		buf_clear(&events->line);
	}
	return go_on;
}

void events_end(struct events *events)
{
	buf_end(&events->line);
	buf_end(&events->kind);
	buf_end(&events->event);
}
