#include "assess/setting/ini.h"

#include <string.h>

struct style {
	bool systemd, mysql;
};

struct reading {
	struct gather *gather;
	struct settings *settings;
	struct text section, key;
	struct style style;
	bool adds_up;
	struct err *err;
};

static const char *const systemd_folders[] = {"/etc/systemd/", "/run/systemd/",
					      "/usr/local/lib/systemd/", "/usr/lib/systemd/", NULL};

/* Settings of systemd that are lists, to which each line adds. */
static const char *const adding[] = {
	"DNS",         "FallbackDNS",        "Domains",           "NTP",
	"FallbackNTP", "DefaultEnvironment", "ManagerEnvironment"};

static struct text unquote(struct text value)
{
	if (value.len >= 2 && (value.at[0] == '"' || value.at[0] == '\'') &&
	    value.at[value.len - 1] == value.at[0])
		return (struct text){value.at + 1, value.len - 2};
	return value;
}

/* MySQL lets a comment begin in the middle of a line, outside quotes. */
static struct text drop_comment(struct text value)
{
	char quote = 0;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		if (quote == 0 && (c == '"' || c == '\''))
			quote = c;
		else if (c == quote)
			quote = 0;
		else if (c == '#' && quote == 0)
			return text_trim((struct text){value.at, i});
	}
	return value;
}

static bool is_key(const struct reading *reading, struct text name)
{
	if (!reading->style.mysql)
		return text_is_equal(name, reading->key);
	if (name.len != reading->key.len)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char a = name.at[i], b = reading->key.at[i];
		if ((a == '_' ? '-' : a) != (b == '_' ? '-' : b))
			return false;
	}
	return true;
}

/* The server reads several groups, of which "mysqld" stands for all here. */
static bool is_server_group(struct text name)
{
	static const char *const groups[] = {"mysqld", "server", "mariadb", "mariadbd"};
	for (size_t i = 0; i < array_len(groups); i++)
		if (text_is(name, groups[i]))
			return true;
	return text_starts(name, "mysqld-") || text_starts(name, "mariadb-");
}

static bool is_section(const struct reading *reading, struct text name)
{
	if (reading->section.len == 0 || text_is_equal(name, reading->section))
		return true;
	return reading->style.mysql && text_is(reading->section, "mysqld") && is_server_group(name);
}

struct line {
	struct text path, text, section;
	uint64_t number;
};

static bool take_line(struct reading *reading, const struct line *line)
{
	struct text value = line->text, name;
	bool has_value = memchr(line->text.at, '=', line->text.len) != NULL;
	if (!text_next(&value, '=', &name))
		return true;
	bool here = is_section(reading, line->section);
	value = has_value ? text_trim(value) : TEXT("");
	name = text_trim(name);
	if (reading->style.mysql)
		name = drop_comment(name);
	if (!here || !is_key(reading, name))
		return true;
	if (reading->style.mysql)
		value = drop_comment(value);
	if (reading->style.systemd && value.len == 0) {
		reading->settings->count = 0; /* takes back what was said before */
		return true;
	}
	value = unquote(value);
	struct setting setting = {.value = value,
				  .words = &value,
				  .word_count = 1,
				  .where = {line->path, line->number, line->text}};
	if (reading->adds_up)
		return setting_add(reading->settings, reading->gather, &setting, reading->err);
	return setting_set(reading->settings, reading->gather, &setting, reading->err);
}

static bool read_file(struct reading *reading, struct text path, int depth);

/* `!include FILE` and `!includedir FOLDER`, whose *.cnf are read. */
static bool include(struct reading *reading, struct text directive, int depth)
{
	struct text what, path;
	if (!text_word(&directive, &what) || depth >= INI_DEPTH_MAX)
		return depth < INI_DEPTH_MAX ||
		       err_set(reading->err, ERR_LIMIT, "!include goes deeper than %d files",
			       INI_DEPTH_MAX);
	if (!setting_count_file(reading->settings, reading->err))
		return false;
	path = text_trim(directive);
	if (path.len == 0 || path.at[0] != '/')
		return true; /* MySQL takes it from where it was started: not for us to know */
	if (text_is(what, "!include"))
		return read_file(reading, path, depth + 1);
	if (!text_is(what, "!includedir"))
		return true;
	const struct text *paths;
	size_t count;
	struct text pattern = text_of(
		arena_print(gather_arena(reading->gather), "%.*s/*.cnf", TEXT_ARG(path)));
	if (!gather_glob(reading->gather, pattern, &paths, &count, reading->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(reading, paths[i], depth + 1))
			return false;
	return true;
}

static bool read_line(struct reading *reading, struct line *line, int depth)
{
	char first = line->text.len > 0 ? line->text.at[0] : '#';
	if (first == '#' || first == ';')
		return true;
	if (first == '[') {
		const char *end = memchr(line->text.at, ']', line->text.len);
		if (end)
			line->section = text_trim((struct text){line->text.at + 1,
								(size_t)(end - line->text.at) - 1});
		return true;
	}
	if (first == '!' && reading->style.mysql)
		return include(reading, line->text, depth);
	return take_line(reading, line);
}

/* Recursion through !include ends at INI_DEPTH_MAX. */
static bool read_file(struct reading *reading, struct text path, int depth)
{
	struct text content, text;
	struct line line = {.path = path, .section = TEXT("")};
	if (!setting_read(reading->settings, reading->gather, path, &content, reading->err))
		return false;
	while (content.at && text_next(&content, '\n', &text)) {
		line.number++;
		line.text = text_trim(text);
		if (!read_line(reading, &line, depth))
			return err_add(reading->err, "%.*s:%zu", TEXT_ARG(path),
				       (size_t)line.number);
	}
	return true;
}

/* What stands behind systemd's folder; at NULL: none of its files. */
static struct text systemd_name(struct text path)
{
	for (size_t i = 0; systemd_folders[i]; i++)
		if (text_starts(path, systemd_folders[i])) {
			size_t len = strlen(systemd_folders[i]);
			return (struct text){path.at + len, path.len - len};
		}
	return (struct text){0};
}

static bool read_systemd(struct reading *reading, struct text name)
{
	struct arena *arena = gather_arena(reading->gather);
	struct gather_stat stat;
	const struct text *dropins;
	size_t count;
	struct text why;
	for (size_t i = 0; systemd_folders[i]; i++) {
		struct text path = text_of(
			arena_print(arena, "%s%.*s", systemd_folders[i], TEXT_ARG(name)));
		bool last = !systemd_folders[i + 1];
		if (!last &&
		    gather_stat(reading->gather, path, true, &stat, &why) == GATHER_MISSING)
			continue;
		if (!read_file(reading, path, 0))
			return false;
		break;
	}
	char *below = arena_print(arena, "%.*s.d", TEXT_ARG(name));
	if (!setting_dropins(reading->gather, systemd_folders, below, &dropins, &count,
			     reading->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(reading, dropins[i], 0))
			return false;
	return true;
}

bool ini_read(struct gather *gather, struct text path, struct text section, struct text key,
	      struct settings *settings, struct err *err)
{
	struct text name = systemd_name(path);
	struct reading reading = {
		.gather = gather,
		.settings = settings,
		.section = section,
		.key = key,
		.style = {.systemd = name.at != NULL, .mysql = text_ends(path, ".cnf")},
		.err = err,
	};
	for (size_t i = 0; i < array_len(adding); i++)
		reading.adds_up |= name.at && text_is(key, adding[i]);
	return name.at ? read_systemd(&reading, name) : read_file(&reading, path, 0);
}

bool ini_is_likely(struct text content)
{
	struct text line;
	while (text_next(&content, '\n', &line)) {
		line = text_trim(line);
		if (line.len > 0 && line.at[0] != '#' && line.at[0] != ';')
			return line.at[0] == '[' || line.at[0] == '!';
	}
	return false;
}
