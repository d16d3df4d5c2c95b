#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/host/mounttab.h"

enum option { OPTION_LABELS, OPTION_TYPES, OPTION_COUNT };

static const struct program_option options[] = {{'l', "show-labels", false}, {'t', "types", true}};

static bool is_type(struct text types, struct text type)
{
	struct text each;
	while (text_next(&types, ',', &each))
		if (text_is_equal(each, type))
			return true;
	return false;
}

static void add_mount(struct buf *out, const struct mount *mount)
{
	buf_print(out, "%.*s on %.*s type %.*s (", TEXT_ARG(mount->source), TEXT_ARG(mount->target),
		  TEXT_ARG(mount->fstype));
	for (size_t i = 0; i < mount->option_count; i++)
		buf_print(out, "%s%.*s", i > 0 ? "," : "", TEXT_ARG(mount->options[i]));
	buf_cstr(out, ")");
}

/* " [ROOT]", by the links that udev makes: ../../sda1 under the label's name. */
static void add_label(struct gather *gather, struct buf *out, struct text source)
{
	static const char folder[] = "/dev/disk/by-label";
	const struct gather_entry *entries;
	struct text why, target;
	size_t count;
	if (gather_list(gather, text_of(folder), &entries, &count, &why) != GATHER_OK ||
	    !text_starts(source, "/dev/"))
		return;
	for (size_t i = 0; i < count; i++) {
		struct text path = text_of(arena_print(gather_arena(gather), "%s/%.*s", folder,
						       TEXT_ARG(entries[i].name)));
		if (gather_link(gather, path, &target, &why) == GATHER_OK &&
		    text_starts(target, "../../") &&
		    text_is_equal((struct text){target.at + 6, target.len - 6},
				  (struct text){source.at + 5, source.len - 5}))
			buf_print(out, " [%.*s]", TEXT_ARG(entries[i].name));
	}
}

static bool answer_mount(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	const struct mounts *mounts;
	struct text why;
	if (!program_read_args(call, options, OPTION_COUNT, &args) || args.word_count > 0)
		return false;
	struct text types = args.values[OPTION_TYPES];
	if (text_starts(types, "no"))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "what is mounted"))
		return true;
	if (mounttab_live(call->gather, &mounts, &why) != GATHER_OK)
		return native_fail(answer, why);
	scoped(buf_end) struct buf out = {0}, err = {0};
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->at[i];
		if (args.given[OPTION_TYPES] && !is_type(types, mount->fstype))
			continue;
		add_mount(&out, mount);
		if (args.given[OPTION_LABELS])
			add_label(call->gather, &out, mount->source);
		buf_char(&out, '\n');
	}
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_mount = {
	.program = "mount",
	.forms = "[-l] [-t TYPES]",
	.reads = "/proc/1/mountinfo; /dev/disk/by-label",
	.prints = "a line a mount: SOURCE on PATH type TYPE (OPTIONS)",
	.answer = answer_mount,
};
