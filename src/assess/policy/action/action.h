/* action.h: what the readers of action JSON (CONTRACT 4.2) share; nobody else needs it.
 *
 * action.c reads the frame, filechecker.c and search.c what an operation asks for: it becomes
 * checks on the probes `file` (a path, or one with wildcards) and `files` (what lies in or below a
 * folder). build.c has what both make their tests with. */
#pragma once
#include "assess/policy/load.h"
#include "base/buf.h"
#include "base/map.h"

struct action {
	struct loader *loader;
	struct text name, ref;
	enum level level;
	struct check *checks;
	size_t count, room;
	struct map *seen;      /* parts of the checks, and labels, that were there before */
	struct query *matched; /* selects the files that fulfil all; made when first needed */
};

/* One key of an object: how it is read. NULL: it is known, and of no matter here. */
struct action_key {
	const char *name;
	bool (*read)(struct action *action, const struct doc *value, void *out);
};

/* Reads an object by a table that ends with a name of NULL. what: "an operation", for messages;
 * every key is read, whatever was wrong with one before. */
must_use bool action_read_keys(struct action *action, const struct doc *doc,
			       const struct action_key *keys, const char *what, void *out);

/* The modules: the parameters of an operation, an object, become checks. */
must_use bool filechecker_read(struct action *action, const struct doc *parameters);
must_use bool search_read(struct action *action, const struct doc *parameters);

/* -------- build.c: tests by hand; NULL and false after a finding -------- */

must_use struct test *build_test(struct action *action, const struct doc *at, const char *probe);
/* Of `files`: its query selects what fulfils all conditions; the others are kept for evidence. */
must_use struct test *build_search(struct action *action, const struct doc *at);
void build_set_list(struct test *test, const char *name, const struct text *list, size_t count);
void build_set_number(struct action *action, struct test *test, const char *name, int64_t number);
must_use unsigned build_field(const struct probe *probe, const char *name);
/* Checks the test with its probe; what it shows is the action's own type and value. */
must_use bool build_finish(struct action *action, const struct doc *at, struct test *test,
			   const char *type, struct text value);

/* What tells the checks of an action apart (`part`): texts, each behind its length in 8 bytes. */
void build_put_part(struct buf *part, struct text text);
/* False, after a warning, when the same check stood before. */
must_use bool build_is_new(struct action *action, const struct doc *at, const struct buf *part);
/* Adds the check; lent until the next is added. */
struct check *build_check(struct action *action, const struct doc *at, struct text name,
			  const struct buf *part, const struct test *test);

must_use bool build_expression(struct action *action, const struct doc *at, struct text pattern);
/* The digest in small letters, as probes write it. */
must_use bool build_digest(struct action *action, const struct doc *at, const char *algorithm,
			   struct text value, struct text *hex);
must_use bool build_path(struct action *action, const struct doc *at);
/* The folder of a path that ends with "/" or with a slash and a lone star. */
must_use struct text build_folder(struct text path);
