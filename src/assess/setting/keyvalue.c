#include "assess/setting/keyvalue.h"

#include <string.h>

/* What programs do in their own way; a path in no row is read plainly. */
static const struct program {
	const char *path,
		*dropins; /* dropins: *.conf in there are read before the file, which goes last */
	bool caseless;    /* keys in any case */
	bool continued;   /* a line that begins with white space goes on with the one before */
	bool bare;        /* no comments behind values */
} programs[] = {
	{"/etc/audit/auditd.conf", NULL, true, false, false},
	{"/etc/postfix/main.cf", NULL, false, true, true},
	{"/etc/security/faillock.conf", NULL, false, false, false},
	{"/etc/security/pwquality.conf", "/etc/security/pwquality.conf.d", true, false, false},
};

static const struct program plain = {0};

struct reading {
	struct gather *gather;
	struct settings *settings;
	struct text key;
	const struct program *program;
	struct err *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The value without quotes around it and without the comment behind it. */
static struct text clean(const struct reading *reading, struct text value)
{
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

static bool take_line(struct reading *reading, struct text path, uint64_t number, struct text line)
{
	struct text key, value;
	if (line.len == 0 || line.at[0] == '#' || !split(line, &key, &value))
		return true;
	if (reading->program->caseless ? !text_is_alike(key, reading->key)
				       : !text_is_equal(key, reading->key))
		return true;
	value = clean(reading, value);
	struct setting setting = {
		.value = value, .words = &value, .word_count = 1, .where = {path, number, line}};
	return setting_set(reading->settings, reading->gather, &setting, reading->err) ||
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

bool keyvalue_read(struct gather *gather, struct text path, struct text key,
		   struct settings *settings, struct err *err)
{
	struct reading reading = {gather, settings, key, &plain, err};
	const struct text *dropins;
	size_t count = 0;
	for (size_t i = 0; i < array_len(programs); i++)
		if (text_is(path, programs[i].path))
			reading.program = &programs[i];
	const char *folders[] = {reading.program->dropins, NULL};
	if (!setting_dropins(gather, folders, "", &dropins, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(&reading, dropins[i]))
			return false;
	return read_file(&reading, path);
}
