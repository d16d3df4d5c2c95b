#include "assess/setting/sysctld.h"

#include <string.h>

static const char *const folders[] = {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
				      "/usr/lib/sysctl.d", NULL};

/* With slashes between the components, in place; a NUL behind. */
static void turn_to_path(char *path)
{
	const char *first = strpbrk(path, "./");
	if (!first || *first == '/')
		return;
	for (char *c = path; *c; c++) {
		if (*c == '.')
			*c = '/';
		else if (*c == '/')
			*c = '.';
	}
}

struct text sysctld_path(struct arena *arena, struct text key)
{
	char *path = arena_copy(arena, key.at, key.len);
	turn_to_path(path);
	return (struct text){path, key.len};
}

struct text sysctld_value(struct arena *arena, struct text value)
{
	scoped(buf_end) struct buf out = {0};
	struct text word;
	while (text_word(&value, &word)) {
		buf_cstr(&out, out.len > 0 ? " " : "");
		buf_text(&out, word);
	}
	return arena_text(arena, buf_view(&out));
}

struct reading {
	struct gather *gather;
	struct settings *settings;
	struct settings exact, wild; /* the last of each */
	struct text path;            /* what is asked for, below /proc/sys */
	bool excluded;               /* from patterns */
	struct buf key;              /* of the line that is looked at, as a path */
	struct err *err;
};

/* Patterns as glob(7) has them: a star stays within a component. */
static bool is_path_match(struct text pattern, struct text path)
{
	struct text part, name;
	for (;;) {
		bool more = text_next(&pattern, '/', &part), left = text_next(&path, '/', &name);
		if (!more || !left)
			return more == left;
		if (!gather_is_name_match(part, name))
			return false;
	}
}

/* The key of a line as a path below /proc/sys, lent until the next line; *minus: '-' stands in
 * front of it. */
static struct text cut_key(struct reading *reading, struct text key, bool *minus)
{
	key = text_trim(key);
	*minus = key.len > 0 && key.at[0] == '-';
	key = (struct text){key.at + *minus, key.len - *minus};
	buf_clear(&reading->key);
	buf_text(&reading->key, key);
	turn_to_path(reading->key.at);
	return buf_view(&reading->key);
}

static bool take_line(struct reading *reading, struct text file, uint64_t number, struct text line)
{
	struct text value = line, key;
	bool has_value = memchr(line.at, '=', line.len) != NULL, minus;
	if (!text_next(&value, '=', &key))
		return true;
	struct text path = cut_key(reading, key, &minus);
	bool wild = gather_has_wildcard(path);
	if (wild ? !is_path_match(path, reading->path) : !text_is_equal(path, reading->path))
		return true;
	if (!has_value) {
		reading->excluded |= minus;
		return true;
	}
	value = text_trim(value);
	struct setting setting = {
		.value = value, .words = &value, .word_count = 1, .where = {file, number, line}};
	return setting_set(wild ? &reading->wild : &reading->exact, reading->gather, &setting,
			   reading->err) ||
	       err_add(reading->err, "%.*s:%zu", TEXT_ARG(file), (size_t)number);
}

static bool read_file(struct reading *reading, struct text path)
{
	struct text content, line;
	if (!setting_read(reading->settings, reading->gather, path, &content, reading->err))
		return false;
	for (uint64_t number = 1; content.at && text_next(&content, '\n', &line); number++) {
		line = text_trim(line);
		if (line.len > 0 && line.at[0] != '#' && line.at[0] != ';' &&
		    !take_line(reading, path, number, line))
			return false;
	}
	return true;
}

/* A key that is spelt out decides, else the last pattern that it was not taken out of. */
static bool decide(struct reading *reading)
{
	const struct settings *from = &reading->exact;
	if (from->count == 0 && !reading->excluded)
		from = &reading->wild;
	if (from->count == 0)
		return true;
	struct setting setting = from->at[0];
	setting.value = sysctld_value(gather_arena(reading->gather), setting.value);
	return setting_set(reading->settings, reading->gather, &setting, reading->err);
}

static void end_reading(struct reading *reading)
{
	buf_end(&reading->key);
}

static struct reading begin(struct gather *gather, struct text key, struct settings *settings,
			    struct err *err)
{
	return (struct reading){
		.gather = gather,
		.settings = settings,
		.path = sysctld_path(gather_arena(gather), key),
		.err = err,
	};
}

bool sysctld_read(struct gather *gather, struct text key, struct settings *settings,
		  struct err *err)
{
	scoped(end_reading) struct reading reading = begin(gather, key, settings, err);
	const struct text *paths;
	size_t count;
	if (!setting_dropins(gather, folders, "", &paths, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(&reading, paths[i]))
			return false;
	return decide(&reading);
}

bool sysctld_read_file(struct gather *gather, struct text path, struct text key,
		       struct settings *settings, struct err *err)
{
	scoped(end_reading) struct reading reading = begin(gather, key, settings, err);
	return read_file(&reading, path) && decide(&reading);
}
