#include "assess/probe/dpkg.h"

#include <string.h>

#include "base/buf.h"

static const char status_path[] = "/var/lib/dpkg/status";
static const char status_folder[] = "/var/lib/dpkg/status.d";

/* A field of the stanza that is being read. */
struct field {
	size_t len;
	char bytes[DPKG_FIELD_MAX];
};

struct dpkg_reader {
	struct arena *arena;
	struct text path;
	const struct map *only; /* NULL: all */
	struct field name, status, version, architecture;
	uint64_t name_line;
	struct dpkg_package *list;
	size_t room, count;
	struct buf carry; /* the beginning of a line whose end has not come */
	uint64_t line;
	bool full;
};

struct dpkg_reader *dpkg_reader_new(struct arena *arena, struct text path)
{
	struct dpkg_reader *reader = mem_new(1, sizeof(*reader));
	reader->arena = arena;
	reader->path = path;
	reader->line = 1;
	return reader;
}

void dpkg_reader_only(struct dpkg_reader *reader, const struct map *names)
{
	reader->only = names;
}

void dpkg_reader_free(struct dpkg_reader **reader)
{
	if (*reader)
		buf_end(&(*reader)->carry);
	mem_free(reader);
}

static struct text keep(struct dpkg_reader *reader, const struct field *field)
{
	return arena_text(reader->arena, (struct text){field->bytes, field->len});
}

static void end_stanza(struct dpkg_reader *reader)
{
	struct text name = {reader->name.bytes, reader->name.len};
	bool named = name.len > 0 && (!reader->only || map_get(reader->only, name));
	reader->full |= named && (reader->count == DPKG_PACKAGES_MAX ||
				  arena_left(reader->arena) < GATHER_ARENA_SPARE / 2);
	if (named && !reader->full) {
		struct dpkg_package package = {
			.name = keep(reader, &reader->name),
			.version = keep(reader, &reader->version),
			.architecture = keep(reader, &reader->architecture),
			.want = TEXT(
				"install"), /* distroless says no status: what is listed is there */
			.state = TEXT("installed"),
			.path = reader->path,
			.line = reader->name_line,
		};
		struct text status = keep(reader, &reader->status), word;
		if (text_word(&status, &word))
			package.want = word;
		while (text_word(&status, &word))
			package.state = word; /* the last of three */
		reader->list = arena_grow(reader->arena, reader->list, &reader->room,
					  reader->count + 1, sizeof(*reader->list));
		reader->list[reader->count++] = package;
	}
	reader->name.len = reader->status.len = reader->version.len = reader->architecture.len = 0;
}

static void take_field(struct text line, const char *name, struct field *field)
{
	size_t len = strlen(name);
	if (line.len < len || !text_is_alike((struct text){line.at, len}, text_of(name)))
		return;
	struct text value = text_trim((struct text){line.at + len, line.len - len});
	field->len = value.len < sizeof(field->bytes) ? value.len : sizeof(field->bytes);
	memcpy(field->bytes, value.at, field->len);
}

static void take_line(struct dpkg_reader *reader, struct text line)
{
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	switch (line.len > 0 ? line.at[0] | 0x20 : 0) {
	case 0:
		end_stanza(reader);
		break;
	case 'p':
		take_field(line, "package:", &reader->name);
		if (text_is_alike((struct text){line.at, line.len < 8 ? line.len : 8},
				  TEXT("package:")))
			reader->name_line = reader->line;
		break;
	case 's':
		take_field(line, "status:", &reader->status);
		break;
	case 'v':
		take_field(line, "version:", &reader->version);
		break;
	case 'a':
		take_field(line, "architecture:", &reader->architecture);
		break;
	}
}

void dpkg_reader_add(struct dpkg_reader *reader, struct text piece)
{
	while (piece.len > 0) {
		const char *end = memchr(piece.at, '\n', piece.len);
		size_t len = end ? (size_t)(end - piece.at) : piece.len;
		if (!end || reader->carry.len > 0) {
			size_t left = DPKG_LINE_MAX - reader->carry.len;
			buf_add(&reader->carry, piece.at, len < left ? len : left);
		}
		if (end) {
			struct text line = {piece.at, len};
			take_line(reader, reader->carry.len > 0 ? buf_view(&reader->carry) : line);
			reader->line++;
			buf_clear(&reader->carry);
			len++;
		}
		piece = (struct text){piece.at + len, piece.len - len};
	}
}

bool dpkg_reader_end(struct dpkg_reader *reader, struct dpkg_packages *packages)
{
	if (reader->carry.len > 0)
		take_line(reader, buf_view(&reader->carry));
	buf_clear(&reader->carry);
	end_stanza(reader);
	*packages = (struct dpkg_packages){reader->list, reader->count};
	return !reader->full;
}

struct fact {
	enum gather_answer answer;
	struct text why;
	struct dpkg_packages packages;
};

static bool add_piece(void *data, struct text piece)
{
	dpkg_reader_add(data, piece);
	return true;
}

/* One file into the reader, which goes on counting. */
static enum gather_answer add_file(struct gather *gather, struct dpkg_reader *reader,
				   struct text path, struct text *why)
{
	reader->path = path;
	reader->line = 1;
	enum gather_answer answer = gather_stream(gather, path, add_piece, reader, why);
	dpkg_reader_add(reader, TEXT("\n\n"));
	return answer;
}

static void read_all(struct gather *gather, struct fact *fact)
{
	struct arena *arena = gather_arena(gather);
	scoped(dpkg_reader_free) struct dpkg_reader *reader = dpkg_reader_new(arena, TEXT(""));
	const struct gather_entry *entries;
	size_t count = 0;
	struct text why;
	fact->answer = add_file(gather, reader, text_of(status_path), &fact->why);
	if (fact->answer == GATHER_FAILED)
		return;
	enum gather_answer listed = gather_list(gather, text_of(status_folder), &entries, &count,
						&why);
	if (listed == GATHER_OK)
		fact->answer = GATHER_OK;
	for (size_t i = 0; listed == GATHER_OK && i < count; i++) {
		if (text_ends(entries[i].name, ".md5sums") || entries[i].kind == GATHER_FOLDER)
			continue;
		struct text path = text_of(
			arena_print(arena, "%s/%.*s", status_folder, TEXT_ARG(entries[i].name)));
		gather_depends_add(gather, path);
		if (add_file(gather, reader, path, &why) == GATHER_FAILED)
			listed = GATHER_FAILED;
	}
	if (!dpkg_reader_end(reader, &fact->packages)) {
		listed = GATHER_FAILED;
		why = TEXT("dpkg's database holds more packages than the 200000 that are read");
	}
	if (listed == GATHER_FAILED) {
		fact->answer = listed;
		fact->why = why;
	}
}

enum gather_answer dpkg_read(struct gather *gather, const struct dpkg_packages **packages,
			     struct text *why)
{
	struct fact *fact = gather_fact(gather, "packages");
	if (!fact) {
		fact = arena_get(gather_arena(gather), 1, sizeof(*fact));
		read_all(gather, fact);
		gather_keep_fact(gather, "packages", fact);
	}
	gather_depends_add(gather, text_of(status_path));
	gather_depends_add(gather, text_of(status_folder));
	*packages = &fact->packages;
	*why = fact->why;
	return fact->answer;
}

bool dpkg_is_installed(const struct dpkg_package *package)
{
	return !text_is(package->state, "not-installed") &&
	       !text_is(package->state, "config-files");
}
