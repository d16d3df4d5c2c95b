#include "assess/command/text/feed.h"

#include <string.h>

bool feed_takes(struct text name)
{
	return is_absolute(name) || text_is(name, "-");
}

static void complain(struct said *said, const struct feed_voice *voice, struct text name,
		     const char *fault)
{
	bool folder = strcmp(fault, "Is a directory") == 0 && voice->folder_before;
	buf_cstr(&said->err, folder ? voice->folder_before : voice->before);
	if (voice->names == FEED_BARE)
		buf_text(&said->err, name);
	else
		quote_put(&said->err, name, voice->names == FEED_QUOTED);
	buf_print(&said->err, "%s: %s\n", folder ? voice->folder_after : voice->after, fault);
	said->exit = voice->exit;
}

enum look feed_open(struct said *said, const struct native_call *call,
		    const struct feed_voice *voice, struct text name, struct feed *feed)
{
	const char *fault;
	*feed = (struct feed){.name = name, .is_input = name.len == 0 || text_is(name, "-")};
	if (feed->is_input) {
		feed->text = call->input ? *call->input : TEXT("");
		said->answer->drained = true;
		return LOOK_OK;
	}
	enum look look = look_read(said, name, &feed->text, &fault);
	if (look == LOOK_NO)
		complain(said, voice, name, fault);
	return look;
}

bool feed_line(struct text *rest, struct text *line, bool *ended)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->at, '\n', rest->len);
	*ended = end != NULL;
	*line = (struct text){rest->at, end ? (size_t)(end - rest->at) : rest->len};
	size_t used = line->len + *ended;
	*rest = (struct text){rest->at + used, rest->len - used};
	return true;
}
