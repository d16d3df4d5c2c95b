#include "assess/setting/keyvalue.h"

#include <string.h>

#include "format/quantity.h"

#define INCLUDE_MAX 10 /* includes within includes */

static const char *const postgres_includes[] = {"include", "include_if_exists", "include_dir",
						NULL};
static const char *const redis_includes[] = {"include", NULL};
static const char *const redis_adding[] = {
	"client-output-buffer-limit", "loadmodule", "rename-command", "save", "user", NULL};

/* What programs do in their own way; a path in no row is read plainly. */
static const struct program {
	const char *path,
		*dropins; /* dropins: *.conf in there are read before the file, which goes last */
	bool caseless;    /* keys in any case */
	bool continued;   /* a line that begins with white space goes on with the one before */
	bool bare;        /* no comments behind values */
	const char *const *includes; /* keys that name files to be read in place */
	const char *const *adding;   /* keys whose lines add up */
	bool doubled;                /* quotes within quotes are doubled */
	const char *folder, *last;   /* the key of a folder, and the file in it that goes last */
} programs[] = {
	{.path = "/etc/audit/auditd.conf", .caseless = true},
	{.path = "/etc/postfix/main.cf", .continued = true, .bare = true},
	{.path = "/etc/security/faillock.conf"},
	{.path = "/etc/security/pwquality.conf",
	 .dropins = "/etc/security/pwquality.conf.d",
	 .caseless = true},
	{.path = "/etc/postgresql/*/*/postgresql.conf",
	 .caseless = true,
	 .includes = postgres_includes,
	 .doubled = true,
	 .folder = "data_directory",
	 .last = "postgresql.auto.conf"}, /* what ALTER SYSTEM wrote */
	{.path = "/etc/redis/*.conf",
	 .caseless = true,
	 .bare = true,
	 .includes = redis_includes,
	 .adding = redis_adding},
};

static const struct program plain = {0};

struct reading {
	struct gather *gather;
	struct settings *settings;
	struct text key;
	const struct program *program;
	struct err *err;
	unsigned depth; /* of includes */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_in(const char *const *list, struct text key)
{
	for (size_t i = 0; list && list[i]; i++)
		if (text_is_alike(key, text_of(list[i])))
			return true;
	return false;
}

/* A text in quotes, in which two quotes, or one behind a backslash, stand for one. */
static struct text undouble(const struct reading *reading, struct text value)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 1; i < value.len; i++) {
		bool quote = value.at[i] == '\'', more = i + 1 < value.len;
		if (quote && !(more && value.at[i + 1] == '\''))
			break;
		if (quote || (value.at[i] == '\\' && more))
			i++;
		buf_char(&out, value.at[i]);
	}
	return arena_text(gather_arena(reading->gather), buf_view(&out));
}

/* The value without quotes around it and without the comment behind it. */
static struct text clean(const struct reading *reading, struct text value)
{
	if (reading->program->doubled && value.len > 0 && value.at[0] == '\'')
		return undouble(reading, value);
	if (value.len > 0 && (value.at[0] == '"' || value.at[0] == '\'')) {
		const char *end = memchr(value.at + 1, value.at[0], value.len - 1);
		if (end)
			return (struct text){value.at + 1, (size_t)(end - value.at) - 1};
	}
	for (size_t i = 1; i < value.len && !reading->program->bare; i++)
		if (value.at[i] == '#' && is_blank(value.at[i - 1]))
			return text_trim((struct text){value.at, i});
	if (!reading->program->bare && value.len > 0 && value.at[0] == '#')
		return TEXT("");
	return value;
}

static bool split(struct text line, struct text *key, struct text *value)
{
	if (text_starts(line, "export "))
		line = text_trim((struct text){line.at + 7, line.len - 7});
	size_t len = 0;
	while (len < line.len && !is_blank(line.at[len]) && line.at[len] != '=')
		len++;
	*key = (struct text){line.at, len};
	struct text rest = text_trim((struct text){line.at + len, line.len - len});
	if (rest.len > 0 && rest.at[0] == '=')
		rest = text_trim((struct text){rest.at + 1, rest.len - 1});
	*value = rest;
	return len > 0;
}

static bool read_file(struct reading *reading, struct text path);

/* Relative to the file that says it; of PostgreSQL's include_dir the *.conf. */
static bool include(struct reading *reading, struct text from, struct text key, struct text what)
{
	struct arena *arena = gather_arena(reading->gather);
	const struct text *paths;
	size_t count, len = from.len;
	while (len > 0 && from.at[len - 1] != '/')
		len--;
	if (what.len == 0)
		return true;
	if (reading->depth == INCLUDE_MAX)
		return err_set(reading->err, ERR_LIMIT, "%.*s goes deeper than %d files",
			       TEXT_ARG(key), INCLUDE_MAX);
	struct text pattern = text_of(arena_print(
		arena, "%.*s%.*s%s", what.at[0] == '/' ? 0 : (int)len, from.at, TEXT_ARG(what),
		text_is_alike(key, TEXT("include_dir")) ? "/*.conf" : ""));
	if (!setting_count_file(reading->settings, reading->err) ||
	    !gather_glob(reading->gather, pattern, &paths, &count, reading->err))
		return false;
	reading->depth++;
	for (size_t i = 0; i < count; i++)
		if (!read_file(reading, paths[i]))
			return false;
	reading->depth--;
	return true;
}

static bool take_line(struct reading *reading, struct text path, uint64_t number, struct text line)
{
	struct text key, value;
	if (line.len == 0 || line.at[0] == '#' || !split(line, &key, &value))
		return true;
	if (is_in(reading->program->includes, key))
		return include(reading, path, key, clean(reading, value));
	if (reading->program->caseless ? !text_is_alike(key, reading->key)
				       : !text_is_equal(key, reading->key))
		return true;
	value = clean(reading, value);
	struct setting setting = {
		.value = value, .words = &value, .word_count = 1, .where = {path, number, line}};
	bool adds = is_in(reading->program->adding, key);
	return (adds ? setting_add(reading->settings, reading->gather, &setting, reading->err)
		     : setting_set(reading->settings, reading->gather, &setting, reading->err)) ||
	       err_add(reading->err, "%.*s:%zu", TEXT_ARG(path), (size_t)number);
}

/* Takes the lines that go on with this one. */
static void join_lines(const struct reading *reading, struct text *rest, uint64_t *number,
		       struct buf *line)
{
	while (reading->program->continued && rest->len > 0 && is_blank(rest->at[0])) {
		struct text more;
		if (!text_next(rest, '\n', &more))
			return;
		++*number;
		more = text_trim(more);
		if (more.len > 0 && more.at[0] == '#')
			continue;
		buf_char(line, ' ');
		buf_text(line, more);
	}
}

static bool read_file(struct reading *reading, struct text path)
{
	struct text content, text;
	if (!setting_read(reading->settings, reading->gather, path, &content, reading->err))
		return false;
	for (uint64_t number = 1; content.at && text_next(&content, '\n', &text); number++) {
		uint64_t first = number;
		text = text_trim(text);
		if (!reading->program->continued || text.len == 0 || text.at[0] == '#') {
			if (!take_line(reading, path, first, text))
				return false;
			continue;
		}
		scoped(buf_end) struct buf line = {0};
		buf_text(&line, text);
		join_lines(reading, &content, &number, &line);
		if (!take_line(reading, path, first, buf_view(&line)))
			return false;
	}
	return true;
}

/* The file that goes last, in a folder that the settings themselves name. */
static bool read_last(struct reading *reading, struct text path)
{
	struct settings settings = {0};
	struct reading folder = *reading;
	folder.settings = &settings;
	folder.key = text_of(reading->program->folder);
	if (!read_file(&folder, path))
		return false;
	if (settings.count == 0 || settings.at[0].value.len == 0 ||
	    settings.at[0].value.at[0] != '/')
		return true;
	return read_file(reading, text_of(arena_print(gather_arena(reading->gather), "%.*s/%s",
						      TEXT_ARG(settings.at[0].value),
						      reading->program->last)));
}

bool keyvalue_read(struct gather *gather, struct text path, struct text key,
		   struct settings *settings, struct err *err)
{
	struct reading reading = {
		.gather = gather, .settings = settings, .key = key, .program = &plain, .err = err};
	const struct text *dropins;
	size_t count = 0;
	for (size_t i = 0; i < array_len(programs); i++)
		if (quantity_is_wild_match(text_of(programs[i].path), path, false))
			reading.program = &programs[i];
	const char *folders[] = {reading.program->dropins, NULL};
	if (!setting_dropins(gather, folders, "", &dropins, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(&reading, dropins[i]))
			return false;
	return read_file(&reading, path) && (!reading.program->last || read_last(&reading, path));
}
