#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/probe/software/rpm.h"

enum option { OPTION_QUERY, OPTION_ALL, OPTION_FORMAT, OPTION_QF, OPTION_COUNT };
static const struct program_option options[] = {
	[OPTION_QUERY] = {'q', "query", false},
	[OPTION_ALL] = {'a', "all", false},
	[OPTION_FORMAT] = {0, "queryformat", true},
	[OPTION_QF] = {0, "qf", true},
};

/* A package's name in its parts, as rpm shows and takes it. */
struct label {
	struct text name, epoch, version, release, arch;
};

static struct label label_of(const struct dpkg_package *package)
{
	struct label label = {
		.name = package->name, .version = package->version, .arch = package->architecture};
	size_t dash = label.version.len;
	for (size_t i = 0; i < label.version.len && !label.epoch.at; i++)
		if (label.version.at[i] == ':') {
			label.epoch = (struct text){label.version.at, i};
			label.version = (struct text){label.version.at + i + 1,
						      label.version.len - i - 1};
		}
	for (dash = label.version.len; dash > 0 && label.version.at[dash - 1] != '-'; dash--)
		;
	must(dash > 0); /* rpm_header_read put it there */
	label.release = (struct text){label.version.at + dash, label.version.len - dash};
	label.version.len = dash - 1;
	return label;
}

static void put_label(const struct label *label, struct buf *out)
{
	buf_print(out, "%.*s-%.*s-%.*s", TEXT_ARG(label->name), TEXT_ARG(label->version),
		  TEXT_ARG(label->release));
	if (!text_is(label->arch, "(none)"))
		buf_print(out, ".%.*s", TEXT_ARG(label->arch));
}

/* NAME, NAME-VERSION, NAME-VERSION-RELEASE, each also with .ARCH. */
static bool is_asked(const struct label *label, struct text word)
{
	scoped(buf_end) struct buf text = {0};
	const struct text parts[] = {label->name, label->version, label->release};
	for (size_t i = 0; i < array_len(parts); i++) {
		if (i > 0)
			buf_char(&text, '-');
		buf_text(&text, parts[i]);
		size_t len = text.len;
		if (text_is_equal(buf_view(&text), word))
			return true;
		buf_print(&text, ".%.*s", TEXT_ARG(label->arch));
		if (text_is_equal(buf_view(&text), word))
			return true;
		text.len = len;
	}
	return false;
}

/* -------- formats: text, \n, \t, and %{NAME} of a few names -------- */

static bool put_value(struct text name, const struct label *label, struct buf *out)
{
	static const struct text none = TEXT("(none)");
	const struct {
		const char *name;
		struct text value;
	} values[] = {
		{"NAME", label->name},
		{"VERSION", label->version},
		{"RELEASE", label->release},
		{"ARCH", label->arch},
		{"EPOCH", label->epoch.at ? label->epoch : none},
	};
	for (size_t i = 0; i < array_len(values); i++)
		if (text_is_alike(name, text_of(values[i].name))) {
			buf_text(out, values[i].value);
			return true;
		}
	if (!text_is_alike(name, TEXT("NVRA")))
		return false;
	put_label(label, out);
	return true;
}

static bool put_escape(char c, struct buf *out)
{
	if (c != 'n' && c != 't' && c != '\\')
		return false;
	buf_char(out, c == 'n' ? '\n' : c == 't' ? '\t' : '\\');
	return true;
}

/* False: it says what isn't known here. */
static bool put_format(struct text format, const struct label *label, struct buf *out)
{
	while (format.len > 0) {
		char c = format.at[0];
		size_t used = 1;
		if (c == '\\') {
			used = 2;
			if (format.len < 2 || !put_escape(format.at[1], out))
				return false;
		} else if (c == '%') {
			struct text name = {format.at + 2, 0};
			while (2 + name.len < format.len && format.at[2 + name.len] != '}')
				name.len++;
			used = name.len + 3;
			if (used > format.len || format.at[1] != '{' ||
			    !put_value(name, label, out))
				return false;
		} else if (c == '[' || c == ']') {
			return false;
		} else {
			buf_char(out, c);
		}
		format = (struct text){format.at + used, format.len - used};
	}
	return true;
}

/* -------- rpm -q -------- */

struct asking {
	const struct native_call *call;
	const struct program_args *args;
	struct text format; /* at NULL: the label and a line end */
	const struct dpkg_packages *packages;
	struct buf out;
	int exit;
};

static bool is_all(const struct asking *asking, const struct label *label)
{
	const struct program_args *args = asking->args;
	for (size_t i = 0; i < args->word_count; i++)
		if (gather_is_text_match(args->words[i], label->name))
			return true;
	return args->word_count == 0;
}

static void show(struct asking *asking, const struct label *label)
{
	if (asking->format.at) {
		must(put_format(asking->format, label, &asking->out)); /* is_understood saw to it */
		return;
	}
	put_label(label, &asking->out);
	buf_char(&asking->out, '\n');
}

static void ask_all(struct asking *asking)
{
	for (size_t i = 0; i < asking->packages->count; i++) {
		struct label label = label_of(&asking->packages->at[i]);
		if (is_all(asking, &label))
			show(asking, &label);
	}
}

static void ask_one(struct asking *asking, struct text word)
{
	size_t found = 0;
	for (size_t i = 0; i < asking->packages->count; i++) {
		struct label label = label_of(&asking->packages->at[i]);
		if (!is_asked(&label, word))
			continue;
		found++;
		show(asking, &label);
	}
	if (found == 0) {
		buf_print(&asking->out, "package %.*s is not installed\n", TEXT_ARG(word));
		asking->exit += asking->exit < 255;
	}
}

static bool is_understood(const struct native_call *call, struct program_args *args,
			  struct text *format)
{
	static const struct label sample = {TEXT("n"), TEXT("1"), TEXT("2"), TEXT("3"), TEXT("a")};
	scoped(buf_end) struct buf tried = {0};
	if (!program_read_args(call, options, OPTION_COUNT, args) || !args->given[OPTION_QUERY] ||
	    (args->word_count == 0 && !args->given[OPTION_ALL]))
		return false;
	*format = (struct text){0};
	if (args->given[OPTION_FORMAT])
		*format = args->values[OPTION_FORMAT];
	else if (args->given[OPTION_QF])
		*format = args->values[OPTION_QF];
	for (size_t i = 0; i < args->word_count; i++)
		if (args->words[i].len == 0 || args->words[i].at[0] == '/')
			return false;
	return !format->at || put_format(*format, &sample, &tried);
}

static bool answer_rpm(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct asking asking = {.call = call, .args = &args};
	struct text why;
	if (!is_understood(call, &args, &asking.format))
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	if (rpm_read(call->gather, &asking.packages, &why) == GATHER_FAILED)
		return native_fail(answer, why);
	if (args.given[OPTION_ALL])
		ask_all(&asking);
	for (size_t i = 0; i < args.word_count && !args.given[OPTION_ALL]; i++)
		ask_one(&asking, args.words[i]);
	scoped(buf_end) struct buf none = {0};
	program_end(call, answer, &asking.out, &none, asking.exit);
	buf_end(&asking.out);
	return true;
}

const struct native native_rpm = {
	.program = "rpm",
	.forms =
		"-q NAME…; -qa [PATTERN…]; with --qf FORMAT of NAME, VERSION, RELEASE, ARCH, EPOCH",
	.reads = "rpm's database, where it is one of SQLite (rpmdb.sqlite)",
	.prints = "NAME-VERSION-RELEASE.ARCH of each, or that it is not installed",
	.answer = answer_rpm,
};
