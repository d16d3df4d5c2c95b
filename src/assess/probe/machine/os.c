#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define WORDS_MAX 100 /* of ID_LIKE */

enum field {
	FIELD_ID,
	FIELD_VERSION,
	FIELD_CODENAME,
	FIELD_LIKE,
	FIELD_NAME,
	FIELD_VARIANT,
	FIELD_KERNEL,
	FIELD_ARCH,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"id", "the distribution's ID; linux where it does not say", "debian", .type = VALUE_TEXT},
	{"version", "its VERSION_ID, compared as a version", "12", .type = VALUE_VERSION},
	{"codename", "its VERSION_CODENAME", "bookworm", .type = VALUE_TEXT},
	{"like", "its ID_LIKE: what it descends from", "debian", .type = VALUE_LIST},
	{"name", "its PRETTY_NAME", "Debian GNU/Linux 12 (bookworm)", .type = VALUE_TEXT},
	{"variant", "its VARIANT_ID", "server", .type = VALUE_TEXT},
	{"kernel", "version of the running kernel; nothing under --root", "6.1.0-26-amd64",
	 .type = VALUE_VERSION},
	{"arch", "what its programs are made for, as \"uname -m\" calls it", "x86_64",
	 .type = VALUE_TEXT},
};

/* -------- os-release(5) -------- */

/* The last line of a key, without quotes; at NULL: there is none. */
static struct text setting(struct text release, const char *key)
{
	struct text line, own, value = {0};
	while (text_next(&release, '\n', &line)) {
		struct text rest = text_trim(line);
		if (!text_next(&rest, '=', &own) || !text_is(own, key) || !rest.at)
			continue;
		value = rest;
		if (value.len >= 2 && (value.at[0] == '"' || value.at[0] == '\'') &&
		    value.at[value.len - 1] == value.at[0])
			value = (struct text){value.at + 1, value.len - 2};
	}
	return value;
}

static void put_like(struct gather *gather, struct value *value, struct text words)
{
	struct text word, *list = arena_get(gather_arena(gather), WORDS_MAX, sizeof(*list));
	size_t count = 0;
	while (count < WORDS_MAX && text_word(&words, &word))
		list[count++] = word;
	*value = (struct value){.type = VALUE_LIST, .list = list, .count = count};
}

static void put_release(struct gather *gather, struct value *values, struct text release)
{
	static const struct {
		const char *key;
		enum field field;
		enum value_type type;
	} keys[] = {
		{"ID", FIELD_ID, VALUE_TEXT},
		{"VERSION_ID", FIELD_VERSION, VALUE_VERSION},
		{"VERSION_CODENAME", FIELD_CODENAME, VALUE_TEXT},
		{"PRETTY_NAME", FIELD_NAME, VALUE_TEXT},
		{"VARIANT_ID", FIELD_VARIANT, VALUE_TEXT},
	};
	for (size_t i = 0; i < array_len(keys); i++)
		values[keys[i].field] = value_text(keys[i].type, setting(release, keys[i].key));
	if (values[FIELD_ID].type == VALUE_NONE)
		values[FIELD_ID] = value_text(VALUE_TEXT, TEXT("linux"));
	put_like(gather, &values[FIELD_LIKE], setting(release, "ID_LIKE"));
}

/* -------- the architecture -------- */

/* ELF's header: its class, its order of bytes and the machine that it is for. */
static const struct {
	unsigned char class, order;
	uint16_t machine;
	const char *name;
} machines[] = {
	{2, 1, 62, "x86_64"},  {1, 1, 3, "i686"},      {2, 1, 183, "aarch64"},
	{1, 1, 40, "armv7l"},  {2, 1, 21, "ppc64le"},  {2, 2, 21, "ppc64"},
	{2, 2, 22, "s390x"},   {2, 1, 243, "riscv64"}, {2, 1, 258, "loongarch64"},
	{2, 1, 8, "mips64el"}, {1, 1, 8, "mips"},
};

static const char *machine_of(struct text header)
{
	const unsigned char *bytes = (const unsigned char *)header.at;
	if (header.len < 20 || !text_starts(header, "\177ELF"))
		return NULL;
	uint16_t machine = bytes[5] == 2 ? (uint16_t)(bytes[18] << 8 | bytes[19])
					 : (uint16_t)(bytes[19] << 8 | bytes[18]);
	for (size_t i = 0; i < array_len(machines); i++)
		if (machines[i].class == bytes[4] && machines[i].order == bytes[5] &&
		    machines[i].machine == machine)
			return machines[i].name;
	return NULL;
}

static bool take_header(void *data, struct text piece)
{
	*(const char **)data = machine_of(piece);
	return false;
}

/* The kernel says it since 6.1; else a program that every system has does. */
static struct text find_arch(struct gather *gather)
{
	static const char *const programs[] = {"/bin/sh", "/usr/bin/env", "/bin/busybox"};
	struct text content, why;
	if (gather_is_running(gather) &&
	    gather_read(gather, TEXT("/proc/sys/kernel/arch"), &content, &why) == GATHER_OK)
		return arena_text(gather_arena(gather), text_trim(content));
	for (size_t i = 0; i < array_len(programs); i++) {
		const char *name = NULL;
		gather_depends_add(gather, text_of(programs[i]));
		if (gather_stream(gather, text_of(programs[i]), take_header, &name, &why) ==
			    GATHER_OK &&
		    name)
			return text_of(name);
	}
	return (struct text){0};
}

/* -------- the row -------- */

static bool find_release(struct rows *rows, struct text *path, struct text *content)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct text why;
		*path = text_of(paths[i]);
		enum gather_answer answer = gather_read(rows->gather, *path, content, &why);
		if (answer == GATHER_FAILED)
			return answer_fail(rows->gather, rows->answer, why);
		if (answer == GATHER_OK)
			return rows_keep(rows, content);
	}
	*content = TEXT("");
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text path, release, kernel, why;
	if (!find_release(&rows, &path, &release))
		return;
	struct value *values = rows_add(&rows, (struct evidence){.path = path});
	if (!values)
		return;
	put_release(gather, values, release);
	if (gather_is_running(gather) &&
	    gather_read(gather, TEXT("/proc/sys/kernel/osrelease"), &kernel, &why) == GATHER_OK)
		values[FIELD_KERNEL] = value_text(
			VALUE_VERSION, arena_text(gather_arena(gather), text_trim(kernel)));
	values[FIELD_ARCH] = value_text(VALUE_TEXT, find_arch(gather));
	rows.at[0].where.text = values[FIELD_NAME].type == VALUE_TEXT ? values[FIELD_NAME].text
								      : values[FIELD_ID].text;
	rows_give(&rows);
}

const struct probe probe_os = {
	.name = "os",
	.help = "the operating system: distribution, version, kernel, architecture; one row",
	.subject_help = "a query over the row",
	.subject_example = "id:debian and version >= 12",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/etc/os-release or /usr/lib/os-release, /proc/sys/kernel/osrelease and arch, the "
		 "first bytes of /bin/sh",
	.privilege = "none",
	.cost = "three small files",
	.run = run,
};
