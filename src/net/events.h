/* events.h: server-sent events, read piece by piece (WHATWG HTML, 9.2): what `each` gets is one
 * whole event. */
#pragma once
#include "base/buf.h"

#define EVENTS_LINE_MAX (1u << 20) /* longer lines end it */

struct events {
	/* kind: "item", "message" where none was named; false ends it. */
	bool (*each)(void *data, struct text kind, struct text event);
	void *data;
	struct buf line, kind, event; /* what has come of the next one */
	bool too_long;
};

/* False: it has ended, by `each` or by a line that is too long. */
must_use bool events_take(struct events *events, struct text piece);
void events_end(struct events *events);
