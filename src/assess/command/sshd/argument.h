/* argument.h: what a line of sshd's configuration says, in the form in which sshd -T shows it. */
#pragma once
#include "assess/command/sshd/keyword.h"
#include "assess/setting/sshd.h"

/* *used: how many words it takes. False: sshd refuses it, *why says so in sshd's words. */
must_use bool argument_read(const struct keyword *keyword, const struct sshd_line *line,
			    struct buf *value, size_t *used, struct buf *why);

must_use bool argument_is_match(struct text pattern, struct text name); /* with * and ? */
