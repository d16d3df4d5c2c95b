/* awk.h: the part of awk that policies use; of the row `awk` alone.
 *
 * Patterns (BEGIN, END, expressions, ranges), print, printf, if, next, exit, assignments, arrays by
 * one subscript, comparisons, matches, arithmetic and a few functions. Loops, getline, redirections
 * and functions of one's own are not understood. */
#pragma once
#include "assess/command/text/feed.h"
#include "assess/command/text/pattern.h"

#define AWK_TEXT_MAX 8192
#define AWK_NODES_MAX 2000
#define AWK_DEPTH_MAX 64
#define AWK_VARIABLES_MAX 64
#define AWK_FIELDS_MAX 32767
#define AWK_RULES_MAX 64
#define AWK_ELEMENTS_MAX 1000000 /* of all arrays */

enum awk_kind {
	AWK_NUMBER,
	AWK_STRING,
	AWK_REGEX,
	AWK_FIELD,
	AWK_VARIABLE,
	AWK_ELEMENT, /* name[left] */
	AWK_ASSIGN,  /* op 0 or the sign before = */
	AWK_CHOICE,
	AWK_OR,
	AWK_AND,
	AWK_IN,
	AWK_MATCH,
	AWK_NO_MATCH,
	AWK_COMPARE, /* op: < > l(e) g(e) = ! */
	AWK_CONCAT,
	AWK_SUM, /* op: + - * / % */
	AWK_MINUS,
	AWK_PLUS,
	AWK_NOT,
	AWK_STEP, /* op + or -; before: prefix */
	AWK_CALL,
	/* statements */
	AWK_PRINT,
	AWK_PRINTF,
	AWK_DO,
	AWK_IF,
	AWK_NEXT,
	AWK_EXIT,
};

enum awk_call {
	CALL_LENGTH,
	CALL_SUBSTR,
	CALL_INDEX,
	CALL_UPPER,
	CALL_LOWER,
	CALL_INT,
	CALL_SUB,
	CALL_GSUB
};

struct awk_node {
	enum awk_kind kind;
	char op;
	bool before;
	double number;
	struct text text; /* of strings and expressions */
	struct regex *regex;
	size_t variable;
	enum awk_call call;
	struct awk_node *left, *right, *third; /* of lists: left the item, next the rest */
	struct awk_node *next;
};

struct awk_rule {
	enum { RULE_ALWAYS, RULE_BEGIN, RULE_END, RULE_WHEN, RULE_RANGE } kind;
	struct awk_node *from, *to; /* to: of a range */
	struct awk_node *action;    /* a list; NULL and !has_action: print */
	bool has_action, inside;
};

enum awk_fixed {
	VARIABLE_NF,
	VARIABLE_NR,
	VARIABLE_FNR,
	VARIABLE_FS,
	VARIABLE_OFS,
	VARIABLE_ORS,
	VARIABLE_FILENAME,
	VARIABLE_FIXED
};

struct awk_program {
	struct arena *arena;
	bool gawk;
	struct text names[AWK_VARIABLES_MAX];
	bool arrays[AWK_VARIABLES_MAX];
	size_t variable_count;
	struct awk_rule rules[AWK_RULES_MAX];
	size_t rule_count;
	struct regex *regexes[AWK_NODES_MAX]; /* to be freed */
	size_t regex_count, nodes;
};

void awk_program_begin(struct awk_program *program); /* its arena is set */
/* False: not understood. */
must_use bool awk_parse(struct awk_program *program, struct text text);
must_use size_t awk_variable(struct awk_program *program,
			     struct text name); /* SIZE_MAX: too many */
void awk_program_end(struct awk_program *program);

/* -------- running -------- */

enum awk_cell_kind {
	CELL_NONE,
	CELL_NUMBER,
	CELL_TEXT,
	CELL_LIKELY, /* a number if it looks like one */
};

struct awk_cell {
	enum awk_cell_kind kind;
	double number;
	struct text text;
};

struct awk {
	struct awk_program *program;
	struct said *said;
	struct arena *arena; /* of one record: ended with it */
	struct awk_cell variables[AWK_VARIABLES_MAX];
	struct buf kept[AWK_VARIABLES_MAX]; /* the texts of variables */
	struct map *elements; /* "number of the array:subscript" to struct awk_cell, kept */
	size_t element_count;
	struct text record;
	struct text *fields;
	size_t field_room, field_count;
	bool split, next, exits, unknown, failed, ending;
	struct regex *separator; /* of FS, when it is an expression */
	struct text separator_text;
	int status;
};

void awk_begin(struct awk *awk);
void awk_record(struct awk *awk, struct text record);
void awk_end(struct awk *awk); /* END, and frees */
must_use bool awk_is_over(const struct awk *awk);
void awk_set(struct awk *awk, size_t variable, struct awk_cell cell);
/* cell.c */
must_use double awk_number(struct awk_cell cell);
must_use struct text awk_text(struct awk *awk, struct awk_cell cell);
must_use double awk_whole(double number); /* without its fraction */
must_use bool awk_truth(struct awk_cell cell);
must_use int awk_compare(struct awk *awk, struct awk_cell left, struct awk_cell right);
must_use struct awk_cell awk_call(struct awk *awk, const struct awk_node *node);
void awk_printf(struct awk *awk, const struct awk_node *list);
/* run.c */
must_use struct awk_cell awk_value(struct awk *awk, const struct awk_node *node);
void awk_assign(struct awk *awk, const struct awk_node *target, struct awk_cell cell);
must_use struct regex *awk_regex(struct awk *awk, const struct awk_node *node);
