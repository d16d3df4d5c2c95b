/* operand.h: a file that the user named on the command line, read whole. */
#pragma once
#include "base/buf.h"

/* Appends the bytes of a file or pipe, or of standard input ("-"), to out. ERR_INPUT: it is not
 * there, or a folder or device; ERR_LIMIT: more than limit bytes; ERR_REFUSED: no permission. Texts
 * begin with what failed and the path. */
must_use bool operand_read(const char *path, size_t limit, struct buf *out, struct err *err);
