#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "base/buf.h"

#define WORDS_MAX 4096 /* of the command line */

static const struct probe_param params[] = {
	{.name = "parameter",
	 .help = "of cmdline: one parameter; its value is what stands behind the last =, or empty",
	 .example = "audit",
	 .kind = PARAM_TEXT},
	{.name = "option",
	 .help = "of config: which one; what is not set has the value n",
	 .example = "CONFIG_SECCOMP",
	 .kind = PARAM_TEXT},
};

enum field { FIELD_VALUE, FIELD_WORDS, FIELD_COUNT };

static const struct probe_field fields[] = {
	{"value", "what the subject says, as text; a version is compared as one", "6.1.0-13-amd64",
	 .type = VALUE_VERSION, .subject = true},
	{"words", "of cmdline: its words; of taint: the names of its flags", "quiet, audit=1",
	 .type = VALUE_LIST},
};

static bool put(struct rows *rows, struct evidence where, struct text value,
		const struct text *words, size_t count)
{
	struct value *values = rows_add(rows, where);
	if (!values)
		return false;
	values[FIELD_VALUE] = value_text(VALUE_VERSION, value);
	if (words)
		values[FIELD_WORDS] = (struct value){
			.type = VALUE_LIST, .list = words, .count = count};
	return true;
}

static bool read_text(struct rows *rows, struct text path, struct text *content)
{
	struct text why;
	enum gather_answer answer = gather_read(rows->gather, path, content, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	if (answer == GATHER_MISSING)
		return answer_skip(
			rows->gather, rows->answer,
			print_text(rows->gather, "this kernel does not say: %.*s", TEXT_ARG(why)));
	if (!rows_keep(rows, content))
		return false;
	*content = text_trim(*content);
	return true;
}

/* -------- subjects -------- */

static bool put_version(struct rows *rows)
{
	struct text path = TEXT("/proc/sys/kernel/osrelease"), content;
	return read_text(rows, path, &content) &&
	       put(rows, (struct evidence){path, 1, content}, content, NULL, 0);
}

/* The words as the kernel takes them apart: double quotes hold white space together, and go. */
static bool next_word(struct gather *gather, struct text *rest, struct text *word)
{
	scoped(buf_end) struct buf out = {0};
	bool quoted = false;
	*rest = text_trim(*rest);
	size_t at = 0;
	for (; at < rest->len; at++) {
		char c = rest->at[at];
		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ' ' || c == '\t' || c == '\n'))
			break;
		else
			buf_char(&out, c);
	}
	*rest = (struct text){rest->at + at, rest->len - at};
	*word = arena_text(gather_arena(gather), buf_view(&out));
	return at > 0;
}

/* A parameter's name, with - and _ as one, and what stands behind = */
static bool is_parameter(struct text word, struct text name, struct text *value)
{
	struct text own, rest = word;
	if (!text_next(&rest, '=', &own) || own.len != name.len)
		return false;
	for (size_t i = 0; i < own.len; i++) {
		char a = own.at[i] == '-' ? '_' : own.at[i],
		     b = name.at[i] == '-' ? '_' : name.at[i];
		if (a != b)
			return false;
	}
	*value = rest.at && own.len < word.len ? rest : TEXT("");
	return true;
}

static bool put_cmdline(struct rows *rows)
{
	struct text path = TEXT("/proc/cmdline"), content, value = {0}, found = {0};
	struct text name = call_text(rows->call, "parameter"), *words = NULL;
	size_t room = 0, count = 0;
	if (!read_text(rows, path, &content))
		return false;
	struct text rest = content, word;
	while (next_word(rows->gather, &rest, &word)) {
		if (text_is(word, "--")) /* what follows is for init */
			break;
		if (count == WORDS_MAX)
			return answer_fail(
				rows->gather, rows->answer,
				TEXT("the kernel's command line has more than 4096 words"));
		words = arena_grow(gather_arena(rows->gather), words, &room, count + 1,
				   sizeof(*words));
		words[count++] = word;
		if (name.at && is_parameter(word, name, &value))
			found = value; /* the last one is what most of the kernel goes by */
	}
	struct evidence where = {path, 1, content};
	if (!name.at)
		return put(rows, where, content, words ? words : &word, count);
	if (found.at)
		return put(rows, where, found, words, count);
	answer_miss(
		rows->gather, rows->answer,
		print_text(rows->gather, "the kernel's command line has no %.*s", TEXT_ARG(name)));
	return true;
}

/* "none [integrity] confidentiality" */
static bool put_lockdown(struct rows *rows)
{
	struct text path = TEXT("/sys/kernel/security/lockdown"), content, word;
	if (!read_text(rows, path, &content))
		return false;
	struct text rest = content;
	while (text_word(&rest, &word))
		if (word.len > 2 && word.at[0] == '[' && word.at[word.len - 1] == ']')
			return put(rows, (struct evidence){path, 1, content},
				   (struct text){word.at + 1, word.len - 2}, NULL, 0);
	return answer_fail(rows->gather, rows->answer,
			   TEXT("/sys/kernel/security/lockdown marks no mode"));
}

/* By the kernel's admin-guide/tainted-kernels: bit by bit. */
static const char *const taints[] = {
	"proprietary_module",
	"forced_module",
	"cpu_out_of_spec",
	"forced_rmmod",
	"machine_check",
	"bad_page",
	"user",
	"die",
	"overridden_acpi",
	"warn",
	"crap",
	"firmware_workaround",
	"out_of_tree_module",
	"unsigned_module",
	"softlockup",
	"livepatch",
	"aux",
	"randstruct",
	"test",
};

static bool put_taint(struct rows *rows)
{
	struct text path = TEXT("/proc/sys/kernel/tainted"), content;
	uint64_t bits;
	size_t count = 0;
	if (!read_text(rows, path, &content))
		return false;
	if (!text_to_u64(content, 0, UINT64_MAX, &bits))
		return answer_fail(rows->gather, rows->answer,
				   TEXT("/proc/sys/kernel/tainted is no number"));
	struct text *names = arena_get(gather_arena(rows->gather), array_len(taints),
				       sizeof(*names));
	for (size_t i = 0; i < array_len(taints); i++)
		if (bits >> i & 1)
			names[count++] = text_of(taints[i]);
	return put(rows, (struct evidence){path, 1, content}, content, names, count);
}

/* CONFIG_X=y, or "# CONFIG_X is not set" */
static bool put_option(struct rows *rows, struct text path, struct text content)
{
	struct text name = call_text(rows->call, "option"), line;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		struct text rest = line, own, value = TEXT("n");
		bool set = text_starts(line, "CONFIG_");
		if (set && text_next(&rest, '=', &own) && text_is_equal(own, name))
			value = rest;
		else if (set || !text_word(&rest, &own) || !text_word(&rest, &own) ||
			 !text_is_equal(own, name) || !text_is(text_trim(rest), "is not set"))
			continue;
		if (value.len >= 2 && value.at[0] == '"')
			value = (struct text){value.at + 1, value.len - 2};
		return put(rows, (struct evidence){path, number, line}, value, NULL, 0);
	}
	answer_miss(rows->gather, rows->answer,
		    print_text(rows->gather, "%.*s has no %.*s", TEXT_ARG(path), TEXT_ARG(name)));
	return true;
}

static bool put_config(struct rows *rows)
{
	struct text version, content, why, path;
	size_t slash;
	if (!read_text(rows, TEXT("/proc/sys/kernel/osrelease"), &version))
		return false;
	if (text_find(version, TEXT("/"), &slash))
		return answer_fail(rows->gather, rows->answer,
				   TEXT("the kernel's version has a slash"));
	for (size_t i = 0; i < 2; i++) {
		path = i == 0 ? print_text(rows->gather, "/boot/config-%.*s", TEXT_ARG(version))
			      : print_text(rows->gather, "/lib/modules/%.*s/config",
					   TEXT_ARG(version));
		enum gather_answer answer = gather_read(rows->gather, path, &content, &why);
		if (answer == GATHER_FAILED)
			return answer_fail(rows->gather, rows->answer, why);
		if (answer == GATHER_OK)
			return rows_keep(rows, &content) && put_option(rows, path, content);
	}
	return answer_skip(rows->gather, rows->answer,
			   print_text(rows->gather,
				      "the configuration of kernel %.*s is neither in /boot nor in "
				      "/lib/modules",
				      TEXT_ARG(version)));
}

static const struct subject {
	const char *name;
	bool (*put)(struct rows *rows); /* false: that was the answer */
} subjects[] = {
	{"version", put_version},   {"cmdline", put_cmdline}, {"config", put_config},
	{"lockdown", put_lockdown}, {"taint", put_taint},
};

static bool check(const struct probe_call *call, struct err *err)
{
	bool cmdline = text_is(call->subject, "cmdline"), config = text_is(call->subject, "config");
	struct text option = call_text(call, "option"), parameter = call_text(call, "parameter");
	size_t i = 0;
	while (i < array_len(subjects) && !text_is(call->subject, subjects[i].name))
		i++;
	if (i == array_len(subjects))
		return err_set(err, ERR_INPUT,
			       "say which: version, cmdline, config, lockdown or taint");
	if (config && !text_starts(option, "CONFIG_"))
		return err_set(err, ERR_INPUT, "say which option: option: CONFIG_SECCOMP");
	if (!config && option.at)
		return err_set(err, ERR_INPUT, "option is for \"kernel: config\"");
	if (parameter.at && (!cmdline || parameter.len == 0))
		return err_set(err, ERR_INPUT, "parameter is one word, for \"kernel: cmdline\"");
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	for (size_t i = 0; i < array_len(subjects); i++)
		if (text_is(call->subject, subjects[i].name) && subjects[i].put(&rows))
			rows_give(&rows);
}

const struct probe probe_kernel = {
	.name = "kernel",
	.help = "the running kernel: version, command line, configuration, lockdown, taint",
	.subject_help = "version, cmdline, config, lockdown or taint",
	.subject_example = "cmdline",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.live = true,
	.reads = "/proc/sys/kernel/osrelease and tainted, /proc/cmdline, "
		 "/sys/kernel/security/lockdown, /boot/config-VERSION or "
		 "/lib/modules/VERSION/config",
	.privilege = "root for lockdown, and where /boot is closed to others",
	.cost = "small files; the configuration is some 250 KiB",
	.check = check,
	.run = run,
};
