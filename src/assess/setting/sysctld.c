#include "assess/setting/sysctld.h"

#include <string.h>

static const char *const folders[] = {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
				      "/usr/lib/sysctl.d", NULL};

struct text sysctld_path(struct arena *arena, struct text key)
{
	char *path = arena_copy(arena, key.at, key.len);
	const char *first = strpbrk(path, "./");
	if (first && *first == '.')
		for (char *c = path; *c; c++) {
			if (*c == '.')
				*c = '/';
			else if (*c == '/')
				*c = '.';
		}
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

static void take_line(struct reading *reading, struct text file, uint64_t number, struct text line)
{
	struct arena *arena = gather_arena(reading->gather);
	struct text value = line, key;
	bool has_value = memchr(line.at, '=', line.len) != NULL;
	if (!text_next(&value, '=', &key))
		return;
	key = text_trim(key);
	bool minus = key.len > 0 && key.at[0] == '-';
	key = (struct text){key.at + minus, key.len - minus};
	if (key.len == 0 || memchr(key.at, '\0', key.len))
		return;
	struct text path = sysctld_path(arena, key);
	bool wild = gather_has_wildcard(path);
	if (wild ? !is_path_match(path, reading->path) : !text_is_equal(path, reading->path))
		return;
	if (!has_value) {
		reading->excluded |= minus;
		return;
	}
	value = sysctld_value(arena, value);
	struct setting setting = {
		.value = value, .words = &value, .word_count = 1, .where = {file, number, line}};
	setting_set(wild ? &reading->wild : &reading->exact, reading->gather, &setting);
}

static bool read_file(struct reading *reading, struct text path)
{
	struct text content, line;
	if (!setting_read(reading->settings, reading->gather, path, &content, reading->err))
		return false;
	for (uint64_t number = 1; content.at && text_next(&content, '\n', &line); number++) {
		line = text_trim(line);
		if (line.len > 0 && line.at[0] != '#' && line.at[0] != ';')
			take_line(reading, path, number, line);
	}
	return true;
}

/* A key that is spelt out decides, else the last pattern that it was not taken out of. */
static void decide(struct reading *reading)
{
	if (reading->exact.count > 0)
		setting_set(reading->settings, reading->gather, &reading->exact.at[0]);
	else if (reading->wild.count > 0 && !reading->excluded)
		setting_set(reading->settings, reading->gather, &reading->wild.at[0]);
}

bool sysctld_read(struct gather *gather, struct text key, struct settings *settings,
		  struct err *err)
{
	struct reading reading = {
		.gather = gather,
		.settings = settings,
		.path = sysctld_path(gather_arena(gather), key),
		.err = err,
	};
	const struct text *paths;
	size_t count;
	if (!setting_dropins(gather, folders, "", &paths, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(&reading, paths[i]))
			return false;
	decide(&reading);
	return true;
}

bool sysctld_read_file(struct gather *gather, struct text path, struct text key,
		       struct settings *settings, struct err *err)
{
	struct reading reading = {
		.gather = gather,
		.settings = settings,
		.path = sysctld_path(gather_arena(gather), key),
		.err = err,
	};
	if (!read_file(&reading, path))
		return false;
	decide(&reading);
	return true;
}
