/* tree.h: a parsed query as its back ends see it: the matcher here, SQL in the stores. */
#pragma once
#include "format/regex.h"
#include "query/query.h"

enum node_kind { NODE_ALL, NODE_AND, NODE_OR, NODE_NOT, NODE_TERM };

enum term_kind {
	TERM_VALUE,  /* the whole value, * and ? wild; as a word where `words` */
	TERM_PHRASE, /* quoted: the whole value, nothing wild; as a phrase where `words` */
	TERM_REGEX,
	TERM_EXISTS,
	TERM_BELOW,
	TERM_AT_MOST,
	TERM_ABOVE,
	TERM_AT_LEAST,
};

struct node {
	enum node_kind kind;
	struct node *left, *right; /* of and, or; not has left */
	/* of a term */
	enum term_kind term;
	const char *field;    /* canonical name; NULL: any text field */
	enum value_type type; /* as the schema says; VALUE_NONE: unknown */
	bool words, wild;
	struct text text;   /* as written, escapes resolved; wildcards' escapes kept where wild */
	struct value value; /* of comparisons: what is compared with */
	bool from_now;      /* value.number is added to now */
	bool is_network;
	struct regex *regex;
};

struct query {
	struct arena *arena;
	struct node *root;
	struct regex **regexes; /* all, to be ended */
	size_t regex_count, regex_room;
};
