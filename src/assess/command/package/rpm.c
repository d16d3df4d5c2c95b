#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "assess/command/package/sqlite.h"
#include "assess/command/program.h"
#include "assess/command/table.h"

#define PACKAGES_MAX 100000
#define HEADER_ENTRIES_MAX 100000

enum tag {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_SUMMARY = 1004,
	TAG_VENDOR = 1011,
	TAG_ARCH = 1022,
};

struct package {
	struct text name, version, release, epoch, summary, vendor, arch; /* at NULL: none */
};

struct packages {
	enum gather_answer answer;
	struct text why;
	struct package *at; /* in the order in which they were installed */
	size_t room, count;
	struct arena *arena;
};

/* -------- headers -------- */

static uint32_t read_u32(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static struct text *place_of(struct package *package, uint32_t tag)
{
	switch (tag) {
	case TAG_NAME:
		return &package->name;
	case TAG_VERSION:
		return &package->version;
	case TAG_RELEASE:
		return &package->release;
	case TAG_EPOCH:
		return &package->epoch;
	case TAG_SUMMARY:
		return &package->summary;
	case TAG_VENDOR:
		return &package->vendor;
	case TAG_ARCH:
		return &package->arch;
	}
	return NULL;
}

/* Two counts, entries of four numbers (tag, type, place, count), then what they point at. */
static bool read_header(struct arena *arena, struct text blob, struct package *package)
{
	if (blob.len < 8)
		return false;
	size_t entries = read_u32(blob.at), size = read_u32(blob.at + 4);
	if (entries > HEADER_ENTRIES_MAX || 8 + 16 * entries > blob.len ||
	    size > blob.len - 8 - 16 * entries)
		return false;
	struct text data = {blob.at + 8 + 16 * entries, size};
	for (size_t i = 0; i < entries; i++) {
		const char *entry = blob.at + 8 + 16 * i;
		struct text *place = place_of(package, read_u32(entry));
		size_t from = read_u32(entry + 8);
		if (!place || place->at)
			continue;
		if (from > data.len)
			return false;
		struct text rest = {data.at + from, data.len - from}, word = {0};
		if (read_u32(entry) != TAG_EPOCH) {
			if (rest.len > 0 && !text_next(&rest, '\0', &word))
				return false;
			*place = arena_text(arena, word);
		} else if (rest.len >= 4) {
			*place = text_of(arena_print(arena, "%u", (unsigned)read_u32(rest.at)));
		}
	}
	return package->name.at && package->version.at && package->release.at;
}

/* -------- the database -------- */

static bool add_row(void *data, const struct sqlite_value *values, size_t count)
{
	struct packages *packages = data;
	struct package package = {.name = {0}};
	if (packages->count == PACKAGES_MAX || count < 2 ||
	    arena_left(packages->arena) < GATHER_ARENA_SPARE / 2 ||
	    !read_header(packages->arena, values[1].bytes, &package)) {
		packages->answer = GATHER_FAILED;
		packages->why = TEXT("rpm's database has a package that is not what it should be");
		return false;
	}
	packages->at = arena_grow(packages->arena, packages->at, &packages->room,
				  packages->count + 1, sizeof(*packages->at));
	packages->at[packages->count++] = package;
	return true;
}

static bool is_there(struct gather *gather, const char *folder, const char *file, bool filled)
{
	struct gather_stat stat;
	struct text why, path = text_of(arena_print(gather_arena(gather), "%s/%s", folder, file));
	return gather_stat(gather, path, true, &stat, &why) == GATHER_OK &&
	       (!filled || stat.size > 0);
}

/* Of RPM's own folders; Debian's rpm keeps what it has in root's home. */
static const char *const folders[] = {"/usr/lib/sysimage/rpm", "/var/lib/rpm", "/root/.rpmdb"};

static void read_folder(struct gather *gather, const char *folder, struct packages *packages)
{
	struct text bytes, path;
	const char *why;
	path = text_of(arena_print(gather_arena(gather), "%s/rpmdb.sqlite", folder));
	if (is_there(gather, folder, "rpmdb.sqlite-wal", true)) {
		packages->answer = GATHER_FAILED;
		packages->why = TEXT("rpm's database has a log of writes that aren't in it yet");
		return;
	}
	packages->answer = gather_read(gather, path, &bytes, &packages->why);
	if (packages->answer == GATHER_OK &&
	    !sqlite_read(bytes, "Packages", add_row, packages, &why) &&
	    packages->answer == GATHER_OK) {
		packages->answer = GATHER_FAILED;
		packages->why = text_of(arena_print(gather_arena(gather), "%s: %s", path.at, why));
	}
}

/* GATHER_MISSING: it is of a kind that isn't read here. None at all is an empty one. */
static void read_all(struct gather *gather, struct packages *packages)
{
	static const char *const others[] = {"Packages", "Packages.db"};
	packages->arena = gather_arena(gather);
	packages->answer = GATHER_OK;
	for (size_t i = 0; i < array_len(folders); i++) {
		if (is_there(gather, folders[i], "rpmdb.sqlite", false)) {
			read_folder(gather, folders[i], packages);
			return;
		}
		for (size_t j = 0; j < array_len(others); j++)
			if (is_there(gather, folders[i], others[j], true)) {
				packages->answer = GATHER_MISSING;
				packages->why = TEXT("rpm's database is not SQLite's, and no other "
						     "is read");
				return;
			}
	}
}

static const struct packages *all_packages(struct gather *gather)
{
	static const char key[] = "rpm";
	struct packages *packages = gather_fact(gather, key);
	for (size_t i = 0; i < array_len(folders); i++)
		gather_depends_add(gather, text_of(folders[i]));
	if (!packages) {
		packages = arena_get(gather_arena(gather), 1, sizeof(*packages));
		read_all(gather, packages);
		gather_keep_fact(gather, key, packages);
	}
	return packages;
}

/* -------- queries -------- */

enum option { OPTION_QUERY, OPTION_ALL, OPTION_FORMAT, OPTION_FORMAT_TOO, OPTION_COUNT };

static const struct program_option options[] = {
	{'q', "query", false}, {'a', "all", false}, {0, "qf", true}, {0, "queryformat", true}};

static void add_label(const struct package *package, bool epoch, bool arch, struct buf *out)
{
	buf_print(out, "%.*s-", TEXT_ARG(package->name));
	if (epoch && package->epoch.at)
		buf_print(out, "%.*s:", TEXT_ARG(package->epoch));
	buf_print(out, "%.*s-%.*s", TEXT_ARG(package->version), TEXT_ARG(package->release));
	if (arch && package->arch.len > 0)
		buf_print(out, ".%.*s", TEXT_ARG(package->arch));
}

static bool is_match(struct arena *arena, struct text word, struct text label)
{
	return fnmatch(arena_copy(arena, word.at, word.len), arena_copy(arena, label.at, label.len),
		       0) == 0;
}

/* NAME, NAME-VERSION, NAME-VERSION-RELEASE; each with .ARCH, too; an epoch before the version. */
static bool is_asked(const struct package *package, struct text word)
{
	bool found = text_is_equal(word, package->name);
	for (unsigned i = 0; i < 12 && !found; i++) {
		scoped(buf_end) struct buf label = {0};
		bool arch = i & 1, epoch = i & 2;
		if (i < 4) {
			add_label(package, epoch, arch, &label);
		} else if (i < 8) {
			buf_print(&label, "%.*s-%.*s", TEXT_ARG(package->name),
				  TEXT_ARG(package->version));
			if (arch)
				buf_print(&label, ".%.*s", TEXT_ARG(package->arch));
		} else {
			buf_print(&label, "%.*s.%.*s", TEXT_ARG(package->name),
				  TEXT_ARG(package->arch));
		}
		found = text_is_equal(word, buf_view(&label));
	}
	return found;
}

static bool add_tag(const struct package *package, struct text tag, struct buf *out)
{
	static const struct {
		const char *name;
		size_t place;
	} tags[] = {
		{"NAME", offsetof(struct package, name)},
		{"VERSION", offsetof(struct package, version)},
		{"RELEASE", offsetof(struct package, release)},
		{"EPOCH", offsetof(struct package, epoch)},
		{"SUMMARY", offsetof(struct package, summary)},
		{"VENDOR", offsetof(struct package, vendor)},
		{"ARCH", offsetof(struct package, arch)},
	};
	if (text_is_alike(tag, TEXT("NVRA")) || text_is_alike(tag, TEXT("NVR"))) {
		add_label(package, false, tag.len == 4, out);
		return true;
	}
	for (size_t i = 0; i < array_len(tags); i++)
		if (text_is_alike(tag, text_of(tags[i].name))) {
			struct text value;
			memcpy(&value, (const char *)package + tags[i].place, sizeof(value));
			buf_text(out, value.at ? value : TEXT("(none)"));
			return true;
		}
	return false;
}

/* "%{NAME}-%{VERSION}\n"; false: a tag or a form that isn't known here. */
static bool add_formatted(const struct package *package, struct text format, struct buf *out)
{
	for (size_t i = 0; i < format.len; i++) {
		char c = format.at[i];
		if (c == '\\' && i + 1 < format.len) {
			char next = format.at[++i];
			buf_char(out, next == 'n' ? '\n' : next == 't' ? '\t' : next);
		} else if (c == '%' && i + 1 < format.len && format.at[i + 1] == '{') {
			const char *from = format.at + i + 2, *end;
			end = memchr(from, '}', format.len - i - 2);
			if (!end ||
			    !add_tag(package, (struct text){from, (size_t)(end - from)}, out))
				return false;
			i += 2 + (size_t)(end - from);
		} else if (c == '%' || c == '[') {
			return false;
		} else {
			buf_char(out, c);
		}
	}
	return true;
}

struct query {
	const struct native_call *call;
	const struct program_args *args;
	const struct packages *packages;
	struct text format; /* at NULL: the usual label */
	struct buf out, err;
};

static void print_package(struct query *query, const struct package *package)
{
	if (query->format.at) {
		bool known = add_formatted(package, query->format, &query->out);
		must(known);
		return;
	}
	add_label(package, false, true, &query->out);
	buf_char(&query->out, '\n');
}

static size_t print_asked(struct query *query, struct text word)
{
	size_t count = 0;
	for (size_t i = 0; i < query->packages->count; i++) {
		const struct package *package = &query->packages->at[i];
		if (!is_asked(package, word))
			continue;
		print_package(query, package);
		count++;
	}
	return count;
}

static void print_all(struct query *query)
{
	struct arena *arena = gather_arena(query->call->gather);
	for (size_t i = 0; i < query->packages->count; i++) {
		const struct package *package = &query->packages->at[i];
		bool asked = query->args->word_count == 0;
		for (size_t j = 0; j < query->args->word_count && !asked; j++)
			asked = is_match(arena, query->args->words[j], package->name);
		if (asked)
			print_package(query, package);
	}
}

static int run(struct query *query)
{
	int missed = 0;
	if (query->args->given[OPTION_ALL]) {
		print_all(query);
		return 0;
	}
	if (query->args->word_count == 0) {
		buf_cstr(&query->err, "rpm: no arguments given for query\n");
		return 1;
	}
	for (size_t i = 0; i < query->args->word_count; i++) {
		struct text word = query->args->words[i];
		if (print_asked(query, word) > 0)
			continue;
		buf_print(&query->out, "package %.*s is not installed\n", TEXT_ARG(word));
		missed++;
	}
	return missed;
}

static bool is_understood(const struct native_call *call, struct query *query,
			  struct program_args *args)
{
	static const struct package none = {{"", 0}, {"", 0}, {"", 0}, {"", 0},
					    {"", 0}, {"", 0}, {"", 0}};
	scoped(buf_end) struct buf out = {0};
	if (!program_read_args(call, options, OPTION_COUNT, args) || args->given[OPTION_QUERY] != 1)
		return false;
	for (size_t i = 0; i < args->word_count; i++)
		if (args->words[i].len == 0 || args->words[i].at[0] == '/')
			return false; /* a file that a package may provide */
	if (args->given[OPTION_FORMAT])
		query->format = args->values[OPTION_FORMAT];
	if (args->given[OPTION_FORMAT_TOO])
		query->format = args->values[OPTION_FORMAT_TOO];
	return !query->format.at || add_formatted(&none, query->format, &out);
}

static bool answer_rpm(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct query query = {.call = call, .args = &args};
	if (!is_understood(call, &query, &args))
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	query.packages = all_packages(call->gather);
	if (query.packages->answer == GATHER_MISSING)
		return native_skip(answer, query.packages->why);
	if (query.packages->answer == GATHER_FAILED)
		return native_fail(answer, query.packages->why);
	int exit = run(&query);
	program_end(call, answer, &query.out, &query.err, exit);
	buf_end(&query.out);
	buf_end(&query.err);
	return true;
}

const struct native native_rpm = {
	.program = "rpm",
	.forms = "-q NAME…; -qa [PATTERN…]; with --qf of NAME, VERSION, RELEASE, EPOCH, ARCH, "
		 "SUMMARY, VENDOR, NVR and NVRA",
	.reads = "rpmdb.sqlite in /usr/lib/sysimage/rpm or /var/lib/rpm",
	.prints = "a line a package, NAME-VERSION-RELEASE.ARCH; that one is not installed",
	.answer = answer_rpm,
};
