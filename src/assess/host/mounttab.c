#include "assess/host/mounttab.h"

#include <inttypes.h>

#include "base/buf.h"

#define OPTIONS_MAX 4096 /* of one line; those behind are left out */
#define STEPS_MAX 1000   /* mounts upon mounts on the way to one path */

struct table {
	enum gather_answer answer;
	struct text why;
	struct mounts mounts;
};

/* \040 and its like, as the kernel and getmntent(3) write white space in names. */
static struct text unescape(struct arena *arena, struct text text)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < text.len; i++) {
		uint64_t byte;
		if (text.at[i] == '\\' && text.len - i >= 4 &&
		    text_to_octal((struct text){text.at + i + 1, 3}, 0377, &byte)) {
			buf_char(&out, (char)byte);
			i += 3;
		} else {
			buf_char(&out, text.at[i]);
		}
	}
	return arena_text(arena, buf_view(&out));
}

struct options {
	struct arena *arena;
	struct text *at;
	size_t room, count;
	bool read_only;
};

static bool has_option(const struct options *options, struct text option)
{
	for (size_t i = 0; i < options->count; i++)
		if (text_is_equal(options->at[i], option))
			return true;
	return false;
}

/* Each option once; ro and rw are told apart at the end. */
static void add_options(struct options *options, struct text text, bool merging)
{
	struct text option;
	while (text_next(&text, ',', &option)) {
		options->read_only |= merging && text_is(option, "ro");
		bool access = merging && (text_is(option, "ro") || text_is(option, "rw"));
		if (option.len == 0 || access || options->count == OPTIONS_MAX ||
		    has_option(options, option))
			continue;
		options->at = arena_grow(options->arena, options->at, &options->room,
					 options->count + 1, sizeof(*options->at));
		options->at[options->count++] = unescape(options->arena, option);
	}
}

static void give_options(const struct options *options, struct mount *mount)
{
	mount->options = options->at;
	mount->option_count = options->count;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool read_live(struct arena *arena, struct text line, struct mount *mount)
{
	struct text rest = line, id, parent, skipped, root, target, own, part, super = {0};
	struct options options = {.arena = arena};
	if (!text_next(&rest, ' ', &id) || !text_next(&rest, ' ', &parent) ||
	    !text_next(&rest, ' ', &skipped) || !text_next(&rest, ' ', &root) ||
	    !text_next(&rest, ' ', &target) || !text_next(&rest, ' ', &own) ||
	    !text_to_u64(id, 0, UINT64_MAX, &mount->id) ||
	    !text_to_u64(parent, 0, UINT64_MAX, &mount->parent))
		return false;
	do {
		if (!text_next(&rest, ' ', &part))
			return false;
	} while (!text_is(part, "-"));
	if (!text_next(&rest, ' ', &mount->fstype) || !text_next(&rest, ' ', &mount->source))
		return false;
	super = text_trim(rest);
	add_options(&options, TEXT("rw"), false); /* its place; below it becomes what is true */
	add_options(&options, own, true);
	add_options(&options, super, true);
	options.at[0] = options.read_only ? TEXT("ro") : TEXT("rw");
	give_options(&options, mount);
	mount->root = unescape(arena, root);
	mount->target = unescape(arena, target);
	mount->fstype = unescape(arena, mount->fstype);
	mount->source = unescape(arena, mount->source);
	return mount->target.len > 0 && mount->target.at[0] == '/';
}

/* "UUID=… /home ext4 defaults,nodev 0 2" */
static bool read_fstab(struct arena *arena, struct text line, struct mount *mount)
{
	struct text rest = line, target, source, fstype, own;
	struct options options = {.arena = arena};
	if (!text_word(&rest, &source) || source.at[0] == '#' || !text_word(&rest, &target) ||
	    !text_word(&rest, &fstype))
		return false;
	add_options(&options, text_word(&rest, &own) ? own : TEXT("defaults"), false);
	give_options(&options, mount);
	mount->root = TEXT("/");
	mount->source = unescape(arena, source);
	mount->target = unescape(arena, target);
	mount->fstype = unescape(arena, fstype);
	while (mount->target.len > 1 && mount->target.at[mount->target.len - 1] == '/')
		mount->target.len--;
	return true;
}

typedef bool (*read_fn)(struct arena *arena, struct text line, struct mount *mount);

static bool parse(struct gather *gather, struct text path, struct text content, read_fn read,
		  struct mounts *mounts)
{
	struct arena *arena = gather_arena(gather);
	struct text rest, line;
	size_t room = 0;
	if (content.len > arena_left(arena) / 4) /* a line is copied in parts, too */
		return false;
	rest = arena_text(arena, content);
	for (uint64_t number = 1; text_next(&rest, '\n', &line); number++) {
		struct mount mount = {.where = {path, number, line}};
		if (arena_left(arena) < GATHER_ARENA_SPARE / 2 ||
		    mounts->count == MOUNTTAB_LINES_MAX)
			return false;
		if (!read(arena, line, &mount))
			continue;
		mounts->at = arena_grow(arena, mounts->at, &room, mounts->count + 1,
					sizeof(*mounts->at));
		mounts->at[mounts->count++] = mount;
	}
	return true;
}

static void end_map(struct map **map)
{
	map_free(map);
}

static struct text id_key(const uint64_t *id)
{
	return (struct text){(const char *)id, sizeof(*id)};
}

static void mark_nested(const struct mounts *mounts)
{
	scoped(end_map) struct map *ids = map_new();
	for (size_t i = 0; i < mounts->count; i++)
		map_put(ids, id_key(&mounts->at[i].id), &mounts->at[i]);
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *on = map_get(ids, id_key(&mounts->at[i].parent));
		mounts->at[i].nested = on && on != &mounts->at[i];
	}
}

static void read_table(struct gather *gather, const char *path, read_fn read, struct table *table)
{
	struct text content;
	table->mounts = (struct mounts){0};
	table->answer = gather_read(gather, text_of(path), &content, &table->why);
	if (table->answer != GATHER_OK ||
	    parse(gather, text_of(path), content, read, &table->mounts))
		return;
	table->answer = GATHER_FAILED;
	table->why = text_of(arena_print(gather_arena(gather),
					 "%s is too large, or has more than %d lines", path,
					 MOUNTTAB_LINES_MAX));
}

static enum gather_answer give(const struct table *table, const struct mounts **mounts,
			       struct text *why)
{
	*mounts = &table->mounts;
	*why = table->why;
	return table->answer;
}

enum gather_answer mounttab_live(struct gather *gather, const struct mounts **mounts,
				 struct text *why)
{
	static const char first[] = "/proc/1/mountinfo", own[] = "/proc/self/mountinfo";
	struct table *table = gather_fact(gather, first);
	gather_depends_add(gather, text_of(first));
	if (!table) {
		table = arena_get(gather_arena(gather), 1, sizeof(*table));
		read_table(gather, first, read_live, table);
		if (table->answer != GATHER_OK)
			read_table(gather, own, read_live, table);
		mark_nested(&table->mounts);
		gather_keep_fact(gather, first, table);
	}
	return give(table, mounts, why);
}

enum gather_answer mounttab_fstab(struct gather *gather, const struct mounts **mounts,
				  struct text *why)
{
	static const char path[] = "/etc/fstab";
	struct table *table = gather_fact(gather, path);
	gather_depends_add(gather, text_of(path));
	if (!table) {
		table = arena_get(gather_arena(gather), 1, sizeof(*table));
		read_table(gather, path, read_fstab, table);
		if (table->answer == GATHER_MISSING)
			table->answer = GATHER_OK;
		gather_keep_fact(gather, path, table);
	}
	return give(table, mounts, why);
}

static bool is_below(struct text path, struct text target)
{
	if (target.len == 1)
		return true;
	return path.len >= target.len &&
	       text_is_equal((struct text){path.at, target.len}, target) &&
	       (path.len == target.len || path.at[target.len] == '/');
}

/* Of what stands on `on` (NULL: on nothing here) and covers the path: what a walk meets first. */
static const struct mount *next_holder(const struct mounts *mounts, const struct mount *on,
				       struct text path)
{
	const struct mount *next = NULL;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->at[i];
		bool child = on ? mount->nested && mount->parent == on->id : !mount->nested;
		if (child && mount != on && is_below(path, mount->target) &&
		    (!next || mount->target.len < next->target.len))
			next = mount;
	}
	return next;
}

const struct mount *mounttab_holder(const struct mounts *mounts, struct text path)
{
	const struct mount *on = NULL, *next;
	for (size_t steps = 0; steps < STEPS_MAX; steps++) {
		next = next_holder(mounts, on, path);
		if (!next)
			break;
		on = next;
	}
	return on;
}

const struct mount *mounttab_line(const struct mounts *mounts, struct text path)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (text_is_equal(mounts->at[i].target, path))
			return &mounts->at[i];
	return NULL;
}

struct text mounttab_path(struct gather *gather, struct text path)
{
	scoped(buf_end) struct buf out = {0};
	struct text part;
	while (text_next(&path, '/', &part))
		if (part.len > 0) {
			buf_char(&out, '/');
			buf_text(&out, part);
		}
	if (out.len == 0)
		buf_char(&out, '/');
	return arena_text(gather_arena(gather), buf_view(&out));
}

struct value mounttab_options(const struct mount *mount)
{
	return (struct value){
		.type = VALUE_LIST, .list = mount->options, .count = mount->option_count};
}
