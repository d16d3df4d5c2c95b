#include "assess/host/mounttab.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_PATH,
	FIELD_SOURCE,
	FIELD_FSTYPE,
	FIELD_OPTIONS,
	FIELD_FSTAB,
	FIELD_FSTAB_OPTIONS,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"path", "where it is mounted", "/var/tmp", .type = VALUE_TEXT},
	{"source", "what is mounted", "/dev/sda1", .type = VALUE_TEXT},
	{"fstype", "type of the file system", "ext4", .type = VALUE_TEXT},
	{"options", "options, of the mount and of the file system", "nodev, nosuid",
	 .type = VALUE_LIST},
	{"fstab", "whether /etc/fstab has a line for it", "true", .type = VALUE_BOOL},
	{"fstab_options", "the options as /etc/fstab says them", "defaults, nodev",
	 .type = VALUE_LIST},
};

static bool add_mount(struct rows *rows, const struct mount *mount, const struct mount *line)
{
	struct value *values = rows_add(rows, mount->where);
	if (!values)
		return false;
	values[FIELD_PATH] = value_text(VALUE_TEXT, mount->target);
	values[FIELD_SOURCE] = value_text(VALUE_TEXT, mount->source);
	values[FIELD_FSTYPE] = value_text(VALUE_TEXT, mount->fstype);
	values[FIELD_OPTIONS] = mounttab_options(mount);
	values[FIELD_FSTAB] = value_bool(line != NULL);
	if (line)
		values[FIELD_FSTAB_OPTIONS] = mounttab_options(line);
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	const struct mounts *fstab, *all;
	struct text why;
	enum gather_answer read = mounttab_fstab(gather, &fstab, &why);
	all = fstab;
	if (read == GATHER_OK && gather_is_running(gather))
		read = mounttab_live(gather, &all, &why);
	if (read != GATHER_OK) {
		answer_fail(gather, answer, why);
		return;
	}
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].target.at[0] == '/' && /* swap stands nowhere */
		    !add_mount(&rows, &all->at[i], mounttab_line(fstab, all->at[i].target)))
			return;
	rows_give(&rows);
}

const struct probe probe_mounts = {
	.name = "mounts",
	.help = "all mounted file systems; under --root, the lines of /etc/fstab",
	.subject_help = "a query over the mounts",
	.subject_example = "fstype:nfs",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/proc/1/mountinfo, else /proc/self/mountinfo; /etc/fstab",
	.privilege = "root, to see the mounts of process 1 where this one has others",
	.cost = "two small files",
	.run = run,
};
