#include "assess/command/table.h"

/* cat FILE…: coreutils. */
static bool answer_cat(const struct native_call *call, struct native_answer *answer)
{
	for (size_t i = 1; i < call->argc; i++)
		if (call->argv[i].len == 0 || call->argv[i].at[0] != '/')
			return false;
	if (call->argc == 1 && !call->input)
		return false;
	if (!call->gather)
		return true;
	scoped(buf_end) struct buf out = {0}, err = {0};
	if (call->argc == 1)
		buf_text(&out, *call->input);
	for (size_t i = 1; i < call->argc; i++) {
		struct text content, why;
		struct text path = call->argv[i];
		enum gather_answer read = gather_read(call->gather, path, &content, &why);
		if (read == GATHER_FAILED)
			return native_fail(answer, why);
		answer->secret |= gather_is_secret(call->gather, path);
		if (read == GATHER_OK)
			buf_text(&out, content);
		else
			buf_print(&err, "cat: %.*s: No such file or directory\n", (int)path.len,
				  path.at);
	}
	answer->exit = err.len > 0 ? 1 : 0;
	answer->err = arena_text(gather_arena(call->gather), buf_view(&err));
	return native_print(call, answer, &out) || true;
}

const struct native native_cat = {
	.program = "cat",
	.forms = "FILE…; nothing after a pipe",
	.reads = "the files",
	.prints = "their contents, one behind the other",
	.answer = answer_cat,
};
