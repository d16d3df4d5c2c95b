/* sshd.h: what sshd makes of its configuration: the first value wins, keywords in any case, Include
 * in place.
 *
 * As servconf.c of OpenSSH reads it: words are split with quotes and backslashes, `Key=value` is
 * allowed, a comment ends the line. Settings in Match blocks take effect only for a connection that
 * fulfils them; `Match all` fulfils itself. Without a connection only what holds for all is told.
 */
#pragma once
#include "assess/setting/setting.h"

#define SSHD_DEPTH_MAX 16 /* of Include, sshd's own limit */

/* What is known of a connection: user, host, group (several: commas), address, localaddress,
 * localport, rdomain. */
struct sshd_connection {
	const struct text *keys, *values;
	size_t count;
};

/* Several for keywords that add up (AcceptEnv, AllowUsers, Port …). connection NULL: the global
 * part. ERR_INPUT: a line that sshd would not start with. */
must_use bool sshd_read(struct gather *gather, struct text path, struct text key,
			const struct sshd_connection *connection, struct settings *settings,
			struct err *err);

/* A line as sshd takes it: what stands in included files comes in place of Include. */
struct sshd_line {
	struct text path, keyword, rest; /* rest: what stands behind the keyword, as it is */
	uint64_t number;
	const struct text *words; /* of rest; NULL: a quote in it has no end */
	size_t word_count;
	bool active;  /* in no Match block, or in one that holds; Match itself: whether it could */
	bool matched; /* of the second reading, which only Match blocks count in */
};
typedef bool (*sshd_line_fn)(void *data, const struct sshd_line *line); /* false: stop */

/* Every line but Include, empty ones and comments, twice: as sshd reads them at its start,
 * then as it does for the connection (NULL: one of which nothing is known). False: err, or `each`
 * stopped it (err->kind ERR_NONE). */
must_use bool sshd_each_line(struct gather *gather, struct text path,
			     const struct sshd_connection *connection, sshd_line_fn each,
			     void *data, struct err *err);

/* How sshd treats the values of a keyword. */
enum sshd_kind {
	SSHD_TEXT,    /* compared exactly */
	SSHD_WORD,    /* an enumeration, in any case */
	SSHD_SPAN,    /* 120, 2m, 1h30m */
	SSHD_COMMAS,  /* algorithms with commas between; + and ^ in front: to the built-in ones; -:
			 from them */
	SSHD_WORDS,   /* a line of several words */
	SSHD_ADDS_UP, /* lines add up */
};
must_use enum sshd_kind sshd_kind(struct text key);

/* "1h30m" as microseconds; false when it is no time of sshd's. */
must_use bool sshd_read_span(struct text text, int64_t *span_us);

extern const char *const sshd_criteria[]; /* of connections; ends with NULL */
