#include "assess/probe/software/rpm.h"

#include <string.h>

#include "base/buf.h"
#include "format/sqlite.h"

#define ENTRY_SIZE 16
#define PACKAGES_QUERY "SELECT blob FROM Packages ORDER BY hnum"

enum tag {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_ARCH = 1022,
};
enum { TYPE_INT32 = 4, TYPE_STRING = 6 };

/* Of rpm's own; Debian's keeps what it has in root's home. */
static const char *const folders[] = {"/var/lib/rpm", "/usr/lib/sysimage/rpm", "/root/.rpmdb"};

/* -------- one header -------- */

static uint32_t number_at(const char *at)
{
	unsigned char bytes[4];
	memcpy(bytes, at, sizeof(bytes));
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

struct header {
	const char *index;
	size_t count;
	struct text store;
};

static bool read_header(struct text text, struct header *header)
{
	if (text.len < 8)
		return false;
	size_t count = number_at(text.at), size = number_at(text.at + 4);
	if (count == 0 || count > RPM_HEADER_ENTRIES_MAX || text.len - 8 < count * ENTRY_SIZE ||
	    text.len - 8 - count * ENTRY_SIZE < size)
		return false;
	header->index = text.at + 8;
	header->count = count;
	header->store = (struct text){header->index + count * ENTRY_SIZE, size};
	return true;
}

/* What stands under the tag, from its beginning to the end of the store; at NULL: nothing. */
static struct text find(const struct header *header, enum tag tag, uint32_t type)
{
	for (size_t i = 0; i < header->count; i++) {
		const char *entry = header->index + i * ENTRY_SIZE;
		size_t offset = number_at(entry + 8);
		if (number_at(entry) == (uint32_t)tag && number_at(entry + 4) == type &&
		    offset < header->store.len)
			return (struct text){header->store.at + offset, header->store.len - offset};
	}
	return (struct text){0};
}

/* A text that ends with a NUL, and is none without it. */
static struct text find_text(const struct header *header, enum tag tag)
{
	struct text found = find(header, tag, TYPE_STRING);
	const char *end = found.at ? memchr(found.at, '\0', found.len) : NULL;
	size_t len = end ? (size_t)(end - found.at) : 0;
	return len > 0 && len < DPKG_FIELD_MAX ? (struct text){found.at, len} : (struct text){0};
}

bool rpm_header_read(struct text text, struct arena *arena, struct dpkg_package *package)
{
	struct header header;
	if (!read_header(text, &header))
		return false;
	struct text name = find_text(&header, TAG_NAME), version = find_text(&header, TAG_VERSION),
		    release = find_text(&header, TAG_RELEASE), arch = find_text(&header, TAG_ARCH),
		    epoch = find(&header, TAG_EPOCH, TYPE_INT32);
	if (!name.at || !version.at || !release.at)
		return false;
	scoped(buf_end) struct buf whole = {0};
	if (epoch.len >= 4 && number_at(epoch.at) > 0)
		buf_print(&whole, "%u:", number_at(epoch.at));
	buf_text(&whole, version);
	buf_char(&whole, '-');
	buf_text(&whole, release);
	*package = (struct dpkg_package){
		.name = arena_text(arena, name),
		.version = arena_text(arena, buf_view(&whole)),
		.architecture = arch.at ? arena_text(arena, arch) : TEXT("(none)"),
		.want = TEXT("install"),
		.state = TEXT("installed"),
	};
	return true;
}

/* -------- the database -------- */

struct fact {
	enum gather_answer answer;
	struct text why, path;
	struct dpkg_packages packages;
	struct arena *arena;
	size_t room, broken;
	bool full;
};

static bool add(void *data, struct text header)
{
	struct fact *fact = data;
	struct dpkg_package package;
	if (fact->packages.count == DPKG_PACKAGES_MAX ||
	    arena_left(fact->arena) < GATHER_ARENA_SPARE / 2) {
		fact->full = true;
		return false;
	}
	if (!rpm_header_read(header, fact->arena, &package)) {
		fact->broken++;
		return true;
	}
	package.path = fact->path;
	fact->packages.at = arena_grow(fact->arena, fact->packages.at, &fact->room,
				       fact->packages.count + 1, sizeof(package));
	fact->packages.at[fact->packages.count++] = package;
	return true;
}

static bool take_piece(void *data, struct text piece)
{
	struct buf *bytes = data;
	if (piece.len > RPM_DATABASE_MAX - bytes->len)
		return false;
	buf_text(bytes, piece);
	return bytes->len < RPM_DATABASE_MAX;
}

static struct text below(struct gather *gather, const char *folder, const char *name)
{
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "%s/%s", folder, name);
	return arena_text(gather_arena(gather), buf_view(&path));
}

static bool is_there(struct gather *gather, struct text path, uint64_t *size)
{
	struct gather_stat stat;
	struct text why;
	bool there = gather_stat(gather, path, true, &stat, &why) == GATHER_OK;
	*size = there ? stat.size : 0;
	return there;
}

static void fail(struct gather *gather, struct fact *fact, const char *why)
{
	scoped(buf_end) struct buf text = {0};
	buf_print(&text, "cannot read %.*s: %s", TEXT_ARG(fact->path), why);
	fact->answer = GATHER_FAILED;
	fact->why = arena_text(gather_arena(gather), buf_view(&text));
}

static void read_database(struct gather *gather, struct fact *fact)
{
	struct err err = {0};
	scoped(buf_end) struct buf bytes = {0};
	fact->answer = gather_stream(gather, fact->path, take_piece, &bytes, &fact->why);
	if (fact->answer != GATHER_OK)
		return;
	if (bytes.len >= RPM_DATABASE_MAX)
		fail(gather, fact, "it is larger than 512 MiB");
	else if (!sqlite_each(&bytes, PACKAGES_QUERY, add, fact, &err))
		fail(gather, fact, err.text);
	else if (fact->full)
		fail(gather, fact, "it holds too many packages");
	else if (fact->broken > 0)
		fail(gather, fact, "it holds packages that can't be read");
}

static void read_folder(struct gather *gather, const char *folder, struct fact *fact)
{
	static const char *const older[] = {"Packages", "Packages.db"};
	uint64_t size;
	fact->path = below(gather, folder, "rpmdb.sqlite");
	if (is_there(gather, fact->path, &size)) {
		if (is_there(gather, below(gather, folder, "rpmdb.sqlite-wal"), &size) && size > 0)
			fail(gather, fact, "it is being changed (rpmdb.sqlite-wal is not empty)");
		else
			read_database(gather, fact);
		return;
	}
	for (size_t i = 0; i < array_len(older); i++) {
		fact->path = below(gather, folder, older[i]);
		if (is_there(gather, fact->path, &size)) {
			fail(gather, fact, "rpm's older databases (Berkeley DB, ndb) are not read");
			return;
		}
	}
}

enum gather_answer rpm_read(struct gather *gather, const struct dpkg_packages **packages,
			    struct text *why)
{
	struct fact *fact = gather_fact(gather, "rpm");
	if (!fact) {
		fact = arena_get(gather_arena(gather), 1, sizeof(*fact));
		*fact = (struct fact){.answer = GATHER_MISSING, .arena = gather_arena(gather)};
		for (size_t i = 0; i < array_len(folders) && fact->answer == GATHER_MISSING; i++)
			read_folder(gather, folders[i], fact);
		gather_keep_fact(gather, "rpm", fact);
	}
	for (size_t i = 0; i < array_len(folders); i++)
		gather_depends_add(gather, below(gather, folders[i], "rpmdb.sqlite"));
	*packages = &fact->packages;
	*why = fact->why;
	return fact->answer;
}

void rpm_prepare(struct gather *gather)
{
	struct err none = {0};
	uint64_t size;
	for (size_t i = 0; i < array_len(folders); i++)
		if (is_there(gather, below(gather, folders[i], "rpmdb.sqlite"), &size)) {
			(void)!sqlite_load(&none); /* rpm_read says so, where it is missing */
			return;
		}
}
