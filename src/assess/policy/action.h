/* action.h: how the readers of action JSON's modules build checks; nobody outside this folder needs it. */
#pragma once
#include "assess/policy/load.h"

struct action {
	struct loader *loader;
	struct text name, ref; /* ref at NULL: absent, a check's own label stands in */
	enum level level;
	struct check *checks;
	size_t count, room;
};

/* A new check of the action: its texts are the action's, `name` its own. NULL after a finding: too many. */
must_use struct check *action_add(struct action *action, const struct doc *at, struct text name);

/* Tests by hand: a probe's call with its parameters. */
must_use struct test *action_test(struct action *action, const struct doc *at, const char *probe,
				  struct text subject);
void action_set_texts(struct action *action, struct test *test, const char *param,
		      const struct text *texts, size_t count);
void action_set_text(struct action *action, struct test *test, const char *param, struct text text);
void action_set_number(struct test *test, const char *param, int64_t number);

/* An expression in RE2's syntax; false after a finding. */
must_use bool action_check_regex(struct action *action, const struct doc *at);
/* The algorithm of a digest by its name and its number of hex digits: md5, sha1, sha2 and sha3 by length; NULL after a
 * finding. */
must_use const char *action_digest(struct action *action, const struct doc *at, const char *family);

/* The modules. */
void filechecker_load(struct action *action, const struct doc *parameters);
void search_load(struct action *action, const struct doc *parameters);

/* target.c: MIG's SQL, or an OS word, as a host query. False after a finding that shows what to write. */
must_use bool target_translate(struct loader *loader, const struct doc *at, struct text *query);
