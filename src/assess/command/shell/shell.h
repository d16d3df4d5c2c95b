/* shell.h: the part of a shell's language that policies' one-liners are written in, without a
 * shell.
 *
 * Understood are simple commands, pipes, && || ; & !, lists in ( ) and { }, if, for and while;
 * words of quotes, backslashes, $name, ${name}, $?, $(…) and `…`, and wildcards; assignments;
 * reading from a file, throwing away and joining output. All else (arithmetic, functions, case,
 * here-documents, writing a file) makes the whole line one that is not understood. Commands are run
 * by native_run alone: nothing is started. */
#pragma once
#include "assess/command/aid.h"

#define SHELL_TEXT_MAX 16384  /* bytes of a line */
#define SHELL_DEPTH_MAX 24    /* commands within commands */
#define SHELL_STEPS_MAX 20000 /* commands that are run; more: NATIVE_ERROR */
#define SHELL_NODES_MAX 1000
#define SHELL_ARENA_MAX (16u * 1024 * 1024) /* far above what a line of SHELL_TEXT_MAX takes */
#define SHELL_WORDS_MAX 10000               /* of one command, once expanded */

enum shell_kind {
	SHELL_SIMPLE,
	SHELL_PIPE,
	SHELL_AND,
	SHELL_OR,
	SHELL_THEN, /* ; & and line ends */
	SHELL_NOT,
	SHELL_GROUP,
	SHELL_SUBSHELL,
	SHELL_IF,
	SHELL_WHILE,
	SHELL_FOR,
};

struct shell_node;

struct shell_piece {
	enum shell_piece_kind { PIECE_TEXT, PIECE_VARIABLE, PIECE_COMMAND } kind;
	bool quoted;
	struct text text;               /* of PIECE_VARIABLE its name */
	const struct shell_node *inner; /* of PIECE_COMMAND; NULL: empty */
	struct shell_piece *next;
};

struct shell_word {
	struct shell_piece *pieces;
	struct shell_word *next;
};

struct shell_redirect {
	enum { REDIRECT_NULL, REDIRECT_JOIN, REDIRECT_FROM, REDIRECT_BOTH } kind;
	int fd, to; /* to: of REDIRECT_JOIN */
	struct shell_word *word;
	struct shell_redirect *next;
};

struct shell_node {
	enum shell_kind kind;
	struct shell_node *left, *right, *otherwise; /* if: condition, then, else */
	struct shell_word *words;                    /* of SHELL_FOR what is gone through */
	struct shell_word *assigned;                 /* NAME=VALUE, each a word; of SHELL_SIMPLE */
	struct shell_redirect *redirects;
	struct text name; /* of SHELL_FOR */
};

/* False: not understood; *open is the quote that has no end then (or 0). *node NULL: an empty line.
 */
must_use bool shell_parse(struct text text, bool bash, struct arena *arena,
			  struct shell_node **node, char *open);

/* -------- running -------- */

struct shell {
	const struct native_call *call;
	struct said *said;
	struct arena *arena;   /* without a gather: of what is expanded */
	struct map *variables; /* to struct buf */
	struct text name;      /* as it was called: for messages */
	bool bash, exits, unknown, failed;
	unsigned depth;
	size_t steps;
	int status;
};

/* Where a command reads and writes. input is what is left to be read. */
struct shell_stream {
	struct buf *out, *err;
	struct text *input;
};

/* Runs it; shell->status is its status. Ends early when shell->unknown (this can't be told), failed
 * (the answer is set) or exits. */
void shell_run(struct shell *shell, const struct shell_node *node, struct shell_stream stream);

must_use bool shell_is_over(const struct shell *shell);
void shell_set(struct shell *shell, struct text name, struct text value);
must_use struct text shell_get(const struct shell *shell, struct text name);

/* Words with all in them expanded; the count, or -1 when the shell is over. */
must_use ssize_t shell_expand(struct shell *shell, const struct shell_word *words,
			      struct text **argv, struct shell_stream stream);
/* One word, not split. */
must_use struct text shell_expand_one(struct shell *shell, const struct shell_word *word,
				      struct shell_stream stream);

/* What the shell does itself; false: it is no such command. */
must_use bool shell_builtin(struct shell *shell, const struct text *argv, size_t argc,
			    struct shell_stream stream);
