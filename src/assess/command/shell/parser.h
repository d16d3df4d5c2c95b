/* parser.h: a line while it is read; between word.c, which reads words, and parse.c, which reads
 * commands. */
#pragma once
#include "assess/command/shell/shell.h"

struct parser {
	struct text text;
	size_t at;
	struct arena *arena;
	size_t *nodes; /* over all texts in texts */
	unsigned depth;
	char open;      /* a quote that does not end */
	bool bash, bad; /* bad: not understood; all that follows is moot */
};

void *parser_refuse(struct parser *parser);                           /* makes it bad; NULL */
must_use char parser_look(const struct parser *parser, size_t ahead); /* NUL at the end */
must_use bool parser_is_end(const struct parser *parser);
must_use bool parser_ends_word(char c);
must_use bool parser_is_name(char c, bool first);
void parser_skip_blanks(struct parser *parser); /* and comments */
void parser_skip_lines(struct parser *parser);

/* The word that begins here; NULL: not understood. */
must_use struct shell_word *parser_word(struct parser *parser);

/* Commands up to a bracket, a closing word or the end; NULL: none, or not understood. parse.c */
must_use struct shell_node *parser_list(struct parser *parser);
