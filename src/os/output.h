/* output.h: where a program's results go: its standard output, or a file that was opened before
 * walls went up.
 *
 * A file keeps what it holds until output_replace: a run that fails before leaves it as it was.
 * Behind the walls nothing can be renamed, so it is overwritten and then cut. FIFOs and devices
 * (/dev/stdout) are written to as they are. */
#pragma once
#include "base/text.h"

#define OUTPUT_STANDARD 1 /* the descriptor of standard output */
#define OUTPUT_ERROR 2

/* -1: err. A new file is made (0666 less the umask). */
must_use int output_open(const char *path, struct err *err);
void output_close(int *fd); /* -1 afterwards; standard output stays open */

/* Writes all of it; *gone: whoever read it has left (a broken pipe), which is no error to tell of.
 */
must_use bool output_write(int fd, struct text text, bool *gone, struct err *err);

/* The same; a file ends behind it. May be called again, and goes on there. When it fails with
 * nothing written, the file holds what it held. */
must_use bool output_replace(int fd, struct text text, bool *gone, struct err *err);

must_use bool output_is_gone(int fd); /* a pipe that nobody reads any more */
must_use bool output_is_terminal(int fd);
must_use unsigned output_width(int fd); /* columns; 0: no terminal, or it doesn't say */
