/* native [--root DIR] [--input FILE] COMMAND [WORD]…: what is answered natively, printed as the
 * command would print it, for comparing the two. Exits as the command would; 200: not known;
 * 201: not installed; 202: does not apply; 203: an error; 204: wrongly called. */
#include <stdio.h>
#include <string.h>

#include "assess/command/native.h"
#include "os/file.h"

static int tell(const struct native_answer *answer)
{
	static const int statuses[] = {[NATIVE_PRINTED] = 0,
				       [NATIVE_NO_PROGRAM] = 201,
				       [NATIVE_NOT_APPLICABLE] = 202,
				       [NATIVE_ERROR] = 203};
	if (answer->out.len > 0)
		fwrite(answer->out.at, 1, answer->out.len, stdout);
	if (answer->err.len > 0)
		fwrite(answer->err.at, 1, answer->err.len, stderr);
	if (answer->outcome == NATIVE_PRINTED)
		return answer->exit;
	fprintf(stderr, "native: %.*s\n", TEXT_ARG(answer->reason));
	return statuses[answer->outcome];
}

int main(int argc, char **argv)
{
	struct gather_config config = {.running = true, .now_us = time_now_us()};
	struct text words[NATIVE_ARGS_MAX], input, why;
	struct native_call call = {.argv = words};
	struct native_answer answer;
	struct err err = {0};
	const char *from = NULL;
	int at = 1;
	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		if (strcmp(argv[at], "--root") == 0)
			config.root = argv[at + 1];
		else
			from = argv[at + 1];
	}
	config.running = !config.root;
	scoped(gather_free) struct gather *gather = gather_new(&config, &err);
	if (!gather || at == argc || argc - at > NATIVE_ARGS_MAX)
		return 204;
	for (; at < argc; at++)
		words[call.argc++] = text_of(argv[at]);
	if (from && gather_read(gather, text_of(from), &input, &why) == GATHER_OK)
		call.input = &input;
	call.gather = gather;
	if (!native_run(&call, &answer)) {
		return 200;
	}
	return tell(&answer);
}
