#include "assess/host/mounttab.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_SEPARATE,
	FIELD_FSTYPE,
	FIELD_OPTIONS,
	FIELD_SOURCE,
	FIELD_WITHIN,
	FIELD_FSTAB,
	FIELD_FSTAB_OPTIONS,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"separate", "whether a file system of its own is mounted exactly there", "true",
	 .type = VALUE_BOOL},
	{"fstype", "its type; nothing where none is mounted there", "ext4", .type = VALUE_TEXT,
	 .subject = true},
	{"options", "its options, of the mount and of the file system", "nodev, nosuid, noexec",
	 .type = VALUE_LIST},
	{"source", "what is mounted", "/dev/sda1", .type = VALUE_TEXT},
	{"within", "where the file system is mounted that the path lies on", "/",
	 .type = VALUE_TEXT},
	{"fstab", "whether /etc/fstab has a line for it", "true", .type = VALUE_BOOL},
	{"fstab_options", "the options as /etc/fstab says them", "defaults, nodev",
	 .type = VALUE_LIST},
};

static bool check(const struct probe_call *call, struct err *err)
{
	struct text rest = call->subject, part;
	bool odd = rest.len == 0 || rest.at[0] != '/' || gather_has_wildcard(rest);
	while (text_next(&rest, '/', &part))
		odd |= text_is(part, "..") || text_is(part, ".");
	return !odd || err_set(err, ERR_INPUT, "give one path that begins with /, as in /var/tmp");
}

static void fill(struct rows *rows, const struct mount *holder, const struct mount *line,
		 struct text path)
{
	bool separate = holder && text_is_equal(holder->target, path);
	struct evidence nowhere = {.path = TEXT("/etc/fstab")};
	struct value *values = rows_add(rows, holder ? holder->where : nowhere);
	if (!values)
		return;
	values[FIELD_SEPARATE] = value_bool(separate);
	if (separate) {
		values[FIELD_FSTYPE] = value_text(VALUE_TEXT, holder->fstype);
		values[FIELD_OPTIONS] = mounttab_options(holder);
		values[FIELD_SOURCE] = value_text(VALUE_TEXT, holder->source);
	}
	if (holder)
		values[FIELD_WITHIN] = value_text(VALUE_TEXT, holder->target);
	values[FIELD_FSTAB] = value_bool(line != NULL);
	if (line)
		values[FIELD_FSTAB_OPTIONS] = mounttab_options(line);
}

/* Of fstab alone: the line whose target is the longest that the path is in. */
static const struct mount *fstab_holder(const struct mounts *fstab, struct text path)
{
	for (;;) {
		const struct mount *line = mounttab_line(fstab, path);
		if (line || path.len <= 1)
			return line;
		while (path.at[path.len - 1] != '/')
			path.len--;
		path.len -= path.len > 1;
	}
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	const struct mounts *fstab, *live = NULL;
	struct text why, path = mounttab_path(gather, call->subject);
	if (mounttab_fstab(gather, &fstab, &why) != GATHER_OK) {
		answer_fail(gather, answer, why);
		return;
	}
	if (gather_is_running(gather) && mounttab_live(gather, &live, &why) != GATHER_OK) {
		answer_fail(gather, answer, why);
		return;
	}
	const struct mount *holder = live ? mounttab_holder(live, path) : fstab_holder(fstab, path);
	if (live && !holder) {
		answer_fail(gather, answer,
			    TEXT("/proc/1/mountinfo names no file system that holds the path"));
		return;
	}
	fill(&rows, holder, mounttab_line(fstab, path), path);
	rows_give(&rows);
}

const struct probe probe_mount = {
	.name = "mount",
	.help = "a folder as a file system of its own: as it is mounted, and as /etc/fstab says",
	.subject_help = "the path of the folder",
	.subject_example = "/var/tmp",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "/proc/1/mountinfo, else /proc/self/mountinfo; /etc/fstab (under --root "
		 "that alone)",
	.privilege = "root, to see the mounts of process 1 where this one has others",
	.cost = "two small files",
	.check = check,
	.run = run,
};
