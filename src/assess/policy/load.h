/* load.h: what the readers of the policy formats share; nobody outside this folder needs it.
 *
 * A reader goes on after a mistake, so that one reading tells all of them: functions answer false
 * (or NULL) after they have added a finding, and the caller goes on with the next thing. */
#pragma once
#include "assess/policy/policy.h"

struct loader {
	struct arena *arena;
	struct findings *findings;
	struct policies *policies; /* what is made here belongs to it */
	size_t tests, checks;
};

/* Adds an error at the node; always returns false. */
bool load_wrong(struct loader *loader, const struct doc *at, const char *text, ...)
	format_like(3, 4);
void load_warn(struct loader *loader, const struct doc *at, const char *text, ...)
	format_like(3, 4);
/* Adds an error that begins with "LINE:COLUMN: ", as doc_parse writes them. */
void load_err(struct loader *loader, const struct err *err);

/* A scalar's text, not empty; false after a finding that names `what`. */
must_use bool load_text(struct loader *loader, const struct doc *doc, const char *what,
			struct text *text);
must_use struct regex *load_regex(struct loader *loader, const struct doc *at, struct text pattern,
				  unsigned options);
must_use struct query *load_query(struct loader *loader, const struct doc *at, struct text text,
				  const struct query_schema *schema);
must_use struct policy *load_policy(struct loader *loader); /* a new one at the end of the list */

/* Adds `unknown WHAT "word"; did you mean "best"?` or, when nothing is near, `…; ELSE`. Returns
 * false. */
bool load_unknown(struct loader *loader, const struct doc *at, const char *what,
		  const struct near *near, const char *otherwise);

/* The readers: each adds its policies to loader->policies. */
void muster_load(struct loader *loader, struct text text);
void action_load(struct loader *loader, struct text text);
void sca_load(struct loader *loader, struct text text);

/* compile.c: a test as policies write it; NULL after findings. */
must_use struct test *compile_test(struct loader *loader, const struct doc *doc);
/* Settles fields, checks with the probe, shows; called when all of a test made by hand is in it. */
must_use bool compile_finish(struct loader *loader, const struct doc *at, struct test *test);

/* content.c: words on content (regex, no_regex, lines, line, no_line, empty, whole). */
struct content_list {
	struct content_test *at;
	size_t count, room;
};
must_use bool content_is_word(struct text word);
void content_try_words(struct near *near);
must_use bool content_read(struct loader *loader, const struct doc *key, const struct doc *value,
			   struct content_list *list);
void content_add(struct loader *loader, struct content_list *list, struct content_test content);
must_use struct regex *content_regex(struct loader *loader, const struct doc *at,
				     struct text pattern);
/* Sets `pattern` of a line or no_line: its conditions in words. */
void content_show_line(struct loader *loader, struct content_test *content);

/* matcher.c: `doc` is a value or a map of matchers for that field. Adds to list. */
struct matcher_list {
	struct matcher *at;
	size_t count, room;
};
must_use bool matcher_read(struct loader *loader, const struct probe *probe, unsigned field,
			   const struct doc *doc, struct matcher_list *list);
/* One named matcher ("at_least") for that field. */
must_use bool matcher_read_word(struct loader *loader, const struct probe *probe, unsigned field,
				const struct doc *key, const struct doc *value,
				struct matcher_list *list);
must_use bool matcher_is_word(struct text word);
must_use const char *matcher_word(enum matcher_kind kind);
void matcher_try_words(struct near *near);
must_use bool matcher_read_count(struct loader *loader, const struct doc *doc, uint64_t *at_least,
				 uint64_t *at_most);

/* param.c: a parameter's value into test->call. */
must_use bool param_read(struct loader *loader, const struct probe_param *param,
			 const struct doc *doc, struct probe_call *call);

/* show.c: fills shown and shown_type. */
void show_test(struct loader *loader, struct test *test);
