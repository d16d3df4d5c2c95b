#include <string.h>

#include "assess/setting/block/block.h"
#include "base/map.h"

#define MODULES_MAX 1000
#define VARIABLES_MAX 1000

/* Of these, all lines count; where a block has some, those around it count as well. */
static const char *const adding[] = {
	"AddHandler",  "AddType",       "Alias",       "CustomLog",   "Header",  "Listen",
	"LoadModule",  "RequestHeader", "RewriteCond", "RewriteRule", "Require", "ScriptAlias",
	"ServerAlias", "SetEnv",        "SetEnvIf",    NULL,
};

/* Which of these holds depends on the request, so what one says is its own. */
static const char *const apart[] = {
	"Directory",  "DirectoryMatch", "Files",      "FilesMatch", "Location",    "LocationMatch",
	"Limit",      "LimitExcept",    "If",         "ElseIf",     "Else",        "Proxy",
	"ProxyMatch", "Macro",          "RequireAll", "RequireAny", "RequireNone", NULL,
};

const struct block_rules apache_rules = {
	.caseless = true, .last = true, .adding = adding, .apart = apart, .top = true};

/* Modules that Debian's apache2 has built in. */
static const char *const builtin[] = {"core",  "so",      "watchdog", "http", "log_config",
				      "logio", "version", "unixd",    NULL};

/* What is read, and what was said so far of modules and variables. */
struct apache {
	struct block_reading *reading;
	struct map *modules, *variables; /* variables: to struct text */
	unsigned skipped;                /* sections that don't hold and are open */
};

/* A section of a file: what was open around it. */
struct line {
	struct text path, text;
	uint64_t number;
};

static struct text lower(struct arena *arena, struct text text)
{
	char *copy = arena_copy(arena, text.at, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct text){copy, text.len};
}

/* -------- words -------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A word of the rest, quotes taken off; within them a backslash keeps a quote. */
static bool cut_word(struct arena *arena, struct text *rest, struct text *word)
{
	*rest = text_trim(*rest);
	if (rest->len == 0)
		return false;
	char quote = rest->at[0] == '"' || rest->at[0] == '\'' ? rest->at[0] : 0;
	size_t at = quote ? 1 : 0;
	scoped(buf_end) struct buf out = {0};
	for (; at < rest->len && (quote ? rest->at[at] != quote : !is_blank(rest->at[at])); at++) {
		if (quote && rest->at[at] == '\\' && at + 1 < rest->len &&
		    (rest->at[at + 1] == quote || rest->at[at + 1] == '\\'))
			at++;
		buf_char(&out, rest->at[at]);
	}
	at += quote && at < rest->len;
	*word = arena_text(arena, buf_view(&out));
	*rest = (struct text){rest->at + at, rest->len - at};
	return true;
}

struct words {
	struct text *at;
	size_t count, room;
};

static bool cut_words(struct apache *apache, struct text text, struct words *words)
{
	struct arena *arena = gather_arena(apache->reading->gather);
	struct text word;
	while (cut_word(arena, &text, &word)) {
		if (words->count == SETTING_WORDS_MAX)
			return err_set(apache->reading->err, ERR_LIMIT, "more than %d words",
				       SETTING_WORDS_MAX);
		words->at = arena_grow(arena, words->at, &words->room, words->count + 1,
				       sizeof(*words->at));
		words->at[words->count++] = word;
	}
	return true;
}

/* ${NAME} is what Define said; others, of the environment, stay as they are. */
static struct text expand(struct apache *apache, struct text text)
{
	struct arena *arena = gather_arena(apache->reading->gather);
	size_t at;
	if (map_count(apache->variables) == 0 || !text_find(text, TEXT("${"), &at))
		return text;
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < text.len; i++) {
		struct text rest = {text.at + i, text.len - i};
		const char *end = text_starts(rest, "${") ? memchr(rest.at, '}', rest.len) : NULL;
		const struct text *value = NULL;
		if (end)
			value = map_get(apache->variables,
					(struct text){rest.at + 2, (size_t)(end - rest.at) - 2});
		if (!value || out.len > SETTING_BYTES_MAX) {
			buf_char(&out, text.at[i]);
			continue;
		}
		buf_text(&out, *value);
		i += (size_t)(end - rest.at);
	}
	return arena_text(arena, buf_view(&out));
}

/* -------- what sections depend on -------- */

/* "mod_ssl.c" and "ssl_module" are one module, "ssl". */
static struct text module_name(struct arena *arena, struct text name)
{
	name = lower(arena, name);
	if (text_starts(name, "mod_"))
		name = (struct text){name.at + 4, name.len - 4};
	if (text_ends(name, ".c"))
		name = (struct text){name.at, name.len - 2};
	if (text_ends(name, "_module"))
		name = (struct text){name.at, name.len - 7};
	return name;
}

static bool has_module(struct apache *apache, struct text name)
{
	struct text module = module_name(gather_arena(apache->reading->gather), name);
	for (size_t i = 0; builtin[i]; i++)
		if (text_is(module, builtin[i]))
			return true;
	return map_get(apache->modules, module);
}

/* Debian 12 and the Ubuntus beside it have a 2.4; sections for another version are rare. */
static bool is_version(struct text test)
{
	struct text operator, version;
	if (!text_word(&test, &operator))
		return true;
	if (!text_word(&test, &version)) {
		version = operator;
		operator= TEXT("=");
	}
	bool four = text_is(version, "2.4") || text_starts(version, "2.4.");
	bool newer = text_compare(version, TEXT("2.4")) > 0 && !four;
	if (text_is(operator, "<") || text_is(operator, "<="))
		return newer || (four && text_is(operator, "<="));
	if (text_is(operator, ">") || text_is(operator, ">="))
		return !newer;
	return four;
}

/* Whether a section is no block of its own but a condition on this host; *holds tells its answer.
 */
static bool is_condition(struct apache *apache, struct text name, struct text rest, bool *holds)
{
	rest = text_trim(rest);
	bool negated = rest.len > 0 && rest.at[0] == '!';
	struct text what = text_trim((struct text){rest.at + negated, rest.len - negated});
	if (what.len >= 2 && what.at[0] == '"' && what.at[what.len - 1] == '"')
		what = (struct text){what.at + 1, what.len - 2};
	if (text_is_alike(name, TEXT("IfModule")))
		*holds = has_module(apache, what) != negated;
	else if (text_is_alike(name, TEXT("IfDefine")))
		*holds = (map_get(apache->variables, what) != NULL) != negated;
	else if (text_is_alike(name, TEXT("IfVersion")))
		*holds = is_version(what) != negated;
	else
		return false;
	return true;
}

/* -------- lines -------- */

static bool read_file(struct apache *apache, struct text path);

static bool include(struct apache *apache, struct text path)
{
	struct block_reading *reading = apache->reading;
	const struct text *paths;
	size_t count;
	if (reading->includes == BLOCK_INCLUDE_MAX)
		return err_set(reading->err, ERR_LIMIT, "Include goes deeper than %d files",
			       BLOCK_INCLUDE_MAX);
	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	if (!block_glob(reading, path, &paths, &count))
		return false;
	reading->includes++;
	for (size_t i = 0; i < count; i++)
		if (!read_file(apache, paths[i]))
			return false;
	reading->includes--;
	return true;
}

static bool define(struct apache *apache, const struct words *words)
{
	struct arena *arena = gather_arena(apache->reading->gather);
	if (words->count < 2)
		return true;
	if (map_count(apache->variables) == VARIABLES_MAX)
		return err_set(apache->reading->err, ERR_LIMIT, "more than %d variables",
			       VARIABLES_MAX);
	struct text *value = arena_get(arena, 1, sizeof(*value));
	*value = words->count > 2 ? words->at[2] : TEXT("");
	(void)map_put(apache->variables, words->at[1], value);
	return true;
}

/* Lines that change how the others are read. */
static void note(struct apache *apache, const struct words *words)
{
	struct arena *arena = gather_arena(apache->reading->gather);
	if (words->count < 2)
		return;
	if (text_is_alike(words->at[0], TEXT("LoadModule")) &&
	    map_count(apache->modules) < MODULES_MAX)
		(void)map_put(apache->modules, module_name(arena, words->at[1]), apache);
	if (text_is_alike(words->at[0], TEXT("ServerRoot")))
		apache->reading->folder = words->at[1];
	if (text_is_alike(words->at[0], TEXT("UnDefine")))
		(void)map_remove(apache->variables, words->at[1]);
}

static bool take_setting(struct apache *apache, const struct line *line)
{
	struct words words = {0};
	struct block_reading *reading = apache->reading;
	if (!cut_words(apache, expand(apache, line->text), &words))
		return false;
	if (text_is_alike(words.at[0], TEXT("Include")) ||
	    text_is_alike(words.at[0], TEXT("IncludeOptional")))
		return words.count < 2 || include(apache, words.at[1]);
	if (text_is_alike(words.at[0], TEXT("Define")))
		return define(apache, &words);
	note(apache, &words);
	struct evidence where = {line->path, line->number, line->text};
	return block_add(reading, words.at, words.count, where) != NULL;
}

/* The sections that are open in a file: a condition that holds has no block of its own. */
struct open {
	bool block[BLOCK_DEPTH_MAX * 2];
	size_t count;
};

static bool open_section(struct apache *apache, const struct line *line, struct open *open)
{
	struct block_reading *reading = apache->reading;
	struct text rest = {line->text.at + 1, line->text.len - 1}, name;
	const char *end = memrchr(rest.at, '>', rest.len);
	bool holds;
	if (end)
		rest.len = (size_t)(end - rest.at);
	struct text whole = rest;
	if (!text_word(&rest, &name))
		return true;
	if (open->count == array_len(open->block))
		return err_set(reading->err, ERR_LIMIT, "its sections go deeper than %zu",
			       array_len(open->block));
	bool condition = is_condition(apache, name, rest, &holds);
	if (condition && !holds) {
		apache->skipped = 1;
		return true;
	}
	open->block[open->count++] = !condition;
	struct words words = {0};
	if (condition)
		return true;
	if (!cut_words(apache, expand(apache, whole), &words))
		return false;
	struct evidence where = {line->path, line->number, line->text};
	struct block *block = block_add(reading, words.at, words.count, where);
	return block && block_open(reading, block);
}

static bool close_section(struct apache *apache, struct open *open)
{
	struct block_reading *reading = apache->reading;
	if (open->count == 0)
		return err_set(reading->err, ERR_INPUT,
			       "a section is closed that was not open: Apache does not start so");
	if (open->block[--open->count]) {
		reading->at = reading->at->parent;
		reading->depth--;
	}
	return true;
}

static bool read_line(struct apache *apache, const struct line *line, struct open *open)
{
	struct text text = line->text;
	if (text.len == 0 || text.at[0] == '#')
		return true;
	bool closes = text_starts(text, "</"), opens = !closes && text.at[0] == '<';
	if (apache->skipped > 0) {
		apache->skipped += opens;
		apache->skipped -= closes;
		return true;
	}
	if (closes)
		return close_section(apache, open);
	return opens ? open_section(apache, line, open) : take_setting(apache, line);
}

/* A backslash at the end joins the next line. */
static struct text join_lines(struct apache *apache, struct text *rest, struct line *line,
			      struct text text)
{
	struct text more;
	if (!text_ends(text, "\\"))
		return text;
	scoped(buf_end) struct buf out = {0};
	for (;;) {
		bool goes_on = text_ends(text, "\\");
		buf_add(&out, text.at, text.len - goes_on);
		if (!goes_on || out.len > SETTING_BYTES_MAX || !text_next(rest, '\n', &more))
			break;
		line->number++;
		text = text_trim(more);
		buf_char(&out, ' ');
	}
	return arena_text(gather_arena(apache->reading->gather), text_trim(buf_view(&out)));
}

static bool read_text(struct apache *apache, struct text path, struct text content)
{
	struct open open = {.count = 0};
	struct line line = {.path = path};
	struct text text;
	struct err *err = apache->reading->err;
	while (text_next(&content, '\n', &text)) {
		line.number++;
		uint64_t number = line.number;
		line.text = join_lines(apache, &content, &line, text_trim(text));
		struct line one = {path, line.text, number};
		if (!read_line(apache, &one, &open))
			return err_add(err, "%.*s:%zu", TEXT_ARG(path), (size_t)number);
	}
	if (open.count == 0 && apache->skipped == 0)
		return true;
	return err_set(err, ERR_INPUT, "%.*s: a section has no end: Apache does not start so",
		       TEXT_ARG(path));
}

/* A folder means the files in it. Recursion ends at BLOCK_INCLUDE_MAX. */
static bool read_file(struct apache *apache, struct text path)
{
	struct block_reading *reading = apache->reading;
	struct gather_stat stat;
	struct text content, why;
	if (gather_stat(reading->gather, path, true, &stat, &why) == GATHER_OK &&
	    stat.kind == GATHER_FOLDER)
		return include(apache, text_of(arena_print(gather_arena(reading->gather), "%.*s/*",
							   TEXT_ARG(path))));
	if (!block_file(reading, path, &content))
		return false;
	return !content.at || read_text(apache, path, content);
}

static bool read_main(struct block_reading *reading, struct text path)
{
	struct apache apache = {.reading = reading, .modules = map_new(), .variables = map_new()};
	bool done = read_file(&apache, path);
	map_free(&apache.modules);
	map_free(&apache.variables);
	return done;
}

const struct block *apache_read(struct gather *gather, struct text path, struct err *err)
{
	return block_load(gather, "apache", path, read_main, err);
}
