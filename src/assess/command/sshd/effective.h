/* effective.h: what sshd's configuration says, line by line, as sshd itself would take it or refuse
 * it. */
#pragma once
#include "assess/command/sshd/keyword.h"
#include "assess/setting/sshd.h"

#define EFFECTIVE_KEYWORDS_MAX 200

/* What is said under a keyword, in the form in which it is shown. */
struct effective_said {
	struct text *at;
	size_t room, count;
};

struct effective {
	struct gather *gather;
	struct text path;                                      /* of the configuration */
	struct effective_said said[2][EFFECTIVE_KEYWORDS_MAX]; /* by keyword: for all; by Match */
	struct buf err;                                        /* what sshd complains about */
	size_t bad;                                            /* lines that it refuses */
	struct text bad_path;
	bool has_port;    /* the connection's own port is known */
	size_t first_len; /* of err, what the first reading wrote */
	bool again;       /* whether the second reading has begun */
	bool refused;     /* it ends here, with 255 */
};

/* False: err. What sshd refuses is no error but `refused`. */
must_use bool effective_read(struct effective *effective, const struct sshd_connection *connection,
			     struct err *err);

/* The connection's, else what holds for all; empty: neither. */
must_use const struct effective_said *effective_of(const struct effective *effective,
						   const struct keyword *keyword);

/* A list of algorithms as sshd makes it of what is said: +, - and ^ are applied to the built-in
 * ones. False: that leaves none, or a name is refused. */
must_use bool effective_assemble(const struct keyword *keyword, struct text said, struct buf *out);
