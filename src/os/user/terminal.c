#include "os/user/terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define END_OF_TEXT 3 /* what Ctrl-C is while it is no signal */

static bool is_person(void)
{
	return isatty(STDIN_FILENO) == 1;
}

/* Up to the end of the line or of the input. */
static bool read_line(struct buf *line, struct err *err)
{
	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot read standard input");
		if (got == 0 || c == '\n')
			break;
		if (c == END_OF_TEXT)
			return err_set(err, ERR_REFUSED, "nothing was given");
		if (line->len == TERMINAL_SECRET_MAX)
			return err_set(err, ERR_LIMIT, "more than %d bytes on standard input",
				       TERMINAL_SECRET_MAX);
		buf_char(line, c);
	}
	struct text trimmed = text_trim(buf_view(line));
	if (trimmed.len == 0)
		return err_set(err, ERR_INPUT, "standard input is empty; give the token there");
	buf_drop(line, (size_t)(trimmed.at - line->at));
	line->len = trimmed.len;
	line->at[line->len] = '\0';
	return true;
}

bool terminal_secret(const char *prompt, struct buf *secret, struct err *err)
{
	struct termios before, hidden;
	bool person = is_person() && tcgetattr(STDIN_FILENO, &before) == 0;
	if (person) {
		hidden = before;
		hidden.c_lflag &= ~(tcflag_t)(ECHO |
					      ISIG); /* a signal would leave it without echo */
		fputs(prompt, stderr);
		fflush(stderr);
		if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
			return err_errno(err, "cannot hide what is typed");
	}
	bool done = read_line(secret, err);
	if (person) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	return done;
}

enum terminal_answer terminal_ask(const char *question, ...)
{
	char answer[16] = "";
	va_list args;
	if (!is_person())
		return TERMINAL_NOBODY;
	va_start(args, question);
	vfprintf(stderr, question, args);
	va_end(args);
	fputs(" [y/N] ", stderr);
	fflush(stderr);
	ssize_t got = read(STDIN_FILENO, answer, sizeof(answer) - 1);
	return got > 0 && (answer[0] == 'y' || answer[0] == 'Y') ? TERMINAL_YES : TERMINAL_NO;
}
