#include <string.h>

#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "assess/setting/ini.h"
#include "assess/setting/keyvalue.h"
#include "assess/setting/sshd.h"
#include "assess/setting/sysctld.h"

enum format { FORMAT_SSHD, FORMAT_INI, FORMAT_KEYVALUE, FORMAT_SYSCTL, FORMAT_UNKNOWN };

static const char *const formats[] = {"sshd", "ini", "keyvalue", "sysctl", NULL};

static const struct probe_param params[] = {
	{.name = "key",
	 .help = "name of the setting",
	 .example = "PermitRootLogin",
	 .required = true,
	 .kind = PARAM_TEXT},
	{.name = "section",
	 .help = "of ini: the section in which it stands; absent: any",
	 .example = "Journal",
	 .kind = PARAM_TEXT},
	{.name = "format",
	 .help = "how the file is to be read; absent: found by its path",
	 .example = "keyvalue",
	 .kind = PARAM_WORD,
	 .choices = formats},
	{.name = "match",
	 .help = "of sshd: a connection (user, group, host, address, localaddress, "
		 "localport, rdomain) "
		 "that Match blocks are judged for; absent: what holds for all",
	 .example = "{user: backup, address: 192.0.2.7}",
	 .kind = PARAM_MAP},
	{.name = "default",
	 .help = "the value that the program takes when nothing is set",
	 .example = "prohibit-password",
	 .kind = PARAM_TEXT},
};

enum field { FIELD_VALUE, FIELD_FILE, FIELD_LINE, FIELD_COUNT };

static const struct probe_field fields[] = {
	{"value", "the setting that is in force; sshd's without-password reads prohibit-password",
	 "no", .type = VALUE_TEXT, .subject = true},
	{"file", "the file that decides; absent: the default does", "/etc/ssh/sshd_config",
	 .type = VALUE_TEXT},
	{"line", "the line that decides", "34", .type = VALUE_INT},
};

static bool is_criterion(struct text key)
{
	for (size_t i = 0; sshd_criteria[i]; i++)
		if (text_is(key, sshd_criteria[i]))
			return true;
	return false;
}

static bool check(const struct probe_call *call, struct err *err)
{
	const struct probe_setting *match = probe_setting(call, "match");
	if (call->subject.len == 0 || call->subject.at[0] != '/')
		return err_set(err, ERR_INPUT,
			       "the path begins with /, as in /etc/ssh/sshd_config");
	if (gather_has_wildcard(call->subject))
		return err_set(err, ERR_INPUT,
			       "give the program's main file: includes and drop-ins are followed");
	if (call_text(call, "key").len == 0)
		return err_set(err, ERR_INPUT, "say which setting: key: PermitRootLogin");
	for (size_t i = 0; match && i < match->count; i++)
		if (!is_criterion(match->keys[i]))
			return err_set(
				err, ERR_INPUT,
				"match: unknown \"%.*s\"; one of user, group, host, address, "
				"localaddress, localport, rdomain",
				TEXT_ARG(match->keys[i]));
	return true;
}

static enum format format_named(struct text name)
{
	for (size_t i = 0; formats[i]; i++)
		if (text_is(name, formats[i]))
			return (enum format)i;
	return FORMAT_UNKNOWN;
}

static bool holds(struct text text, const char *part)
{
	size_t at;
	return text_find(text, text_of(part), &at);
}

/* By what the path says, else by what the text looks like. */
static enum format format_found(struct gather *gather, const struct probe_call *call)
{
	struct text path = call->subject, content, why;
	if (text_ends(path, "/sshd_config") || holds(path, "/sshd_config.d/"))
		return FORMAT_SSHD;
	if (text_ends(path, "/sysctl.conf") || holds(path, "/sysctl.d/"))
		return FORMAT_SYSCTL;
	if (text_ends(path, ".ini") || text_ends(path, ".cnf") ||
	    text_starts(path, "/etc/systemd/") || text_starts(path, "/usr/lib/systemd/") ||
	    call_text(call, "section").len > 0)
		return FORMAT_INI;
	if (gather_read(gather, path, &content, &why) == GATHER_OK && ini_is_likely(content))
		return FORMAT_INI;
	return FORMAT_KEYVALUE;
}

static bool read_settings(struct gather *gather, const struct probe_call *call, enum format format,
			  struct settings *settings, struct err *err)
{
	struct text key = call_text(call, "key"), section = call_text(call, "section");
	const struct probe_setting *match = probe_setting(call, "match");
	struct sshd_connection connection = {0};
	if (match)
		connection = (struct sshd_connection){match->keys, match->list, match->count};
	switch (format) {
	case FORMAT_SSHD:
		return sshd_read(gather, call->subject, key, match ? &connection : NULL, settings,
				 err);
	case FORMAT_INI:
		return ini_read(gather, call->subject, section, key, settings, err);
	case FORMAT_SYSCTL:
		return sysctld_read_file(gather, call->subject, key, settings, err);
	case FORMAT_KEYVALUE:
	case FORMAT_UNKNOWN:
		break;
	}
	return keyvalue_read(gather, call->subject, key, settings, err);
}

struct words {
	struct arena *arena;
	struct text *at;
	size_t room, count;
};

static void add_word(struct words *words, struct text word)
{
	words->at = arena_grow(words->arena, words->at, &words->room, words->count + 1,
			       sizeof(*words->at));
	words->at[words->count++] = word;
}

/* Words with white space or commas between, for `contains` and its like. */
static void split_words(struct words *words, struct text text)
{
	struct text part, word;
	while (text_next(&text, ',', &part))
		while (text_word(&part, &word))
			add_word(words, word);
}

/* "+a,b" and "^a,b" are added to what sshd has built in, "-a" is taken from it: stands as
 * `(built-in)`, so that no `only` can hold by mistake. */
static void split_algorithms(struct words *words, struct text text)
{
	bool relative = text.len > 0 && strchr("+^-", text.at[0]);
	bool taken = text.len > 0 && text.at[0] == '-';
	if (relative) {
		add_word(words, TEXT("(built-in)"));
		text = (struct text){text.at + 1, text.len - 1};
	}
	if (!taken)
		split_words(words, text);
}

static struct value listed(struct text text, const struct words *words, bool is_list)
{
	return (struct value){
		.type = is_list ? VALUE_LIST : VALUE_TEXT,
		.text = text,
		.list = words->at,
		.count = words->count,
	};
}

static struct value shape_sshd(struct gather *gather, struct text key, const struct settings *all)
{
	const struct setting *first = &all->at[0];
	struct words words = {.arena = gather_arena(gather)};
	struct text text = first->value;
	int64_t span_us;
	switch (sshd_kind(key)) {
	case SSHD_SPAN:
		if (sshd_read_span(text, &span_us))
			return value_number(VALUE_SPAN, span_us);
		break;
	case SSHD_COMMAS:
		split_algorithms(&words, text);
		return listed(text, &words, words.count > 1);
	case SSHD_ADDS_UP:
		for (size_t i = 0; i < all->count; i++)
			for (size_t j = 0; j < all->at[i].word_count; j++)
				add_word(&words, all->at[i].words[j]);
		return listed(text, &words, words.count > 1);
	case SSHD_WORDS:
		for (size_t i = 0; i < first->word_count; i++)
			add_word(&words, first->words[i]);
		return listed(text, &words, words.count > 1);
	case SSHD_WORD:
		if (text_is_alike(text, TEXT("without-password"))) /* its old name */
			text = TEXT("prohibit-password");
		break;
	case SSHD_TEXT:
		break;
	}
	split_words(&words, text);
	struct value value = listed(text, &words, false);
	value.caseless = sshd_kind(key) == SSHD_WORD;
	return value;
}

static struct value shape(struct gather *gather, enum format format, struct text key,
			  const struct settings *all)
{
	struct words words = {.arena = gather_arena(gather)};
	if (format == FORMAT_SSHD)
		return shape_sshd(gather, key, all);
	for (size_t i = 0; i < all->count; i++)
		split_words(&words, all->at[i].value);
	return listed(all->at[0].value, &words, all->count > 1);
}

static bool set_default(struct gather *gather, const struct probe_call *call,
			struct settings *settings, struct err *err)
{
	struct words words = {.arena = gather_arena(gather)};
	struct text value = call_text(call, "default"), rest = value, word;
	while (text_word(&rest, &word))
		add_word(&words, word);
	struct setting setting = {.value = value,
				  .words = words.at,
				  .word_count = words.count,
				  .where = {.path = call->subject}};
	return setting_set(settings, gather, &setting, err);
}

static void miss(struct gather *gather, const struct probe_call *call,
		 const struct settings *settings, struct probe_answer *answer)
{
	struct gather_stat stat;
	struct text why;
	if (settings->missing.at &&
	    gather_stat(gather, call->subject, true, &stat, &why) != GATHER_OK)
		answer_miss(gather, answer, settings->missing);
	else
		answer_miss(gather, answer,
			    print_text(gather, "%.*s is not set in %.*s",
				       TEXT_ARG(call_text(call, "key")), TEXT_ARG(call->subject)));
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct settings settings = {0};
	struct err err = {0};
	enum format format = format_named(call_text(call, "format"));
	if (format == FORMAT_UNKNOWN)
		format = format_found(gather, call);
	if (!read_settings(gather, call, format, &settings, &err)) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	bool set = settings.count > 0;
	if (!set)
		miss(gather, call, &settings, answer);
	if (!set && call_text(call, "default").at && !set_default(gather, call, &settings, &err)) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	if (settings.count == 0)
		return;
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct evidence where = settings.at[0].where;
	answer->text_denied = gather_is_secret(gather, where.path);
	struct value *values = rows_add(&rows, where);
	if (!values)
		return;
	values[FIELD_VALUE] = shape(gather, format, call_text(call, "key"), &settings);
	if (set) {
		values[FIELD_FILE] = value_text(VALUE_TEXT, where.path);
		values[FIELD_LINE] = value_number(VALUE_INT, (int64_t)where.line);
	}
	rows_give(&rows);
}

const struct probe probe_config = {
	.name = "config",
	.help = "a setting of a program as it is in force, with includes, drop-ins and precedence",
	.subject_help = "the program's main configuration file",
	.subject_example = "/etc/ssh/sshd_config",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "the file, what it includes, and the drop-in folders of its program",
	.privilege = "what reading these files takes",
	.cost = "each file is read once for all settings",
	.check = check,
	.run = run,
};
