#include "assess/host/account/crontab.h"

#include <string.h>

#define FIELDS 5 /* minute, hour, day, month, weekday */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool crontab_is_script(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!is_letter(name.at[i]) && !is_digit(name.at[i]) && name.at[i] != '_' &&
		    name.at[i] != '-')
			return false;
	return name.len > 0;
}

/* NAME = value, with or without quotes around the name */
static bool is_variable(struct text line, struct text *name)
{
	char quote = line.len > 0 && (line.at[0] == '"' || line.at[0] == '\'') ? line.at[0] : '\0';
	size_t at = quote != '\0', begin = at;
	while (at < line.len &&
	       (quote ? line.at[at] != quote
		      : line.at[at] != '=' && line.at[at] != ' ' && line.at[at] != '\t'))
		at++;
	*name = (struct text){line.at + begin, at - begin};
	struct text rest = {line.at + at, line.len - at};
	if (quote && rest.len > 0)
		rest = (struct text){rest.at + 1, rest.len - 1};
	return name->len > 0 && text_starts(text_trim(rest), "=");
}

/* Numbers, lists, ranges, steps; names of months and days; ~ of cronie. */
static bool is_field(struct text word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!is_letter(word.at[i]) && !is_digit(word.at[i]) &&
		    (word.at[i] == '\0' || !strchr("*,-/~", word.at[i])))
			return false;
	return word.len > 0 && (!is_letter(word.at[0]) || word.len >= 3);
}

static bool is_nickname(struct text word)
{
	static const char *const words[] = {"@reboot", "@yearly", "@annually", "@monthly",
					    "@weekly", "@daily",  "@midnight", "@hourly"};
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is_alike(word, text_of(words[i])))
			return true;
	return false;
}

static bool take_schedule(struct text *rest, struct text *schedule)
{
	struct text word;
	const char *begin = NULL;
	if (!text_word(rest, &word))
		return false;
	begin = word.at;
	if (word.at[0] == '@') {
		*schedule = word;
		return is_nickname(word);
	}
	for (size_t i = 1; is_field(word); i++) {
		*schedule = (struct text){begin, (size_t)(word.at + word.len - begin)};
		if (i == FIELDS)
			return true;
		if (!text_word(rest, &word))
			return false;
	}
	return false;
}

static bool take_anacron(struct text *rest, struct crontab_line *out)
{
	struct text days, minutes;
	uint64_t number;
	if (!text_word(rest, &days) || !text_word(rest, &minutes) || !text_word(rest, &out->name))
		return false;
	out->schedule = (struct text){days.at, (size_t)(minutes.at + minutes.len - days.at)};
	return (is_nickname(days) || text_to_u64(days, 0, UINT32_MAX, &number)) &&
	       text_to_u64(minutes, 0, UINT32_MAX, &number);
}

enum crontab_kind crontab_parse(struct text line, enum crontab_form form, struct crontab_line *out)
{
	struct text rest = text_trim(line);
	*out = (struct crontab_line){0};
	if (is_variable(rest, &out->name))
		return CRONTAB_VARIABLE;
	out->name = (struct text){0};
	if (form == CRONTAB_ANACRON ? !take_anacron(&rest, out)
				    : !take_schedule(&rest, &out->schedule))
		return CRONTAB_MALFORMED;
	if (form == CRONTAB_SYSTEM && !text_word(&rest, &out->user))
		return CRONTAB_MALFORMED;
	out->command = text_trim(rest);
	return out->command.len > 0 ? CRONTAB_JOB : CRONTAB_MALFORMED;
}
