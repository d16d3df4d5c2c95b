/* feed.h: what a text program reads: the files that it is given, or what came through the pipe. */
#pragma once
#include "assess/command/aid.h"

/* How a program complains of a file: "BEFORE name AFTER: why", of a folder in its own words. */
struct feed_voice {
	const char *before, *after, *folder_before, *folder_after;
	enum feed_names { FEED_BARE, FEED_QUOTED_IF_ODD, FEED_QUOTED } names;
	int exit;
};

struct feed {
	struct text name, text;
	bool is_input;
};

/* LOOK_NO: it has complained. "-" and an empty name are what came through the pipe. */
must_use enum look feed_open(struct said *said, const struct native_call *call,
			     const struct feed_voice *voice, struct text name, struct feed *feed);

/* Whether an operand can be answered for: an absolute path, or "-". */
must_use bool feed_takes(struct text name);

/* Cuts off the next line, without its end; false behind the last. *ended: it had one. */
must_use bool feed_line(struct text *rest, struct text *line, bool *ended);
