#include <string.h>

#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "assess/probe/config/shape.h"
#include "assess/setting/document.h"
#include "assess/setting/ini.h"
#include "assess/setting/keyvalue.h"
#include "assess/setting/sshd.h"
#include "assess/setting/sysctld.h"

enum format {
	FORMAT_SSHD,
	FORMAT_INI,
	FORMAT_KEYVALUE,
	FORMAT_SYSCTL,
	FORMAT_NGINX,
	FORMAT_APACHE,
	FORMAT_JSON,
	FORMAT_YAML,
	FORMAT_UNKNOWN,
};

static const char *const formats[] = {"sshd",   "ini",  "keyvalue", "sysctl", "nginx",
				      "apache", "json", "yaml",     NULL};

static const struct probe_param params[] = {
	{.name = "key",
	 .help = "name of the setting",
	 .example = "PermitRootLogin",
	 .required = true,
	 .kind = PARAM_TEXT},
	{.name = "section",
	 .help = "of ini: the section in which it stands; absent: any. Of nginx and apache: the "
		 "blocks that are judged, outermost first (http/server, VirtualHost), each with "
		 "what it takes over from those around it; absent: wherever it is set. Of json and "
		 "yaml: the keys of the maps around it",
	 .example = "http/server",
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

/* Without the folders, which alone may have wildcards. */
static struct text name_of(struct text path)
{
	size_t len = path.len;
	while (len > 0 && path.at[len - 1] != '/')
		len--;
	return (struct text){path.at + len, path.len - len};
}

static bool check(const struct probe_call *call, struct err *err)
{
	const struct probe_setting *match = probe_setting(call, "match");
	if (call->subject.len == 0 || call->subject.at[0] != '/')
		return err_set(err, ERR_INPUT,
			       "the path begins with /, as in /etc/ssh/sshd_config");
	if (gather_has_wildcard(name_of(call->subject)))
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

static const struct {
	const char *part, *end;
	enum format format;
} by_path[] = {
	{NULL, "/sshd_config", FORMAT_SSHD},
	{"/sshd_config.d/", NULL, FORMAT_SSHD},
	{NULL, "/sysctl.conf", FORMAT_SYSCTL},
	{"/sysctl.d/", NULL, FORMAT_SYSCTL},
	{NULL, ".ini", FORMAT_INI},
	{NULL, ".cnf", FORMAT_INI},
	{NULL, "/nginx.conf", FORMAT_NGINX},
	{"/nginx/", ".conf", FORMAT_NGINX},
	{"/apache2/", ".conf", FORMAT_APACHE},
	{"/httpd/", ".conf", FORMAT_APACHE},
	{NULL, ".json", FORMAT_JSON},
	{NULL, ".yaml", FORMAT_YAML},
	{NULL, ".yml", FORMAT_YAML},
};

/* By what the path says, else by what the text looks like. */
static enum format format_found(struct gather *gather, const struct probe_call *call,
				struct text path)
{
	struct text content, why;
	for (size_t i = 0; i < array_len(by_path); i++)
		if ((!by_path[i].part || holds(path, by_path[i].part)) &&
		    (!by_path[i].end || text_ends(path, by_path[i].end)))
			return by_path[i].format;
	if (text_starts(path, "/etc/systemd/") || text_starts(path, "/usr/lib/systemd/") ||
	    call_text(call, "section").len > 0)
		return FORMAT_INI;
	if (gather_read(gather, path, &content, &why) == GATHER_OK && ini_is_likely(content))
		return FORMAT_INI;
	return FORMAT_KEYVALUE;
}

/* One file that is being asked. */
struct asked {
	struct gather *gather;
	const struct probe_call *call;
	struct text path, key, section, fallback;
	enum format format;
	struct rows *rows;
	struct probe_answer *answer;
};

static bool read_settings(const struct asked *asked, struct settings *settings, struct err *err)
{
	const struct probe_setting *match = probe_setting(asked->call, "match");
	struct sshd_connection connection = {0};
	if (match)
		connection = (struct sshd_connection){match->keys, match->list, match->count};
	if (asked->format == FORMAT_SSHD)
		return sshd_read(asked->gather, asked->path, asked->key, match ? &connection : NULL,
				 settings, err);
	if (asked->format == FORMAT_INI)
		return ini_read(asked->gather, asked->path, asked->section, asked->key, settings,
				err);
	if (asked->format == FORMAT_SYSCTL)
		return sysctld_read_file(asked->gather, asked->path, asked->key, settings, err);
	return keyvalue_read(asked->gather, asked->path, asked->key, settings, err);
}

static struct settings fallback_of(const struct asked *asked)
{
	struct err err = {0};
	struct settings settings = {0};
	struct setting setting = {.value = asked->fallback, .where = {.path = asked->path}};
	must(setting_set(&settings, asked->gather, &setting, &err));
	return settings;
}

/* A row with what is in force; set: the file says so, not the default. */
static bool add_row(const struct asked *asked, struct value value, struct evidence where, bool set)
{
	struct value *values = rows_add(asked->rows, where);
	if (!values)
		return false;
	asked->answer->text_denied |= gather_is_secret(asked->gather, where.path);
	values[FIELD_VALUE] = value;
	if (set) {
		values[FIELD_FILE] = value_text(VALUE_TEXT, where.path);
		values[FIELD_LINE] = value_number(VALUE_INT, (int64_t)where.line);
	}
	return true;
}

/* It is not set: the default is in force. Without one there is no row, or, where others of a kind
 * have theirs, one without a value. */
static bool add_unset(const struct asked *asked, struct evidence where, bool several)
{
	struct gather_stat stat;
	struct text why;
	struct settings fallback;
	if (asked->fallback.at) {
		fallback = fallback_of(asked);
		return add_row(asked,
			       asked->format == FORMAT_SSHD
				       ? shape_sshd(asked->gather, asked->key, &fallback)
				       : shape_plain(asked->gather, &fallback),
			       where, false);
	}
	if (gather_stat(asked->gather, asked->path, true, &stat, &why) != GATHER_OK)
		answer_miss(asked->gather, asked->answer, why);
	else
		answer_miss(asked->gather, asked->answer,
			    print_text(asked->gather, "%.*s is not set in %.*s",
				       TEXT_ARG(asked->key), TEXT_ARG(asked->path)));
	return !several || add_row(asked, (struct value){0}, where, false);
}

static bool ask_lines(const struct asked *asked, bool several, struct err *err)
{
	struct settings settings = {0};
	if (!read_settings(asked, &settings, err))
		return false;
	if (settings.count == 0)
		return add_unset(asked, (struct evidence){.path = asked->path}, several);
	struct value value = asked->format == FORMAT_SSHD
				     ? shape_sshd(asked->gather, asked->key, &settings)
				     : shape_plain(asked->gather, &settings);
	return add_row(asked, value, settings.at[0].where, true);
}

static bool ask_document(const struct asked *asked, bool several, struct err *err)
{
	struct document_answer answer;
	const struct document_question question = {
		.kind = asked->format == FORMAT_JSON ? DOCUMENT_JSON : DOCUMENT_YAML,
		.path = asked->path,
		.section = asked->section,
		.key = asked->key};
	if (!document_ask(asked->gather, &question, &answer, err))
		return false;
	if (answer.value.type == VALUE_NONE)
		return add_unset(asked, answer.where, several);
	return add_row(asked, answer.value, answer.where, true);
}

static bool ask_blocks(const struct asked *asked, bool several, struct err *err)
{
	struct block_answers answers;
	const struct block_question question = {asked->section, asked->key};
	bool nginx = asked->format == FORMAT_NGINX;
	const struct block *root = nginx ? nginx_read(asked->gather, asked->path, err)
					 : apache_read(asked->gather, asked->path, err);
	if (!root)
		return err->kind == ERR_NONE &&
		       add_unset(asked, (struct evidence){.path = asked->path}, several);
	if (!block_ask(asked->gather, root, nginx ? &nginx_rules : &apache_rules, &question,
		       &answers, err))
		return false;
	if (answers.count == 0)
		return add_unset(asked, root->where, several);
	bool added = true;
	for (size_t i = 0; i < answers.count && added; i++)
		if (answers.at[i].count == 0)
			added = add_unset(asked, answers.at[i].where, several || answers.count > 1);
		else
			added = add_row(asked, shape_block(asked->gather, &answers.at[i]),
					answers.at[i].where, true);
	return added;
}

static bool ask(struct asked *asked, bool several, struct err *err)
{
	asked->format = format_named(call_text(asked->call, "format"));
	if (asked->format == FORMAT_UNKNOWN)
		asked->format = format_found(asked->gather, asked->call, asked->path);
	if (asked->format == FORMAT_NGINX || asked->format == FORMAT_APACHE)
		return ask_blocks(asked, several, err);
	if (asked->format == FORMAT_JSON || asked->format == FORMAT_YAML)
		return ask_document(asked, several, err);
	return ask_lines(asked, several, err);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct err err = {0};
	const struct text *paths;
	size_t count;
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct asked asked = {.gather = gather,
			      .call = call,
			      .key = call_text(call, "key"),
			      .section = call_text(call, "section"),
			      .fallback = call_text(call, "default"),
			      .rows = &rows,
			      .answer = answer};
	if (!gather_glob(gather, call->subject, &paths, &count, &err)) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	if (count == 0)
		answer_miss(gather, answer,
			    print_text(gather, "no file matches %.*s", TEXT_ARG(call->subject)));
	for (size_t i = 0; i < count; i++) {
		asked.path = paths[i];
		if (!ask(&asked, count > 1, &err)) {
			if (err.kind != ERR_NONE)
				answer_fail(gather, answer, text_of(err.text));
			return;
		}
	}
	if (rows.count > 0)
		rows_give(&rows);
}

const struct probe probe_config = {
	.name = "config",
	.help = "a setting of a program as it is in force, with includes, drop-ins and precedence",
	.subject_help = "the program's main configuration file; its folders may have wildcards",
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
