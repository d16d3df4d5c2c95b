#include "assess/command/aid.h"
#include "assess/command/table.h"

/* The kernel's own words about itself. */
static bool put_word(struct said *said, const char *path, bool space)
{
	struct text content, why;
	if (gather_read(said->gather, text_of(path), &content, &why) != GATHER_OK)
		return !native_fail(said->answer, why);
	said_text(said, space ? TEXT(" ") : TEXT(""));
	said_text(said, text_trim(content));
	return true;
}

static bool answer_hostname(const struct native_call *call, struct native_answer *answer)
{
	if (call->argc != 1)
		return false;
	if (!call->gather)
		return true;
	if (!gather_is_running(call->gather))
		return native_skip(answer, TEXT("hostname asks the running system"));
	scoped(said_end) struct said said = said_begin(call, answer);
	if (!put_word(&said, "/proc/sys/kernel/hostname", false))
		return true;
	said_char(&said, '\n');
	return said_give(&said);
}

static const struct option_word uname_options[] = {
	{'s', "kernel-name", false},    {'n', "nodename", false}, {'r', "kernel-release", false},
	{'v', "kernel-version", false}, {0, NULL, false},
};

static bool answer_uname(const struct native_call *call, struct native_answer *answer)
{
	static const struct {
		char letter;
		const char *path;
	} words[] = {{'s', "/proc/sys/kernel/ostype"},
		     {'n', "/proc/sys/kernel/hostname"},
		     {'r', "/proc/sys/kernel/osrelease"},
		     {'v', "/proc/sys/kernel/version"}};
	struct args args = {.call = call, .options = uname_options};
	struct text value;
	bool on[array_len(words)] = {call->argc == 1}, first = true;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || letter == ARGS_OPERAND)
			return false;
		for (size_t i = 0; i < array_len(words); i++)
			on[i] |= words[i].letter == letter;
	}
	if (!call->gather)
		return true;
	if (!gather_is_running(call->gather))
		return native_skip(answer, TEXT("uname asks the running system"));
	scoped(said_end) struct said said = said_begin(call, answer);
	for (size_t i = 0; i < array_len(words); i++) {
		if (on[i] && !put_word(&said, words[i].path, !first))
			return true;
		first &= !on[i];
	}
	said_char(&said, '\n');
	return said_give(&said);
}

const struct native native_hostname = {
	.program = "hostname",
	.forms = "alone",
	.reads = "/proc/sys/kernel/hostname",
	.prints = "it",
	.answer = answer_hostname,
};

const struct native native_uname = {
	.program = "uname",
	.forms = "[-snrv]",
	.reads = "/proc/sys/kernel",
	.prints = "name, host, release and version of the kernel",
	.answer = answer_uname,
};
