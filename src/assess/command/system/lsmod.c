#include "assess/command/program.h"
#include "assess/command/table.h"

/* "ext4 811008 2 mbcache,jbd2, Live 0x0" as "ext4  811008  2 …" with its holders. */
static bool add_module(const struct native_call *call, struct buf *out, struct text line)
{
	struct text name, size, uses, why;
	const struct gather_entry *holders;
	size_t count;
	if (!text_word(&line, &name) || !text_word(&line, &size) || !text_word(&line, &uses))
		return false;
	buf_print(out, "%-19.*s %8.*s  %.*s", TEXT_ARG(name), TEXT_ARG(size), TEXT_ARG(uses));
	struct text path = text_of(arena_print(gather_arena(call->gather),
					       "/sys/module/%.*s/holders", TEXT_ARG(name)));
	if (gather_list(call->gather, path, &holders, &count, &why) != GATHER_OK)
		count = 0;
	for (size_t i = 0; i < count; i++)
		buf_print(out, "%c%.*s", i > 0 ? ',' : ' ', TEXT_ARG(holders[i].name));
	buf_char(out, '\n');
	return true;
}

static bool answer_lsmod(const struct native_call *call, struct native_answer *answer)
{
	struct text content, why, line;
	if (call->argc != 1)
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which modules are loaded"))
		return true;
	enum gather_answer read = gather_read(call->gather, TEXT("/proc/modules"), &content, &why);
	if (read == GATHER_FAILED)
		return native_fail(answer, why);
	scoped(buf_end) struct buf out = {0}, err = {0};
	if (read == GATHER_MISSING) {
		buf_cstr(&err, "libkmod: ERROR ../libkmod/libkmod-module.c:1725 "
			       "kmod_module_new_from_loaded: could not open /proc/modules: No such "
			       "file or directory\n"
			       "Error: could not get list of modules: No such file or directory\n");
		return program_end(call, answer, &out, &err, 1);
	}
	content = arena_text(gather_arena(call->gather), content);
	buf_cstr(&out, "Module                  Size  Used by\n");
	while (text_next(&content, '\n', &line))
		if (line.len > 0 && !add_module(call, &out, line))
			return native_fail(answer, TEXT("/proc/modules is not what it should be"));
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_lsmod = {
	.program = "lsmod",
	.forms = "nothing",
	.reads = "/proc/modules, /sys/module",
	.prints = "the modules that are loaded",
	.answer = answer_lsmod,
};
