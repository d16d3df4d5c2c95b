/* Root's list of commands: what is let through has words that are found again, and no others. */
#include "agent/judge/commands.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void look(const struct commands *commands, struct text line)
{
	/* the line's own bytes are words only where a judge could have made them so */
	const struct command *command = commands_find(commands, line);
	must(!command || (line.len >= 2 && line.at[line.len - 1] == '\0'));
	if (!command)
		return;
	scoped(buf_end) struct buf words = {0};
	for (size_t i = 0; command->argv[i]; i++) {
		buf_cstr(&words, command->argv[i]);
		buf_char(&words, '\0');
	}
	must(text_is_equal(buf_view(&words), line));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct text list = {(const char *)bytes, len}, rest = list, line;
	scoped(commands_free) struct commands *commands = commands_new(list, "/list", &err);
	if (!commands) {
		must(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		return 0;
	}
	while (text_next(&rest, '\n', &line)) {
		scoped(buf_end) struct buf words = {0};
		look(commands, line);
		for (size_t i = 0; i < line.len; i++)
			buf_char(&words, line.at[i] == ' ' ? '\0' : line.at[i]);
		buf_char(&words, '\0');
		look(commands, buf_view(&words));
	}
	return 0;
}
