/* keyword.h: sshd's keywords: in which order sshd -T shows them, what they may say, and what they
 * are where nothing is said. OpenSSH 9.2 as Debian 12 builds it. */
#pragma once
#include "base/buf.h"

enum keyword_kind {
	KEYWORD_CHOICE, /* one of the words of `choices`; WORD=SHOWN where another is shown */
	KEYWORD_NUMBER, /* a whole number */
	KEYWORD_OCTAL,  /* a mask */
	KEYWORD_SPAN,   /* seconds */
	KEYWORD_FILE,   /* a path */
	KEYWORD_TEXT,   /* one word */
	KEYWORD_LINE,   /* the whole line as it stands there */
	KEYWORD_LIST,   /* lines add up, each word a line */
	KEYWORD_WORDS,  /* the first line's words, in one line */
	KEYWORD_ALGOS,  /* names with commas: `choices` is all that there are, `fallback` the
			   built-in */
	KEYWORD_PORT,   /* these have rules of their own */
	KEYWORD_LISTEN,
	KEYWORD_HOSTKEY,
	KEYWORD_SUBSYSTEM,
	KEYWORD_STARTUPS,
	KEYWORD_SOURCES,
	KEYWORD_BLOCKS,
	KEYWORD_QOS,
	KEYWORD_REKEY,
	KEYWORD_OPTIONS,
	KEYWORD_GONE,    /* deprecated: said, and ignored */
	KEYWORD_IGNORED, /* ignored without a word */
	KEYWORD_UNBUILT, /* not built in: said, and ignored */
	KEYWORD_ALIAS,   /* `fallback` is its name today */
};

struct keyword {
	const char *name;
	enum keyword_kind kind;
	bool matches;         /* may stand in a Match block */
	const char *fallback; /* NULL: then it isn't shown */
	const char *choices;
};

extern const struct keyword keywords[]; /* as shown, then what is not; ends with a NULL name */

/* In any case; NULL: there is none. Aliases stay: see keyword_today. */
must_use const struct keyword *keyword_find(struct text name);
must_use const struct keyword *keyword_today(const struct keyword *keyword);
