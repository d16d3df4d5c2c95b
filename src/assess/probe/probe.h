/* probe.h: the one table of what can be looked at; it drives validation, help, execution and
 * import.
 *
 * Every probe answers with rows of typed values. A value probe names one thing, so it has one row
 * (a glob: one a file) or none (it is not there); a table probe has as many as there are. Matchers
 * are the engine's: a probe reads facts and never judges, with one exception that a fact can't
 * hold: content, which it searches when asked (struct content).
 *
 * Three outcomes are never mixed up: rows (also zero: it is not so), PROBE_ERROR (it cannot be
 * known), and PROBE_NOT_APPLICABLE (it does not apply here); the latter two with a reason for
 * people. */
#pragma once
#include "assess/engine/gather.h"
#include "base/buf.h"
#include "model/item.h"
#include "model/value.h"

#define PROBE_ROWS_MAX 100000
#define PROBE_PARAMS_MAX 32

/* How a policy writes a parameter: what it is, with which unit, and one example. */
enum param_kind {
	PARAM_TEXT,
	PARAM_WORD, /* one of `choices` */
	PARAM_BOOL,
	PARAM_INT, /* min..max */
	PARAM_SIZE,
	PARAM_SPAN,
	PARAM_REGEX,
	PARAM_MAP,  /* text to text (match: {user: root}) */
	PARAM_LIST, /* of texts; one text is a list of one */
};

struct probe_param {
	const char *name, *help, *example, *fallback; /* fallback NULL: none, it may be absent */
	enum param_kind kind;
	bool required; /* the probe's check refuses a call without it */
	bool internal; /* for importers: policies can't write it, help doesn't show it */
	const char *const *choices; /* ends with NULL; of PARAM_WORD */
	int64_t min, max;           /* of PARAM_INT, PARAM_SIZE (bytes), PARAM_SPAN (us) */
};

/* One thing that a row has. In a value probe each is a value that takes matchers (`mode: {at_most:
 * "0644"}`, `installed: false`); `subject` marks the one that matchers in the test itself judge
 * (`equals: "no"`). */
struct probe_field {
	const char *name, *help, *example;
	enum value_type type;
	bool subject;
	bool costly; /* asked for by name only (a digest) */
	bool words;  /* in queries: matches by word (message-like text) */
};

enum probe_outcome { PROBE_ROWS, PROBE_ERROR, PROBE_NOT_APPLICABLE };

struct probe_row {
	const struct value *values; /* one a field, in the table's order */
	struct evidence where; /* what a person would look at: path, line, text (unmasked yet) */
	const struct content *content; /* of probes with `content`: what regex, no_regex, lines look
					  at; or NULL */
};

struct probe_answer {
	enum probe_outcome outcome;
	struct text reason; /* of error and not_applicable; of no rows: what was not found, e.g.
			       "/etc/x is missing" */
	const struct probe_row *rows;
	size_t count;
	/* What it depends on, for --explain and the watch: paths (missing ones too), `sysctl:NAME`,
	 * `packages`… */
	const struct text *depends;
	size_t depend_count;
	bool text_denied; /* evidence gives booleans and counts, never text (deny list) */
};

/* One asked-for thing: subject and parameters as the policy gave them, already validated against
 * the table. */
struct probe_call {
	const struct probe *probe;
	struct text subject; /* the value under the probe's name: a path, a key; a table probe's
				query text */
	struct probe_setting {
		const struct probe_param *param;
		struct text
			text;   /* of PARAM_TEXT, _WORD, _REGEX; the original text of the others */
		int64_t number; /* of PARAM_BOOL, _INT, _SIZE, _SPAN */
		const struct text *keys, *list; /* of PARAM_MAP both, of PARAM_LIST list */
		size_t count;
	} settings[PROBE_PARAMS_MAX];
	size_t setting_count;
	bool content; /* regex, no_regex or lines are asked: rows of a probe with `content` carry it
		       */
	uint64_t fields; /* bit i: field i of the table is asked for (costly ones are left NONE
			    else) */
};

struct probe {
	const char *name, *help;
	const char *subject_help, *subject_example; /* what stands under the probe's name */
	const struct probe_param *params;
	size_t param_count;
	const struct probe_field *fields;
	size_t field_count;
	bool table;       /* rows chosen by a query; matchers count, every, some, no, only */
	bool content;     /* has regex, no_regex, lines */
	bool live;        /* needs the running system: not_applicable under --root */
	const char *asks; /* first words of questions (engine/ask.h): "reach"; NULL: none */
	bool words;       /* the subject may be a list, which becomes a line (command/split.h) */
	/* Whether this call may ask them; NULL: every call. */
	bool (*asks_now)(const struct probe_call *call);
	const char *reads, *privilege, *cost; /* documentation: what it reads, needs, costs */
	/* Beyond the table: whether this subject and these parameters make sense; NULL: nothing to
	 * add. ERR_INPUT text says what to write instead. */
	bool (*check)(const struct probe_call *call, struct err *err);
	/* What must be done while files can still be opened anywhere (a library that is loaded):
	 * whoever puts up the judge's walls calls it before, for the probes of the plan. NULL:
	 * nothing. Failing is run's to tell. */
	void (*prepare)(struct gather *gather);
	/* The question that run will ask first, for those whose answers are slow: it is asked for
	 * all tests before the first is decided. False: none. NULL: never. */
	bool (*foresee)(struct gather *gather, const struct probe_call *call, struct buf *question);
	/* Reads; answers always (errors are an outcome). Memory from gather_arena(). Called by
	 * probe_run alone. */
	void (*run)(struct gather *gather, const struct probe_call *call,
		    struct probe_answer *answer);
};

extern const struct probe *const probes[]; /* in the order of POLICY.md, ends with NULL */

must_use const struct probe *probe_find(struct text name); /* NULL: none */

/* Each probe's prepare: where the plan comes only behind the walls (policies_prepare knows it). */
void probe_prepare_all(struct gather *gather);

must_use const struct probe_setting *probe_setting(const struct probe_call *call, const char *name);

/* Asks the probe: says not_applicable where it wants a running system, and fills in what it
 * depended on. The contents in the answer are lent until the next probe_run. */
void probe_run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer);
